// A reference is not taken, or not dropped.
// One mutant: each
@initialize:python@
@@
import re

@@
identifier count : script:python() { re.match("^(?!store_|lockorder_|tlb_).*_(get|put|hold|release)$", count) is not None };
@@
- count(...);
