#include "proc/time/clock.h"

#include "arch/hart.h"
#include "lib/compiler.h"
#include "lib/errno.h"
#include "proc/sched/thread.h"
#include "proc/time/timer.h"
#include "proc/time/vdso/data.h"
#include "sync/block.h"

/*
 * Where the offset of the time of day is: in the vDSO's page, so that there
 * is one for programs and kernel, or before there is that page, here.  One
 * word, so it is always whole.
 */
static struct vdso_data early_data;
static struct vdso_data *data = &early_data; /* (c) once a thread runs */

void clock_publish(struct vdso_data *page)
{
	page->realtime_offset = data->realtime_offset;
	data = page;
}

uint64_t timespec_to_ns(const struct timespec *ts)
{
	uint64_t ns;

	if (__builtin_mul_overflow((uint64_t)ts->sec, NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, (uint64_t)ts->nsec, &ns))
		return UINT64_MAX;
	return ns;
}

uint64_t clock_monotonic_ns(void)
{
	return ticks_to_ns(clock_ticks());
}

uint64_t clock_realtime_ns(void)
{
	return clock_monotonic_ns() + READ_ONCE(data->realtime_offset);
}

void clock_set_realtime(uint64_t ns)
{
	WRITE_ONCE(data->realtime_offset, ns - clock_monotonic_ns());
}

uint64_t clock_monotonic_deadline(uint64_t ns)
{
	return ns_to_ticks(ns);
}

uint64_t clock_realtime_deadline(uint64_t ns)
{
	uint64_t offset = READ_ONCE(data->realtime_offset);

	return ns < offset ? 0 : ns_to_ticks(ns - offset);
}

uint64_t clock_deadline_after(uint64_t ns)
{
	struct thread *self = current_thread();
	uint64_t deadline = self->restart_deadline;

	self->restart_deadline = 0;
	if (deadline == 0 &&
	    __builtin_add_overflow(clock_ticks(), ns_to_ticks(ns), &deadline))
		deadline = TIMER_NEVER;
	return deadline;
}

long clock_restart_until(uint64_t deadline)
{
	current_thread()->restart_deadline = deadline;
	return -ERESTART_RESTARTBLOCK;
}
