#pragma once

/*
 * sync/mutex.h - the sleeping lock.
 *
 * Threads only, never an interrupt handler.  Its owner may sleep.  Not
 * recursive.  One atomic operation when nobody waits.  Who finds it taken
 * waits awake while its owner runs, and asleep otherwise; whoever is there
 * first gets it next, but nobody is passed for ever (mutex.c).
 */

#include "sync/lockclass.h"
#include "sync/waitq.h"

struct CAPABILITY("mutex") mutex {
	uintptr_t owner;  /* (a) struct thread, or 0; MUTEX_KEPT; ORDER mutex */
	uint32_t waiting; /* (a) threads in mutex_lock's slow path */
	struct waitq waiters;
#if LAB
	uint16_t rank;    /* (c) */
	bool told;        /* (a) who was woken for it has not come yet */
#endif
};

void mutex_init(struct mutex *m, enum lock_rank rank);
void mutex_lock(struct mutex *m) ACQUIRES(m);
/* The second of a rank whose users take them in an order of their own. */
void mutex_lock_below(struct mutex *m) ACQUIRES(m);
bool mutex_trylock(struct mutex *m) TRY_ACQUIRE(true, m);
void mutex_unlock(struct mutex *m) RELEASES(m);
bool mutex_is_held(const struct mutex *m); /* by the running thread */
#define assert_mutex_held(m) assert(mutex_is_held(m))

#include "sync/mutex_class.h"
