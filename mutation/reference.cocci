// A reference is not taken, or not dropped.
// One mutant: each
@@
identifier count =~ "^(?!store_|lockorder_|tlb_).*_(get|put|hold|release)$";
@@
- count(...);
