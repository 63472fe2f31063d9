#pragma once

/*
 * sync/work.h - what the running thread is asked to do when it can.
 *
 * Each is a bit of arch_thread.work, set by whoever asks after what it tells
 * of, so none is missed for good.  The thread looks on its way to user mode,
 * and in each loop that may be long.
 */

#include "arch/context.h"
#include "arch/hart.h"
#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/lockorder.h"

/* @work: of enum thread_work. */
static inline bool is_asked_to(uint32_t work)
{
	return unlikely(READ_ONCE(hart_self()->current->work) & work);
}

/* Once the bit says that there may be something: is it fatal? */
bool block_killed_really(void); /* upcall */
/* The running thread, which could go on, leaves the hart to another one if
 * there is one.  Interrupts on, no spinlock held. */
void sched_leave(void); /* upcall */

/* A fatal signal is waiting for the running thread. */
static inline bool block_killed(void)
{
	return is_asked_to(WORK_SIGNAL) && block_killed_really();
}

/* Let others run if this thread's time is up: for long loops in the kernel.
 * Interrupts on, no spinlock held. */
static inline void cond_resched(void)
{
	lockorder_assert_may_sleep();
	if (is_asked_to(WORK_RESCHED))
		sched_leave();
}

/* The same for loops that a user can make very long: false when the thread is
 * to die, and the loop to end. */
static inline bool MUST_CHECK block_go_on(void)
{
	lockorder_assert_may_sleep();
	if (!is_asked_to(WORK_RESCHED | WORK_SIGNAL))
		return true;
	cond_resched();
	return !block_killed();
}
