#pragma once

/*
 * sync/spinlock.h - the ticket spinlock.
 *
 *	struct spinlock lock = SPINLOCK_INIT(RANK_RUNQ);
 *
 *	spin_lock(&lock);			interrupts as they are
 *	unsigned long irq = spin_lock_irqsave(&lock);	interrupts off
 *
 * A lock that an interrupt handler takes is taken with the irqsave form
 * everywhere.  Nothing sleeps under a spinlock.  Waiting is first come,
 * first served; a waiter serves shootdowns meanwhile (arch/barrier.h).
 * In the lab build a lock waited for too long is reported with its holder.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/lockorder.h"

struct CAPABILITY("spinlock") spinlock {
	uint16_t owner; /* (a) ticket being served; ORDER spinlock */
	uint16_t next;  /* (a) next ticket to hand out */
#if LAB
	uint16_t rank;
	uint16_t holder; /* hart + 1 of the holder, 0 when free */
	uint64_t holder_pc;
#endif
};

#if LAB
#define SPINLOCK_INIT(r) ((struct spinlock){ .rank = (r) })
#else
#define SPINLOCK_INIT(r) ((struct spinlock){ 0 })
#endif

static inline void spin_init(struct spinlock *lock, enum lock_rank rank)
{
	*lock = SPINLOCK_INIT(rank);
	(void)rank;
}

void spin_lock(struct spinlock *lock) ACQUIRES(lock);
/* The second lock of a rank that may nest (sync/lockorder.h). */
void spin_lock_nested(struct spinlock *lock) ACQUIRES(lock);
bool spin_trylock(struct spinlock *lock) TRY_ACQUIRE(true, lock);
void spin_unlock(struct spinlock *lock) RELEASES(lock);
unsigned long spin_lock_irqsave(struct spinlock *lock) ACQUIRES(lock);
void spin_unlock_irqrestore(struct spinlock *lock, unsigned long irq)
	RELEASES(lock);

/* Somebody holds it; in the lab build: this hart does. */
bool spin_is_held(const struct spinlock *lock);
#define assert_spin_held(lock) assert(spin_is_held(lock))
