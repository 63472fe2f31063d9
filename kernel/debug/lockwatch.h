#pragma once

/*
 * debug/lockwatch.h - who waits for whom, with nothing to do but spin.
 *
 * A spinlock that is waited for too long says who holds it, any other loop that
 * spins (spin_until()) which condition it waits for, and who should make it
 * true.  And harts that wait for each other in a circle, by spinlocks, by
 * shootdowns that are not answered or by conditions, are found at once: that is
 * a deadlock, however long one waits.  Lab build only; the release build waits
 * in silence.
 */

#include "lib/types.h"

struct spinlock;

/* A loop that spins: until what, and the function it is in. */
struct spin_site {
	const char *until, *where;
};

#define LOCKWATCH_ANYBODY (-1U)

/* What one hart waits for. */
struct hart_wait {
	const struct spinlock *lock; /* this lock, */
	const struct spin_site *site; /* or this condition, which */
	unsigned by;                 /* hart + 1, this one makes true; 0: anybody.
				      * Without a condition: it is to serve an IPI */
	bool irq_off;                /* interrupts are off meanwhile */
	uint64_t serial;             /* of the wait; each has its own */
	uint64_t turns;              /* of its loop */
};

struct lockwatch {
#if LAB
	struct hart_wait interrupted; /* what this hart waited for before */
	uint64_t since;               /* ticks */
	bool reported;
#endif
};

#if LAB
struct lockwatch lockwatch_begin(const struct spinlock *lock);
struct lockwatch lockwatch_begin_ack(unsigned hart);
struct lockwatch lockwatch_begin_spin(const struct spin_site *site, unsigned hart);
/* Once per turn of the waiting loop. */
void lockwatch_tick(struct lockwatch *watch);
void lockwatch_end(const struct lockwatch *watch);
/* Print what each hart waits for. */
void lockwatch_print(void);
#else
#define lockwatch_begin(lock) ((struct lockwatch){ })
#define lockwatch_begin_ack(hart) ((struct lockwatch){ })
#define lockwatch_begin_spin(site, hart) \
	((void)(site), (void)(hart), (struct lockwatch){ })
#define lockwatch_tick(watch) ((void)(watch))
#define lockwatch_end(watch) ((void)(watch))
#endif
