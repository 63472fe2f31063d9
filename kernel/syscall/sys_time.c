/*
 * syscall/sys_time.c - reading clocks, sleeping.
 */
#include "syscall/syscall.h"

#include "arch/hart.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/sched/sched.h"
#include "proc/task/proc.h"
#include "proc/time/clock.h"
#include "proc/time/cpuclock.h"
#include "syscall/uapi.h"
#include "syscall/user_time.h"

NOINLINE long read_cpu_clock(int clock, uint64_t *ns)
{
	struct cpu_clock c;
	int err = cpu_clock_find(clock, true, &c);

	if (err == 0) {
		*ns = ticks_to_ns(cpu_clock_ticks(&c));
		cpu_clock_put(&c);
	}
	return err;
}

long read_clock(int clock, uint64_t *ns)
{
	switch (clock) {
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = clock_monotonic_ns();
		return 0;
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		*ns = clock_realtime_ns();
		return 0;
	default:
		return read_cpu_clock(clock, ns);
	}
}

/*
 * LACKS clock_gettime, clock_getres, clock_nanosleep: `CLOCK_TAI` is
 * `EINVAL`; all clocks have the counter's resolution, coarse ones too.
 */
SYSCALL_2(clock_gettime, clock, to)
{
	uint64_t ns;
	long err = read_clock((int)clock, &ns);

	return err != 0 ? err : put_user_timespec(to, ns);
}

SYSCALL_2(clock_getres, clock, to)
{
	uint64_t ns;
	long err = read_clock((int)clock, &ns);

	if (err != 0 || to == 0)
		return err;
	return put_user_timespec(to, ticks_to_ns(1));
}

/* ---- sleeping ---- */

static const struct sleep_kind time_sleep = {
	.name = "time",
	.awaits = "its timer",
};

/* 0 when the time has come, -EINTR when a signal came first. */
static int sleep_until(uint64_t deadline)
{
	while (!deadline_is_over(deadline)) {
		block_prepare(true);
		if (block_interrupted()) {
			block_cancel();
			return -EINTR;
		}
		watchdog_sleeps(&time_sleep, NULL, NULL, __func__);
		if (!block_schedule_until(deadline))
			break;
	}
	return 0;
}

static long sleep_for(uint64_t ns, vaddr_t remaining)
{
	uint64_t deadline = clock_deadline_after(ns);
	uint64_t now;

	if (sleep_until(deadline) == 0)
		return 0;
	now = clock_ticks();
	if (remaining != 0 &&
	    put_user_timespec(remaining, deadline > now ?
			      ticks_to_ns(deadline - now) : 0) != 0)
		return -EFAULT;
	return clock_restart_until(deadline);
}

SYSCALL_2(nanosleep, duration, remaining)
{
	uint64_t ns;
	int err = get_user_timespec(&ns, duration);

	return err != 0 ? err : sleep_for(ns, remaining);
}

/* As clock_deadline_after(), of the clock @c. */
static uint64_t cpu_deadline_after(const struct cpu_clock *c, uint64_t ns)
{
	uint64_t deadline = clock_restarted();

	if (deadline == 0 &&
	    __builtin_add_overflow(cpu_clock_ticks(c), ns_to_ticks(ns), &deadline))
		deadline = TIMER_NEVER;
	return deadline;
}

static long sleep_by_cpu(const struct cpu_clock *c, uint64_t ns,
			 vaddr_t remaining)
{
	uint64_t deadline = cpu_deadline_after(c, ns);
	uint64_t now;

	if (cpu_clock_wait(c, deadline) == 0)
		return 0;
	now = cpu_clock_ticks(c);
	if (remaining != 0 &&
	    put_user_timespec(remaining, deadline > now ?
			      ticks_to_ns(deadline - now) : 0) != 0)
		return -EFAULT;
	return clock_restart_until(deadline);
}

/* For what no thread, asleep, can make go on: its own time. */
static bool is_own_time(const struct cpu_clock *c)
{
	return c->thread == current_thread();
}

static NOINLINE long cpu_nanosleep(int clock, bool absolute, uint64_t ns,
				   vaddr_t remaining)
{
	struct cpu_clock c;
	long result = cpu_clock_find(clock, false, &c);

	if (result != 0)
		return result;
	if (is_own_time(&c))
		result = -EINVAL;
	else if (!absolute)
		result = sleep_by_cpu(&c, ns, remaining);
	else if (cpu_clock_wait(&c, ns_to_ticks(ns)) != 0)
		result = -ERESTARTNOHAND;
	cpu_clock_put(&c);
	return result;
}

/* Linux's kinds of clocks: 0, or why nobody sleeps by @clock. */
static int check_sleep_clock(int clock)
{
	switch (clock) {
	case CLOCK_THREAD_CPUTIME_ID:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_ALARM: /* no device could wake the machine */
	case CLOCK_BOOTTIME_ALARM:
		return -EOPNOTSUPP;
	default:
		return clock > CLOCK_BOOTTIME ? -EINVAL : 0;
	}
}

SYSCALL_4(clock_nanosleep, which, flags, time, remaining)
{
	int clock = (int)which;
	uint64_t ns, deadline;
	int err = check_sleep_clock(clock);

	if (err == 0)
		err = get_user_timespec(&ns, time);
	if (err != 0)
		return err;
	if (clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID)
		return cpu_nanosleep(clock, flags & TIMER_ABSTIME, ns, remaining);
	if (!(flags & TIMER_ABSTIME))
		return sleep_for(ns, remaining);
	deadline = clock == CLOCK_REALTIME ? clock_realtime_deadline(ns) :
					     clock_monotonic_deadline(ns);
	return sleep_until(deadline) == 0 ? 0 : -ERESTARTNOHAND;
}
