/*
 * sync/spinlock.c - waiting for a spinlock.
 *
 * Why a ticket lock: the harts are served in the order in which they came,
 * so none starves, and a reader sees at once that it is so.  One word holds
 * the ticket that is served and the next to be drawn.  Whoever draws the one
 * that is served has the lock; that is the whole uncontended path.
 *
 * Nothing that waits here may keep others from going on: spin_until() serves
 * this hart's shootdown mailbox when interrupts are off.
 */

#include "sync/spinlock.h"

#include "debug/lockdep/fairness.h"
#include "debug/lockwatch.h"
#include "debug/race.h"
#include "debug/trace.h"

void spin_wait(struct spinlock *lock, uint16_t ticket)
{
	struct lockwatch watch = lockwatch_begin(lock);

	lockorder_waits(lock, SPIN_RANK(lock));
	trace(lock_wait, SPIN_RANK(lock), lock);
	race_point(lock_awaited, hart_self()->tlb);
	fairness_spins(lock, &lock->owner);
	/* ORDER spinlock, waiting side; the other is in spin_unlock(). */
	while (load_acquire(&lock->owner) != ticket) {
		spin_pause();
		lockwatch_tick(&watch);
	}
	lockorder_got(lock, SPIN_RANK(lock));
	lockwatch_end(&watch);
	trace(lock_got, SPIN_RANK(lock), lock);
}
