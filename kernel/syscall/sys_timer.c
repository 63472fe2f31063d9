/*
 * syscall/sys_timer.c - timers that send signals: setitimer() and the POSIX
 * timers; and timers that are files: timerfd.
 */
#include "syscall/syscall.h"

#include "arch/hart.h"
#include "ipc/timerfd.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/task/proc.h"
#include "proc/time/clock.h"
#include "proc/time/cpuclock.h"
#include "proc/time/cputimer.h"
#include "proc/time/itimer.h"
#include "syscall/uapi.h"
#include "syscall/user_time.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

#define ITIMER_REAL 0
#define ITIMER_PROF 2

/* ---- setitimer ---- */

static int check_itimer(unsigned long which)
{
	return which <= ITIMER_PROF ? 0 : -EINVAL;
}

static enum cpu_timer_kind cpu_timer_of(unsigned long which)
{
	return which == ITIMER_PROF ? CPU_TIMER_PROF : CPU_TIMER_VIRTUAL;
}

static long put_itimerval(vaddr_t to, const struct timer_setting *timer)
{
	struct user_itimerval it = {
		.interval = timeval_of_ns(ticks_to_ns(timer->interval)),
		.value = timeval_of_ns(ticks_to_ns(timer->left)),
	};

	return copy_to_user(to, &it, sizeof(it));
}

SYSCALL_2(getitimer, which, to)
{
	struct timer_setting now;
	int err = check_itimer(which);

	if (err != 0)
		return err;
	if (which == ITIMER_REAL)
		itimer_get(current_proc(), &now);
	else
		cputimer_get(cpu_timer_of(which), &now);
	return put_itimerval(to, &now);
}

static void set_itimer(unsigned long which, uint64_t after, uint64_t interval,
		       struct timer_setting *old)
{
	if (which == ITIMER_REAL)
		itimer_set(current_proc(), after, interval, old);
	else
		cputimer_set(cpu_timer_of(which), after, interval, old);
}

/*
 * LACKS setitimer: a periodic timer rings every 100 microseconds at most;
 * `ITIMER_VIRTUAL` and `ITIMER_PROF` are looked at in clock interrupts.
 */
SYSCALL_3(setitimer, which, from, old)
{
	uint64_t interval = 0, value = 0;
	struct timer_setting before;
	long err = check_itimer(which);

	if (err == 0 && from != 0)
		err = get_user_timeval(&interval, from);
	if (err == 0 && from != 0)
		err = get_user_timeval(&value, from + sizeof(struct timeval));
	if (err != 0)
		return err;
	set_itimer(which, ns_to_ticks(value), ns_to_ticks(interval), &before);
	return old != 0 ? put_itimerval(old, &before) : 0;
}

/* ---- struct itimerspec ---- */

/* 0, -EFAULT or -EINVAL; asked before what is to be set is looked for. */
static int get_itimerspec(struct user_itimerspec *it, vaddr_t from)
{
	if (copy_from_user(it, from, sizeof(*it)) != 0)
		return -EFAULT;
	return timespec_is_valid(&it->interval) &&
	       timespec_is_valid(&it->value) ? 0 : -EINVAL;
}

static uint64_t interval_of(const struct user_itimerspec *it)
{
	return timespec_to_ns(&it->interval);
}

/* @left ticks, @interval ns. */
static int put_setting(vaddr_t to, uint64_t left, uint64_t interval)
{
	struct user_itimerspec it = {
		.interval = timespec_of_ns(interval),
		.value = timespec_of_ns(ticks_to_ns(left)),
	};

	return copy_to_user(to, &it, sizeof(it));
}

static bool is_timer_clock(unsigned long clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC ||
	       clock == CLOCK_BOOTTIME;
}

/* ---- POSIX timers ---- */

/* The thread of this process that SIGEV_THREAD_ID names, with a reference. */
static struct thread *find_own_thread(int tid)
{
	struct thread *t = thread_find(tid);

	if (t != NULL && t->proc != current_proc()) {
		thread_put(t);
		return NULL;
	}
	return t;
}

