#pragma once

/*
 * sync/spin_class.h - spinlocks with a class, for LOCK_ANALYSIS alone;
 * sync/lockclass.h says what for.  The end of sync/spinlock.h.
 */

#ifdef LOCK_ANALYSIS
#define X(class)							     \
	struct CAPABILITY("spinlock") spinlock_##class {		     \
		struct spinlock lock;					     \
	};								     \
	void spin_lock_##class(struct spinlock_##class *l)		     \
		ACQUIRES(l) ACQUIRES(C_##class);			     \
	bool spin_trylock_##class(struct spinlock_##class *l)		     \
		TRY_ACQUIRE(true, l) TRY_ACQUIRE(true, C_##class);	     \
	void spin_unlock_##class(struct spinlock_##class *l)		     \
		RELEASES(l) RELEASES(C_##class);			     \
	unsigned long spin_lock_irqsave_##class(struct spinlock_##class *l)  \
		ACQUIRES(l) ACQUIRES(C_##class);			     \
	void spin_unlock_irqrestore_##class(struct spinlock_##class *l,	     \
					    unsigned long irq)		     \
		RELEASES(l) RELEASES(C_##class);
SPINLOCK_CLASSES(X)
#undef X

#define SPIN_lock(class) struct spinlock_##class *: spin_lock_##class,
#define SPIN_trylock(class) struct spinlock_##class *: spin_trylock_##class,
#define SPIN_unlock(class) struct spinlock_##class *: spin_unlock_##class,
#define SPIN_irqsave(class) struct spinlock_##class *: spin_lock_irqsave_##class,
#define SPIN_irqrestore(class)						     \
	struct spinlock_##class *: spin_unlock_irqrestore_##class,

#define spin_lock(l)							     \
	_Generic((l), SPINLOCK_CLASSES(SPIN_lock) default: spin_lock)(l)
#define spin_trylock(l)							     \
	_Generic((l), SPINLOCK_CLASSES(SPIN_trylock) default: spin_trylock)(l)
#define spin_unlock(l)							     \
	_Generic((l), SPINLOCK_CLASSES(SPIN_unlock) default: spin_unlock)(l)
#define spin_lock_irqsave(l)						     \
	_Generic((l), SPINLOCK_CLASSES(SPIN_irqsave)			     \
		 default: spin_lock_irqsave)(l)
#define spin_unlock_irqrestore(l, irq)					     \
	_Generic((l), SPINLOCK_CLASSES(SPIN_irqrestore)			     \
		 default: spin_unlock_irqrestore)(l, irq)
#endif
