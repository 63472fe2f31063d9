/*
 * proc/sched/preempt.c - the running thread is asked to leave, by the clock or by
 * another hart.  It does so on its way out of the kernel, or where a long path
 * says cond_resched().
 */
#include "proc/sched/sched.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "proc/sched/account_internal.h"
#include "proc/sched/load.h"
#include "proc/sched/place_internal.h"
#include "proc/sched/rt_internal.h"
#include "proc/sched/runq_internal.h"
#include "proc/time/timer.h"
#include "sync/block.h"

/* The clock says that the running thread's turn is over.  If nobody waits for
 * his, another begins: what it has for itself is no debt to who comes later. */
void sched_slice_end(void)
{
	struct thread *self = current_thread();

	load_tick(clock_ticks());
	timer_set_slice(clock_ticks() + rt_turn(self, sched_slice(self)));
	if (READ_ONCE(this_runq()->nr_ready) != 0 || !may_run_here(self) ||
	    rt_waits_elsewhere(self))
		sched_preempt();
	else
		sched_forgive(self);
}

void sched_preempt(void)
{
	atomic_fetch_or_relaxed(&current_thread()->arch.work, WORK_RESCHED);
}

/* Somebody is queued here, or the running thread is to look at something:
 * having come to the kernel it does. */
void sched_ipi(void)
{
	count(ipi_resched_received);
	sched_make_room();
}
