// Of those who wait only the first is woken.
// One mutant: each
@@
expression Q;
@@
- waitq_wake_all(Q)
+ waitq_wake_one(Q)
