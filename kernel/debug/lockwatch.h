#pragma once

/*
 * debug/lockwatch.h - a spinlock that is waited for too long says who holds
 * it.  Lab build only; the release build waits in silence.
 */

#include "lib/types.h"

struct spinlock;

struct lockwatch {
#if LAB
	const struct spinlock *lock;
	uint64_t since; /* ticks */
	bool reported;
#endif
};

#if LAB
struct lockwatch lockwatch_begin(const struct spinlock *lock);
/* Once per turn of the waiting loop. */
void lockwatch_tick(struct lockwatch *watch);
#else
#define lockwatch_begin(lock) ((struct lockwatch){ })
#define lockwatch_tick(watch) ((void)(watch))
#endif
