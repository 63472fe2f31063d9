#pragma once

/*
 * proc/sched/rt.h - scheduling policies: who shares, and who runs first.
 */

#include "lib/compiler.h"
#include "lib/types.h"
#include "proc/sched/thread.h"

/* Linux's numbers. */
enum sched_policy {
	SCHED_OTHER = 0,
	SCHED_FIFO = 1,
	SCHED_RR = 2,
	SCHED_BATCH = 3,
	SCHED_IDLE = 5,
};

#define MAX_RT_PRIORITY 99
/* (a) How long a turn of SCHED_RR is; at the beginning, and if none is said.
 * kernel.sched_rr_timeslice_ms. */
#define RR_SLICE_MS 100U
extern uint32_t sched_rr_slice_ms;

/* (a) Of each period a hart's real-time threads get so much if others wait:
 * microseconds; a runtime of -1: all.  kernel.sched_rt_period_us, _runtime_us. */
extern uint32_t sched_rt_period_us;
extern int32_t sched_rt_runtime_us;

static inline bool policy_is_rt(unsigned policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

/* By what @t is chosen: 1 to 99, its own or one that it was lent; 0: it
 * shares. */
static inline unsigned rt_priority_of(const struct thread *t)
{
	unsigned both = READ_ONCE(t->rt_priorities);

	if (likely(both == 0))
		return 0;
	return max(both & 0xff, both >> 8 & 0xff);
}

/* @priority: 1 to 99 of a real-time policy, else 0.  Under proc_tree_lock, or
 * of a thread that nobody else knows. */
void sched_set_policy(struct thread *t, unsigned policy, unsigned priority);
/* Until another is, @t has this priority if its own is lower; 0: none.  Who
 * calls takes turns.  Down to rank FUTEX held. */
void sched_lend_priority(struct thread *t, unsigned priority);

/* A new thread has the policy of the running one, unless that is not to be. */
void sched_inherit_policy(struct thread *child);
