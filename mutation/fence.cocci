// An order between two harts is left out, or made weaker.
// One mutant: each
@@
@@
(
- smp_mb();
|
- smp_rmb();
|
- smp_wmb();
|
- io_wmb();
|
- io_mb_after();
)

@@
expression P, V;
@@
(
- store_release(P, V)
+ WRITE_ONCE(*(P), V)
|
- load_acquire(P)
+ READ_ONCE(*(P))
|
- atomic_fetch_add_full(P, V)
+ atomic_fetch_add_relaxed(P, V)
|
- atomic_fetch_or_full(P, V)
+ atomic_fetch_or_relaxed(P, V)
|
- atomic_fetch_and_full(P, V)
+ atomic_fetch_and_relaxed(P, V)
)
