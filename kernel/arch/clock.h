#pragma once

/*
 * arch/clock.h - what time it is.
 *
 * There is one counter, clock_ticks(), which starts near 0 at boot and runs
 * evenly: the monotonic clock.  The time of day is that plus an offset, which
 * the board's clock or the superuser sets.  It stands this low because files
 * have times; what waits for a time is proc/time.
 */

#include "arch/hart.h"
#include "lib/types.h"

static inline uint64_t clock_monotonic_ns(void)
{
	return ticks_to_ns(clock_ticks());
}

uint64_t clock_realtime_ns(void);
void clock_set_realtime(uint64_t ns);

/* From now on keep the offset, in nanoseconds, at @offset, where programs may
 * read it.  Boot, once. */
void clock_publish(uint64_t *offset);

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

/* Ticks from now until @deadline, as the clock is set; 0: it is over. */
static inline uint64_t deadline_left(uint64_t deadline)
{
	uint64_t now = deadline_now(deadline);

	return deadline > now ? deadline - now : 0;
}
