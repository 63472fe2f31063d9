#pragma once

/*
 * debug/watchdog.h - a hart or a thread that should go on, and does not.  Lab
 * build only.
 *
 * Twice a second one hart, each in its turn, looks at the whole machine:
 *
 *	a hart that takes no clock interrupt for ten seconds is hung
 *	a hart that idles for seconds with a thread on its queue lost its kick
 *	a thread asleep with a signal pending that may end the sleep lost its
 *	wake-up
 *
 * And for waits of sync/waitq.h: who has slept for some seconds is poked.  It
 * looks at its condition, as after any wake-up, and mostly goes to sleep
 * again.  But if the condition is true, somebody made it so; if he wakes
 * nobody in the next seconds either, the wake-up is lost.
 *
 * An idle hart goes on waiting after its look, without trying its queue: a
 * watchdog that heals what it is to find would find nothing.
 */

#include "lib/types.h"

struct thread;

/* Part of struct thread.  (own), but for what wakers and watchers do. */
struct sleep_watch {
	const char *where;  /* the function that waits; NULL: not to be poked */
	uint64_t since;     /* ticks */
	uint32_t wakes;     /* (a) calls of wake_thread() */
	uint32_t seen;      /* wakes when it went to sleep */
	uint32_t poked;     /* (a) the watchdog woke it */
	uint32_t looks;     /* (watcher) times it was seen asleep with a signal */
	uint64_t switches;  /* (watcher) and how often it had slept before */
};

#if LAB

/* When this hart's next look is due, from now on. */
uint64_t watchdog_deadline(void);
/* The look.  Interrupts off, no lock held. */
void watchdog_tick(void);

/* The running thread is about to sleep in a wait queue. */
void watchdog_sleeps(const char *where);
void watchdog_woke(void);
/* It finds that it need not: @what is true. */
void watchdog_found_true(const char *where, const char *what);
/* Somebody calls wake_thread(@t). */
void watchdog_waking(struct thread *t);

#else

#define watchdog_sleeps(where) ((void)0)
#define watchdog_woke() ((void)0)
#define watchdog_found_true(where, what) ((void)0)
#define watchdog_waking(t) ((void)(t))

#endif
