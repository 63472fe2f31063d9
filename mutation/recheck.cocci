// What was looked at before the lock is not looked at again under it.
// One mutant: hunk
@@
expression L, C, A, B;
statement S;
identifier out;
@@
(
  spin_lock(L);
|
  mutex_lock(L);
|
  rwsem_lock(L);
|
  rwsem_lock_shared(L);
|
  names_lock(...);
|
  spin_lock(L);
  A = B;
|
  mutex_lock(L);
  A = B;
)
(
- if (C) { ... return ...; }
|
- if (C) { ... goto out; }
|
- if (C) return ...;
|
- if (C) goto out;
|
- if (C)
  S
)
