// A translation, or an instruction, that is no more is not flushed.
// One mutant: each
@initialize:python@
@@
import re

@@
identifier flush : script:python() { re.match("^(tlb_shootdown.*|tlb_flush.*|sfence.*|flush_self|icache_sync.*|fence_i|gather_flush|tlb_fence.*|icache_.*_dirty)$", flush) is not None };
@@
- flush(...);
