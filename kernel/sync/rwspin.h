#pragma once

/*
 * sync/rwspin.h - a spinlock for many who may go side by side, and for one who
 * seldom needs to be alone.
 *
 *	rwspin_lock_shared(&lock);		beside others of this kind
 *	rwspin_unlock_shared(&lock);
 *
 *	rwspin_lock(&lock);			alone
 *	rwspin_unlock(&lock);
 *
 * A counter of readers would be what all readers meet at, and taking turns to
 * write to one cache line costs as much as a lock. So each hart has a flag in
 * a line of its own: whoever shares the lock raises the flag of his hart, and
 * looks whether somebody wants to be alone; who wants that says so, and then
 * waits until each flag is down. Sharing costs two stores and a fence, however
 * many harts do it; being alone costs a look at each hart.
 *
 * What is read under a shared lock stays, for who changes it is alone. What
 * those who share it change has a lock of its own besides, taken inside.
 *
 * Nobody waits for ever: who wants to be alone keeps later ones out, and who
 * shares and meets him stands in the same line as the next that wants to be
 * alone. As under any spinlock one does not sleep, and so the thread stays on
 * its hart. No interrupt handler takes one. Nobody takes one twice.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "sync/spinlock.h"

struct CAPABILITY("rwspin") rwspin {
	struct spinlock line; /* who is alone, or waits for it */
	uint32_t alone;       /* (a) ORDER rwspin-alone: who is first in line wants it */
	uint32_t is_alone;    /* (a) for assertions: he is */
	struct rwspin_hart {
		uint32_t inside; /* (a) its hart writes; ORDER rwspin-alone */
	} __aligned(64) hart[MAX_HARTS]; /* (a) */
};

#define RWSPIN_INIT(r) { .line = SPINLOCK_INIT(r) }

void rwspin_lock(struct rwspin *lock) ACQUIRES(lock);
void rwspin_unlock(struct rwspin *lock) RELEASES(lock);
/* Only if nobody has it, and without waiting; also in an interrupt. */
bool rwspin_trylock(struct rwspin *lock) TRY_ACQUIRE(true, lock);
void rwspin_lock_shared(struct rwspin *lock) ACQUIRES_SHARED(lock);
void rwspin_unlock_shared(struct rwspin *lock) RELEASES_SHARED(lock);

/* This hart has it: alone, or in one way or the other. */
bool rwspin_is_alone(const struct rwspin *lock);
bool rwspin_is_held(const struct rwspin *lock);
