#pragma once

/*
 * arch/clock.h - what time it is.
 *
 * There is one counter, clock_ticks(), which starts near 0 at boot and runs
 * evenly: the monotonic clock.  The time of day is that plus an offset, which
 * the board's clock or the superuser sets (lib/timeofday.h).  It stands this low because files
 * have times; what waits for a time is proc/time.
 */

#include "arch/hart.h"
#include "lib/timeofday.h"
#include "lib/types.h"

static inline uint64_t clock_monotonic_ns(void)
{
	return ticks_to_ns(clock_ticks());
}

uint64_t clock_realtime_ns(void);
void clock_set_realtime(uint64_t ns); /* boot; later proc/time/adjust.h */

/* The function by which the time of day is read, and another in its place.
 * Who changes it takes turns with others. */
struct time_of_day clock_time_of_day(void);
void clock_adjust_to(const struct time_of_day *new);

/* From now on keep it at @published, where programs may read it.  Boot, once. */
void clock_publish(struct time_of_day *published);

/*
 * A deadline is a time in ticks of the counter; or, with DEADLINE_REALTIME, in
 * ticks that the time of day has had, and then it comes earlier or later when
 * the clock is set.  TIMER_NEVER is neither.  What is added to a deadline
 * leaves it what it is, and two of a kind are compared as numbers.
 */
#define DEADLINE_REALTIME BIT(63)

static inline bool deadline_is_realtime(uint64_t deadline)
{
	return deadline >= DEADLINE_REALTIME && deadline != TIMER_NEVER;
}

/* When the clock in question will show @ns. */
uint64_t clock_monotonic_deadline(uint64_t ns);
uint64_t clock_realtime_deadline(uint64_t ns);

/* Now, as a deadline of the kind of @deadline. */
uint64_t deadline_now(uint64_t deadline);

static inline bool deadline_is_over(uint64_t deadline)
{
	return deadline_now(deadline) >= deadline;
}

/* Ticks of its kind from now until @deadline; 0: it is over. */
static inline uint64_t deadline_left(uint64_t deadline)
{
	uint64_t now = deadline_now(deadline);

	return deadline > now ? deadline - now : 0;
}

/* When to look whether @deadline is over: no later than it is, and where the
 * time of day drifts, sooner. */
uint64_t deadline_next_look(uint64_t deadline);
