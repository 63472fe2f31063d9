/*
 * proc/time/clock.c - see clock.h.
 */
#include "proc/time/clock.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "proc/sched/thread.h"
#include "proc/time/timer.h"
#include "sync/block.h"

uint64_t deadline_after(uint64_t ns)
{
	uint64_t deadline;

	if (__builtin_add_overflow(clock_ticks(), ns_to_ticks(ns), &deadline) ||
	    deadline >= DEADLINE_REALTIME)
		return TIMER_NEVER;
	return deadline;
}

uint64_t deadline_of_setting(uint64_t ns, bool absolute, bool realtime)
{
	if (ns == 0)
		return 0;
	if (!absolute)
		return deadline_after(ns);
	if (realtime)
		return clock_realtime_deadline(ns);
	return max(clock_monotonic_deadline(ns), 1UL);
}

uint64_t clock_restarted(void)
{
	struct thread *self = current_thread();
	uint64_t deadline = self->restart_deadline;

	self->restart_deadline = 0;
	return deadline;
}

uint64_t clock_deadline_after(uint64_t ns)
{
	uint64_t deadline = clock_restarted();

	return deadline != 0 ? deadline : deadline_after(ns);
}

long clock_restart_until(uint64_t deadline)
{
	current_thread()->restart_deadline = deadline;
	return -ERESTART_RESTARTBLOCK;
}
