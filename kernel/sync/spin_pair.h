#pragma once

/*
 * sync/spin_pair.h - two spinlocks of one rank at once.
 *
 * The one at the lower address is taken first, by everybody who takes two, so
 * no two threads wait for each other.  @a and @b may be one lock.
 */

#include "lib/compiler.h"
#include "sync/spinlock.h"

static inline void spin_lock_pair(struct spinlock *a, struct spinlock *b)
	ACQUIRES(a) ACQUIRES(b);
static inline void spin_unlock_pair(struct spinlock *a, struct spinlock *b)
	RELEASES(a) RELEASES(b);

static inline void NO_THREAD_SAFETY spin_lock_pair(struct spinlock *a,
						   struct spinlock *b)
{
	spin_lock(a < b ? a : b);
	if (a != b)
		spin_lock_nested(a < b ? b : a);
}

static inline void NO_THREAD_SAFETY spin_unlock_pair(struct spinlock *a,
						     struct spinlock *b)
{
	if (a != b)
		spin_unlock(b);
	spin_unlock(a);
}

/* Of a class: sync/spin_class.h. */
#ifdef LOCK_ANALYSIS
#define X(class)							     \
	void spin_lock_pair_##class(struct spinlock_##class *a,		     \
				    struct spinlock_##class *b)		     \
		ACQUIRES(a) ACQUIRES(b) ACQUIRES(C_##class);		     \
	void spin_unlock_pair_##class(struct spinlock_##class *a,	     \
				      struct spinlock_##class *b)	     \
		RELEASES(a) RELEASES(b) RELEASES(C_##class);
SPINLOCK_CLASSES(X)
#undef X

#define SPIN_pair(class) struct spinlock_##class *: spin_lock_pair_##class,
#define SPIN_unpair(class) struct spinlock_##class *: spin_unlock_pair_##class,

#define spin_lock_pair(a, b)						     \
	_Generic((a), SPINLOCK_CLASSES(SPIN_pair)			     \
		 default: spin_lock_pair)(a, b)
#define spin_unlock_pair(a, b)						     \
	_Generic((a), SPINLOCK_CLASSES(SPIN_unpair)			     \
		 default: spin_unlock_pair)(a, b)
#endif
