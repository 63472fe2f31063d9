#pragma once

/*
 * sync/block.h - how the sleeping locks reach the scheduler, which lives a
 * layer above: proc/sched/sched.c defines these.
 *
 * The protocol of sleeping, without lost wake-ups (design: docs/locking.md,
 * "Sleep and wake"):
 *
 *	block_prepare(interruptible)	under the lock the waker takes
 *	test the condition
 *	watchdog_sleeps(kind, ...)	debug/watchdog.h: what the sleep is for
 *	block_schedule() or, when the condition holds already, block_cancel()
 *
 * A wake_thread() that comes anywhere between makes block_schedule() return
 * at once.
 */

#include "arch/hart.h"
#include "lib/types.h"
#include "sync/work.h"

struct thread;

/* A struct thread begins with its arch_thread (proc/sched/thread.h asserts it). */
static inline struct thread *current_thread(void)
{
	return (struct thread *)hart_self()->current;
}

/* Announce that the running thread is about to sleep. */
void block_prepare(bool interruptible); /* upcall */
/* The same, and of signals only one that is fatal ends it. */
void block_prepare_killable(void); /* upcall */
/* Sleep until woken.  Interrupts on, no spinlock held. */
void block_schedule(void); /* upcall */
/* As block_schedule(), at most until @deadline (arch/clock.h;
 * TIMER_NEVER: for ever).  False when the time was up. */
bool block_schedule_until(uint64_t deadline); /* upcall */
/* Stay awake after all. */
void block_cancel(void); /* upcall */
/* Make @t run if it has announced a sleep; otherwise nothing.  True when
 * this call woke it.  Any context, down to rank WAITQ held. */
bool wake_thread(struct thread *t); /* upcall */
/* A signal is waiting for the running thread (or it is being killed: that
 * alone is block_killed()). */
bool block_interrupted(void); /* upcall */
