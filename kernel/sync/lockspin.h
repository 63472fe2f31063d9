#pragma once

/*
 * sync/lockspin.h - waiting a while for a sleeping lock, without sleeping.
 *
 *	struct lockspin spin = { 0 };
 *
 *	do {
 *		if (try_to_take(lock))
 *			return true;
 *	} while (lockspin_turn(&spin, READ_ONCE(lock->owner)));
 *	return false;					now sleep
 *
 * Whoever holds a lock and runs on another hart gives it up soon: sooner than
 * this thread could be put to sleep, woken by an interrupt, and switched to.
 * And a lock that goes to who is awake is never kept waiting for who is not.
 * So waiting is worth it as long as the owner runs, and nobody wants this
 * hart.  An owner that sleeps is waited for asleep.
 *
 * @owner is compared and never followed: it may have given the lock up, have
 * ended and be free memory, or another thread by now.  Then it is found on no
 * hart, or on one by chance, and a turn or two is lost.
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct thread;

struct lockspin {
	const struct thread *owner; /* who was seen to hold it last */
	unsigned hart;              /* where it ran then */
	unsigned changes;           /* how often it was another one */
	unsigned blind;             /* turns for nobody that is known */
};

/* Rest for a moment.  False: waiting on is not worth it.  @owner has the
 * lock; NULL: readers, or somebody who has not said so yet.  Interrupts on. */
bool MUST_CHECK lockspin_turn(struct lockspin *spin, const struct thread *owner);
