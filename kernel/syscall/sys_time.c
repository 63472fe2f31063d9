/*
 * syscall/sys_time.c - reading clocks, setting them, sleeping.
 */
#include "syscall/syscall.h"

#include "arch/hart.h"
#include "ipc/timerfd.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/sched/sched.h"
#include "proc/task/proc.h"
#include "proc/time/clock.h"
#include "proc/time/timer.h"
#include "syscall/uapi.h"
#include "syscall/user_time.h"
#include "vfs/cred.h"

/*
 * A negative clock is the processor time of a process or thread:
 * bits 0-1 the kind, bit 2 thread, above them the id's complement.
 */
#define CPU_CLOCK_KIND 3
#define CPU_CLOCK_KIND_SCHED 2
#define CPU_CLOCK_THREAD 4

static uint64_t process_time(struct proc *p)
{
	struct rusage_sums sums;

	proc_rusage(p, &sums);
	return ticks_to_ns(sums.user_ticks + sums.system_ticks);
}

static long read_thread_clock(int tid, uint64_t *ns)
{
	struct thread *t = tid == 0 ? NULL : thread_find(tid);

	if (tid == 0) {
		*ns = ticks_to_ns(sched_thread_runtime(current_thread()));
		return 0;
	}
	if (t == NULL)
		return -EINVAL;
	*ns = ticks_to_ns(sched_thread_runtime(t));
	thread_put(t);
	return 0;
}

static long read_process_clock(int pid, uint64_t *ns)
{
	struct proc *p = pid == 0 ? NULL : proc_find(pid);

	if (pid == 0) {
		*ns = process_time(current_proc());
		return 0;
	}
	if (p == NULL)
		return -EINVAL;
	*ns = process_time(p);
	proc_put(p);
	return 0;
}

static long read_other_cpu_clock(int clock, uint64_t *ns)
{
	int id = ~(clock >> 3);

	if ((clock & CPU_CLOCK_KIND) > CPU_CLOCK_KIND_SCHED)
		return -EINVAL;
	return clock & CPU_CLOCK_THREAD ? read_thread_clock(id, ns) :
					  read_process_clock(id, ns);
}

static NOINLINE long read_cpu_clock(int clock, uint64_t *ns)
{
	switch (clock) {
	case CLOCK_PROCESS_CPUTIME_ID:
		return read_process_clock(0, ns);
	case CLOCK_THREAD_CPUTIME_ID:
		return read_thread_clock(0, ns);
	default:
		return clock < 0 ? read_other_cpu_clock(clock, ns) : -EINVAL;
	}
}

static long read_clock(int clock, uint64_t *ns)
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

/* As on Linux, so that there are thirty years until a time does not fit. */
#define TIME_MAX_NS ((9223372036UL - 30UL * 365 * 24 * 3600) * NS_PER_SECOND)

/* The machine did not begin before 1970 either. */
static long set_time_of_day(uint64_t ns)
{
	if (ns >= TIME_MAX_NS)
		return -EINVAL;
	if (!cred_is_root(current_cred()))
		return -EPERM;
	if (ns < clock_monotonic_ns())
		return -EINVAL;
	clock_set_realtime(ns);
	timer_clock_was_set();
	timerfd_clock_was_set();
	return 0;
}

SYSCALL_2(clock_settime, clock, from)
{
	uint64_t ns;
	long err;

	if ((int)clock != CLOCK_REALTIME)
		return -EINVAL;
	err = get_user_timespec(&ns, from);
	return err != 0 ? err : set_time_of_day(ns);
}

SYSCALL_2(gettimeofday, to, zone)
{
	static const int utc[2];

	if (to != 0 && put_user_timeval(to, clock_realtime_ns()) != 0)
		return -EFAULT;
	if (zone != 0 && copy_to_user(zone, utc, sizeof(utc)) != 0)
		return -EFAULT;
	return 0;
}

SYSCALL_2(settimeofday, from, zone UNUSED)
{
	uint64_t ns;
	long err;

	if (from == 0)
		return 0;
	err = get_user_timeval(&ns, from);
	return err != 0 ? err : set_time_of_day(ns);
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

SYSCALL_4(clock_nanosleep, clock, flags, time, remaining)
{
	bool realtime = (int)clock == CLOCK_REALTIME;
	uint64_t ns, deadline;
	int err;

	if (!realtime && (int)clock != CLOCK_MONOTONIC &&
	    (int)clock != CLOCK_BOOTTIME)
		return clock > CLOCK_BOOTTIME ||
		       clock == CLOCK_THREAD_CPUTIME_ID ? -EINVAL : -EOPNOTSUPP;
	err = get_user_timespec(&ns, time);
	if (err != 0)
		return err;
	if (!(flags & TIMER_ABSTIME))
		return sleep_for(ns, remaining);
	deadline = realtime ? clock_realtime_deadline(ns) :
			      clock_monotonic_deadline(ns);
	return sleep_until(deadline) == 0 ? 0 : -ERESTARTNOHAND;
}
