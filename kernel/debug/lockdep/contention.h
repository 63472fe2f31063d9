#pragma once

/*
 * debug/lockdep/contention.h - how long locks are waited for, and held.
 *
 * Counted for each class (a rank of sync/ranks.h) on each hart: the hart
 * on which the lock was got, and the one on which it was dropped.  Times are
 * ticks.  Lab build only.
 */

#include "lib/types.h"

/* Those that took 0, 1, 2 to 3, 4 to 7 ... ticks; the last: all longer ones. */
#define CONTENTION_BINS 24

struct lock_times {
	uint64_t count;
	uint64_t ticks;
	uint64_t longest;
	uint64_t bins[CONTENTION_BINS];
};

/* Its hart alone writes, with interrupts off; others read racily. */
struct lock_contention {
	uint64_t acquired;
	struct lock_times waits; /* of those that were not free */
	struct lock_times holds;
};

#if LAB

/* Before hart @hart starts.  False: no memory. */
bool contention_add_hart(unsigned hart);

/* On this hart.  Interrupts off. */
void contention_acquired(unsigned rank);
void contention_waited(unsigned rank, uint64_t ticks);
void contention_held(unsigned rank, uint64_t ticks);

const struct lock_contention *contention_of(unsigned rank, unsigned hart);

/* One line of numbers for each class and hart, from @put, which prints:
 *	lock CLASS HART ACQUIRED WAITS NS LONGEST-NS HOLDS NS LONGEST-NS
 *	waits CLASS HART N...	the bins: of the first FIRST-NS, of each next
 *	holds CLASS HART N...	one twice as much
 * and first "tick FIRST-NS".  What is 0 is left out. */
void contention_list(void (*put)(void *ctx, const char *s, size_t n), void *ctx);

#endif
