#pragma once

/*
 * proc/time/period.h - a timer that rings again and again.
 *
 * A deadline is a time in ticks, a period is nanoseconds: it may be shorter than a
 * tick, or end between two.  So a deadline is later by `rest' than it was asked for,
 * and the next one is counted from there: neither is the timer late in the end, nor
 * does it ring less often than it should.
 *
 * Who asks for a period that is shorter than an interrupt takes is not interrupted as
 * often; it is for the caller to see to that.  How often it would have rung is said here.
 */

#include "arch/hart.h"
#include "lib/types.h"

/*
 * The timer has rung for @*expires, in ticks, it is @now there, and its period is
 * @period nanoseconds, not 0: how many more have ended by now.  @*expires is the end
 * of the next one, later than @now, and @*rest belongs to that.
 */
static inline uint64_t periods_missed(uint64_t *expires, uint64_t *rest,
				      uint64_t period, uint64_t now)
{
	uint64_t behind = (now > *expires ? ticks_to_ns(now - *expires) : 0) + *rest;
	uint64_t missed = behind / period;
	uint64_t step = (missed + 1) * period - *rest;
	uint64_t ticks = ns_to_ticks(step), length = ticks_to_ns(ticks);

	*expires += ticks;
	*rest = length > step ? length - step : 0;
	return missed;
}
