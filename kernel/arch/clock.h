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

/* When the clock in question will show @ns, in ticks: a deadline. */
uint64_t clock_monotonic_deadline(uint64_t ns);
uint64_t clock_realtime_deadline(uint64_t ns);
