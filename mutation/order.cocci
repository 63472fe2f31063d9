// Of two publications the second is made first.
// One mutant: swapped
// Two stores without a release are none: RISC-V may show them the other way round as it is.
@initialize:python@
@@
import re

@@
expression A, B, V, W;
@@
(
* A = V;
* store_release(B, W);
|
* WRITE_ONCE(A, V);
* store_release(B, W);
)

@@
identifier first : script:python() { re.match("^(?!list_init|waitq_init)(pte_.*|entry_.*|tlb_.*|list_.*|avl_.*|pid_.*|signal_.*|vma_.*|icache_.*|page_.*|gather_.*)$", first) is not None };
identifier second : script:python() { re.match("^(tlb_.*|.*_put|.*_free|pid_.*|list_.*|wake_.*|waitq_wake.*|.*_put_.*)$", second) is not None };
@@
* first(...);
* second(...);
