#pragma once

/*
 * lib/ticks.h - from ticks of the clock to nanoseconds, without dividing.
 *
 * The length of a tick is a fixed-point number of nanoseconds with
 * TICK_FRACTION_BITS of fraction, rounded up: so a time is never shown before
 * it has come.  Kernel and vDSO both use this, and agree to the nanosecond.
 */

#include "lib/types.h"

#define TICK_FRACTION_BITS 32

static inline uint64_t tick_length(uint64_t ticks_per_second)
{
	return ((1000000000UL << TICK_FRACTION_BITS) + ticks_per_second - 1) /
	       ticks_per_second;
}

static inline uint64_t scale_ticks(uint64_t ticks, uint64_t length)
{
	return (uint64_t)((unsigned __int128)ticks * length >>
			  TICK_FRACTION_BITS);
}
