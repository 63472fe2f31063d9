// Of two publications the second is made first.
// One mutant: swapped
@initialize:python@
@@
import re

@@
expression A, B, V, W;
@@
(
* WRITE_ONCE(A, V);
* WRITE_ONCE(B, W);
|
* A = V;
* WRITE_ONCE(B, W);
|
* A = V;
* store_release(B, W);
|
* WRITE_ONCE(A, V);
* store_release(B, W);
)

@@
identifier first : script:python() { re.match("^(pte_.*|entry_.*|tlb_.*|list_.*|avl_.*|pid_.*|signal_.*|vma_.*|icache_.*|page_.*|gather_.*)$", first) is not None };
identifier second : script:python() { re.match("^(tlb_.*|.*_put|.*_free|pid_.*|list_.*|wake_.*|waitq_wake.*|.*_put_.*)$", second) is not None };
@@
* first(...);
* second(...);
