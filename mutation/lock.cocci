// A lock is not taken: every call that takes or drops it in a function goes.
// One mutant: pair
@ plain @
expression L;
@@
(
- spin_lock(L);
|
- mutex_lock(L);
|
- rwsem_lock(L);
|
- rwsem_lock_shared(L);
|
- pagetable_lock(L);
)
  ... when any
(
- spin_unlock(L);
|
- mutex_unlock(L);
|
- rwsem_unlock(L);
|
- rwsem_unlock_shared(L);
|
- pagetable_unlock(L);
)

@ saving @
expression L, irq;
@@
- spin_lock_irqsave(L)
+ irq_save()
  ... when any
- spin_unlock_irqrestore(L, irq)
+ irq_restore(irq)
