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
 *	block_schedule() or, when the condition holds already, block_cancel()
 *
 * A wake_thread() that comes anywhere between makes block_schedule() return
 * at once.
 */

#include "arch/context.h"
#include "arch/hart.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct thread;

/* A struct thread begins with its arch_thread (proc/sched/thread.h asserts it). */
static inline struct thread *current_thread(void)
{
	return (struct thread *)hart_self()->current;
}

/* Announce that the running thread is about to sleep. */
void block_prepare(bool interruptible); /* upcall */
/* Sleep until woken.  Interrupts on, no spinlock held. */
void block_schedule(void); /* upcall */
/* As block_schedule(), at most until @deadline (ticks; TIMER_NEVER: for
 * ever).  False when the time was up. */
bool block_schedule_until(uint64_t deadline); /* upcall */
/* Stay awake after all. */
void block_cancel(void); /* upcall */
/* Make @t run if it has announced a sleep; otherwise nothing.  True when
 * this call woke it.  Any context, down to rank WAITQ held. */
bool wake_thread(struct thread *t); /* upcall */
/* A signal is waiting for the running thread (or it is being killed). */
bool block_interrupted(void); /* upcall */
/* As block_interrupted(), of fatal ones, once the work bit is set. */
bool block_killed_really(void); /* upcall */
/* Let others run, and come back.  Interrupts on, no spinlock held. */
void sched_leave(void); /* upcall */

/* The running thread is asked to do @work.  Whoever asks sets the bit after
 * what it tells of, so none that is set is missed for good. */
static inline bool is_asked_to(uint32_t work)
{
	return unlikely(READ_ONCE(hart_self()->current->work) & work);
}

/* A fatal signal is waiting for the running thread. */
static inline bool block_killed(void)
{
	return is_asked_to(WORK_SIGNAL) && block_killed_really();
}

/* Let others run if this thread's time is up: for long loops in the kernel.
 * Interrupts on, no spinlock held. */
static inline void cond_resched(void)
{
	if (is_asked_to(WORK_RESCHED))
		sched_leave();
}

/* The same for loops that a user can make very long: false when the thread is
 * to die, and the loop to end. */
static inline bool MUST_CHECK block_go_on(void)
{
	if (!is_asked_to(WORK_RESCHED | WORK_SIGNAL))
		return true;
	cond_resched();
	return !block_killed();
}
