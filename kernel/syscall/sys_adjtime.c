/*
 * syscall/sys_adjtime.c - setting the clock, and keeping it right.
 */
#include "syscall/syscall.h"

#include "arch/clock.h"
#include "ipc/timerfd.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/time/adjust.h"
#include "syscall/uapi.h"
#include "syscall/user_time.h"
#include "vfs/cred.h"

static int may_set_time(void)
{
	return cred_can(current_cred(), CAP_SYS_TIME) ? 0 : -EPERM;
}

/* The latest that Linux sets, too; asked before who asks. */
static long set_time_of_day(uint64_t ns)
{
	int err = ns < CLOCK_MAX_NS ? may_set_time() : -EINVAL;

	if (err == 0)
		err = clock_set_time(ns);
	if (err == 0)
		timerfd_clock_was_set();
	return err;
}

static long set_cpu_clock(int clock)
{
	uint64_t ns;
	long err = read_cpu_clock(clock, &ns);

	return err != 0 ? err : -EPERM; /* nobody has run for longer */
}

SYSCALL_2(clock_settime, clock, from)
{
	uint64_t ns;
	long err;

	if ((int)clock < 0)
		return set_cpu_clock((int)clock);
	if ((int)clock != CLOCK_REALTIME)
		return -EINVAL;
	err = get_user_timespec(&ns, from);
	return err != 0 ? err : set_time_of_day(ns);
}

/* ---- with a zone ---- */

#define ZONE_MAX_MINUTES (15 * 60)

SYSCALL_2(gettimeofday, to, zone)
{
	int32_t told[2];

	if (to != 0 && put_user_timeval(to, clock_realtime_ns()) != 0)
		return -EFAULT;
	if (zone == 0)
		return 0;
	clock_get_zone(told);
	return copy_to_user(zone, told, sizeof(told));
}

static long set_zone(const int32_t zone[2], bool alone)
{
	if (zone[0] > ZONE_MAX_MINUTES || zone[0] < -ZONE_MAX_MINUTES)
		return -EINVAL;
	clock_set_zone(zone, alone);
	if (alone)
		timerfd_clock_was_set();
	return 0;
}

SYSCALL_2(settimeofday, from, zone)
{
	int32_t told[2] = { 0 };
	uint64_t ns = 0;
	long err = from != 0 ? get_user_timeval(&ns, from) : 0;

	if (err == 0 && zone != 0 && copy_from_user(told, zone, sizeof(told)) != 0)
		err = -EFAULT;
	if (err == 0 && ns >= CLOCK_MAX_NS)
		err = -EINVAL;
	if (err == 0)
		err = may_set_time();
	if (err == 0 && zone != 0)
		err = set_zone(told, from == 0);
	if (err != 0 || from == 0)
		return err;
	return set_time_of_day(ns);
}

/* ---- adjtimex ---- */

#define TICK_MIN 9000
#define TICK_MAX 11000
/* Beyond it Linux's number of a frequency does not fit. */
#define FREQ_LIMIT (INT64_MAX / 65536000)

static int check_step(const struct timex *tx)
{
	int64_t second = tx->modes & ADJ_NANO ? (int64_t)NS_PER_SECOND : 1000000;

	if (!(tx->modes & ADJ_SETOFFSET))
		return 0;
	if (may_set_time() != 0)
		return -EPERM;
	return tx->usec >= 0 && tx->usec < second ? 0 : -EINVAL;
}

/* In Linux's order. */
static int check(const struct timex *tx)
{
	if (tx->modes & ADJ_ADJTIME) {
		if (!(tx->modes & ADJ_OFFSET))
			return -EINVAL;
		if (!(tx->modes & ADJ_OFFSET_READONLY) && may_set_time() != 0)
			return -EPERM;
	} else {
		if (tx->modes != 0 && may_set_time() != 0)
			return -EPERM;
		if ((tx->modes & ADJ_TICK) &&
		    (tx->tick < TICK_MIN || tx->tick > TICK_MAX))
			return -EINVAL;
	}
	if (check_step(tx) != 0)
		return check_step(tx);
	return (tx->modes & ADJ_FREQUENCY) &&
	       (tx->freq > FREQ_LIMIT || tx->freq < -FREQ_LIMIT) ? -EINVAL : 0;
}

static int step(const struct timex *tx)
{
	int err = clock_step(tx->sec, tx->modes & ADJ_NANO ? tx->usec :
							     tx->usec * 1000);

	if (err == 0)
		timerfd_clock_was_set();
	return err;
}

/* A TIME_ state, or -errno. */
static int adjust(struct timex *tx)
{
	int err = check(tx);

	if (err == 0 && (tx->modes & ADJ_SETOFFSET))
		err = step(tx);
	return err != 0 ? err : clock_adjust(tx);
}

/*
 * LACKS adjtimex, clock_adjtime: the monotonic clock does not drift with the
 * time of day; an offset is made up for at 500 parts per million, whatever
 * the time constant; leap seconds are not inserted.
 */
SYSCALL_1(adjtimex, at)
{
	struct timex tx;
	int result;

	if (copy_from_user(&tx, at, sizeof(tx)) != 0)
		return -EFAULT;
	result = adjust(&tx);
	return copy_to_user(at, &tx, sizeof(tx)) != 0 ? -EFAULT : result;
}

/* Only of the time of day. */
static int check_adjusted_clock(int clock)
{
	uint64_t ns;
	long err = read_clock(clock, &ns);

	if (err != 0)
		return (int)err;
	return clock == CLOCK_REALTIME ? 0 : -EOPNOTSUPP;
}

SYSCALL_2(clock_adjtime, clock, at)
{
	struct timex tx;
	int result;

	if (copy_from_user(&tx, at, sizeof(tx)) != 0)
		return -EFAULT;
	result = check_adjusted_clock((int)clock);
	if (result == 0)
		result = adjust(&tx);
	if (result >= 0 && copy_to_user(at, &tx, sizeof(tx)) != 0)
		return -EFAULT;
	return result;
}
