#pragma once

/*
 * sync/lockorder.h - who checks that locks are taken in the order of sync/ranks.h.
 */

#include "lib/types.h"
#include "sync/ranks.h"

const char *lock_rank_name(enum lock_rank rank);

/*
 * What one thread holds.  It travels with the thread, since sleeping locks
 * do; interrupts on top of the thread use it too, and leave it as they found
 * it.  Only its owner touches it, with interrupts off.
 */
#define MAX_HELD_LOCKS 24

struct held_locks {
	unsigned nr;
	unsigned irq_base; /* those from here on an interrupt holds, */
	bool in_irq;       /* if there is one */
	struct held_lock {
		const void *lock;
		enum lock_rank rank;
		bool tried;  /* without waiting */
		uint64_t pc; /* where it was taken */
		uint64_t since; /* ticks */
	} entry[MAX_HELD_LOCKS];
};

#if LAB
/*
 * @lock is about to be taken, or was released, by the running thread (or by
 * an interrupt on this hart).  lockorder_nest() is for the second lock of a
 * rank that may nest, at a higher address; lockorder_below() for one of a
 * rank whose users know an order; lockorder_try() for one that was taken
 * without waiting, which may be done in any order.
 */
void lockorder_acquire(const void *lock, enum lock_rank rank);
void lockorder_nest(const void *lock, enum lock_rank rank);
void lockorder_below(const void *lock, enum lock_rank rank);
void lockorder_try(const void *lock, enum lock_rank rank);
void lockorder_release(const void *lock, enum lock_rank rank);
/* A function that takes a lock of @rank only now and then is called. */
void lockorder_might_take(enum lock_rank rank);
/* The running thread's hart begins, ends to serve an interrupt. */
void lockorder_irq_begins(void);
void lockorder_irq_ends(void);
/* The running thread goes to sleep or to user mode: it may hold no spinlock,
 * no lock at all. */
void lockorder_assert_may_sleep(void);
void lockorder_assert_none_held(void);
/* What the running thread holds; and that, printed for a panic. */
struct held_locks *lockorder_held(void);
void lockorder_print(void);
/* @lock was not free, and has been got after all. */
void lockorder_waits(const void *lock, enum lock_rank rank);
void lockorder_got(const void *lock, enum lock_rank rank);
/* Acquisitions, and those that waited, on one hart. */
uint64_t lockorder_acquired(enum lock_rank rank, unsigned hart);
uint64_t lockorder_contended(enum lock_rank rank, unsigned hart);
#else
#define lockorder_acquire(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_nest(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_below(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_try(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_release(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_waits(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_got(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_might_take(rank) ((void)0)
#define lockorder_assert_may_sleep() ((void)0)
#define lockorder_assert_none_held() ((void)0)
#define lockorder_print() ((void)0)
#endif