/* What @ev says of whom to tell: 0, or -EINVAL. */
static int read_event(struct timer_request *r, const struct user_sigevent *ev)
{
	if (ev->notify != SIGEV_NONE && (ev->signo < 1 || ev->signo > NSIG))
		return -EINVAL;
	r->signo = ev->notify == SIGEV_NONE ? 0 : ev->signo;
	r->value = ev->value;
	switch (ev->notify) {
	case SIGEV_SIGNAL:
	case SIGEV_NONE:
	case SIGEV_THREAD: /* the C library's: to the kernel a signal */
		return 0;
	case SIGEV_THREAD_ID:
		r->thread = find_own_thread(ev->tid);
		return r->thread != NULL ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* 0, -EOPNOTSUPP for a clock that has no timers, or none here: no device could
 * wake the machine.  Or -EINVAL. */
static int read_timer_clock(struct timer_request *r, int clock)
{
	r->realtime = clock == CLOCK_REALTIME;
	if (is_timer_clock((unsigned)clock))
		return 0;
	switch (clock) {
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		return -EOPNOTSUPP;
	default:
		return cpu_clock_find(clock, false, &r->cpu);
	}
}

static void put_request(struct timer_request *r)
{
	if (r->thread != NULL)
		thread_put(r->thread);
	if (r->cpu.proc != NULL)
		cpu_clock_put(&r->cpu);
}

/*
 * LACKS timer_create, timer_settime: `CLOCK_TAI` is `EINVAL`; a periodic timer rings
 * every 100 microseconds at most, and counts the periods between for overruns.
 */
SYSCALL_3(timer_create, clock, event, to)
{
	struct user_sigevent ev = { .signo = SIGALRM, .notify = SIGEV_SIGNAL };
	struct timer_request r = { .value_is_id = event == 0 };
	int id = 0;

	if (event != 0 && copy_from_user(&ev, event, sizeof(ev)) != 0)
		return -EFAULT;
	id = read_timer_clock(&r, (int)clock);
	if (id == 0)
		id = read_event(&r, &ev);
	if (id == 0)
		id = posix_timer_create(current_proc(), &r);
	if (id < 0) {
		put_request(&r);
		return id;
	}
	if (put_user_u32(to, (uint32_t)id) != 0) {
		posix_timer_delete(current_proc(), id);
		return -EFAULT;
	}
	return 0;
}

SYSCALL_1(timer_delete, id)
{
	return posix_timer_delete(current_proc(), (int)id);
}

SYSCALL_2(timer_gettime, id, to)
{
	struct timer_setting now;
	int err = posix_timer_get(current_proc(), (int)id, &now);

	return err != 0 ? err : put_setting(to, now.left, now.interval);
}

SYSCALL_1(timer_getoverrun, id)
{
	struct timer_setting now;
	int err = posix_timer_get(current_proc(), (int)id, &now);

	return err != 0 ? err : (long)now.overrun;
}

SYSCALL_4(timer_settime, id, flags, from, old)
{
	struct timer_setting before;
	struct user_itimerspec it;
	int err = from == 0 ? -EINVAL : get_itimerspec(&it, from);

	if (err == 0)
		err = posix_timer_set(current_proc(), (int)id,
				      timespec_to_ns(&it.value),
				      flags & TIMER_ABSTIME, interval_of(&it),
				      &before);
	if (err == 0 && old != 0)
		err = put_setting(old, before.left, before.interval);
	return err;
}

/* ---- timerfd ---- */

/*
 * LACKS timerfd_create: clocks that wake a machine (`CLOCK_REALTIME_ALARM`)
 * are `EINVAL`.
 */
SYSCALL_2(timerfd_create, clock, flags)
{
	struct file *f;
	int err;

	if (!is_timer_clock(clock) ||
	    (flags & ~(unsigned long)(O_NONBLOCK | O_CLOEXEC)))
		return -EINVAL;
	err = timerfd_create(&f, clock == CLOCK_REALTIME, (unsigned)flags);
	return err != 0 ? err : fd_install(f, flags & O_CLOEXEC);
}

SYSCALL_4(timerfd_settime, fd, flags, from, old)
{
	struct file *f = fd_get((int)fd);
	uint64_t left, interval;
	struct user_itimerspec it;
	bool realtime;
	int err;

	if (f == NULL)
		return -EBADF;
	err = flags & ~(unsigned long)(TIMER_ABSTIME | TIMER_CANCEL_ON_SET) ?
		      -EINVAL : get_itimerspec(&it, from);
	if (err == 0)
		err = timerfd_get(f, &left, &interval, &realtime);
	if (err == 0)
		err = timerfd_set(f, deadline_of_setting(timespec_to_ns(&it.value),
							 flags & TIMER_ABSTIME,
							 realtime),
				  interval_of(&it),
				  flags == (TIMER_ABSTIME | TIMER_CANCEL_ON_SET));
	if (err == 0 && old != 0)
		err = put_setting(old, left, interval);
	file_put(f);
	return err;
}

SYSCALL_2(timerfd_gettime, fd, to)
{
	struct file *f = fd_get((int)fd);
	uint64_t left, interval;
	bool realtime;
	int err;

	if (f == NULL)
		return -EBADF;
	err = timerfd_get(f, &left, &interval, &realtime);
	if (err == 0)
		err = put_setting(to, left, interval);
	file_put(f);
	return err;
}
