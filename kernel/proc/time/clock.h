#pragma once

/*
 * proc/time/clock.h - what time it is, and until when a system call waits.
 *
 * There is one counter, clock_ticks(), which starts near 0 at boot and runs
 * evenly: the monotonic clock.  The time of day is that plus an offset, which
 * the board's clock or the superuser sets.
 */

#include "lib/types.h"

#define NS_PER_SECOND 1000000000UL
#define NS_PER_MICROSECOND 1000UL

/* Linux's struct timespec and timeval, as programs lay them out. */
struct timespec {
	int64_t sec;
	int64_t nsec;
};

struct timeval {
	int64_t sec;
	int64_t usec;
};

static inline struct timespec timespec_of_ns(uint64_t ns)
{
	return (struct timespec){ (int64_t)(ns / NS_PER_SECOND),
				  (int64_t)(ns % NS_PER_SECOND) };
}

static inline struct timeval timeval_of_ns(uint64_t ns)
{
	return (struct timeval){ (int64_t)(ns / NS_PER_SECOND),
				 (int64_t)(ns % NS_PER_SECOND /
					   NS_PER_MICROSECOND) };
}

static inline bool timespec_is_valid(const struct timespec *ts)
{
	return ts->sec >= 0 && (uint64_t)ts->nsec < NS_PER_SECOND;
}

/* Nanoseconds of a valid @ts; as many as fit. */
uint64_t timespec_to_ns(const struct timespec *ts);

uint64_t clock_monotonic_ns(void);
uint64_t clock_realtime_ns(void);
void clock_set_realtime(uint64_t ns);

/* From now on keep what programs may read in @page.  Boot, once. */
struct vdso_data;
void clock_publish(struct vdso_data *page);

/* When the clock in question will show @ns, in ticks: a deadline. */
uint64_t clock_monotonic_deadline(uint64_t ns);
uint64_t clock_realtime_deadline(uint64_t ns);

/*
 * A call that waits for a while, and starts over after a signal that ran no
 * handler, must not wait for all of the while again.  So it returns
 *
 *	return clock_restart_until(deadline);
 *
 * and when it is made again, clock_deadline_after() answers what it answered
 * the first time.
 */
uint64_t clock_deadline_after(uint64_t ns);
long clock_restart_until(uint64_t deadline);
