#pragma once

/*
 * lib/loadavg.h - how busy a machine has been: an average that forgets.
 *
 * Every LOAD_PERIOD_S seconds an average moves towards how many threads want
 * a hart just then: avg = avg * e + active * (1 - e), with e such that after
 * 1, 5 or 15 minutes a fraction of 1/exp(1) of what was is left.  Numbers are
 * in units of 1 / LOAD_ONE.
 *
 * Source: Linux's loadavg(5) numbers; N. Gunther, "UNIX Load Average", 2003.
 */

#include "lib/types.h"

#define NR_LOADS 3
#define LOAD_SHIFT 11
#define LOAD_ONE (1UL << LOAD_SHIFT)
#define LOAD_PERIOD_S 5UL

/* exp(-5 s / 1, 5, 15 minutes) in that unit. */
static const uint16_t load_decay[NR_LOADS] = { 1884, 2014, 2037 };

/* @avg one period later, in which @active threads wanted a hart.  Rounds up
 * while it rises: or it would never arrive. */
static inline uint64_t load_next(uint64_t avg, uint64_t decay, uint64_t active)
{
	uint64_t target = active * LOAD_ONE;
	uint64_t sum = avg * decay + target * (LOAD_ONE - decay);

	if (target >= avg)
		sum += LOAD_ONE - 1;
	return sum / LOAD_ONE;
}

/* x^n, of fractions. */
static inline uint64_t load_power(uint64_t x, uint64_t n)
{
	uint64_t result = LOAD_ONE;

	for (; n != 0; n >>= 1) {
		if (n & 1)
			result = (result * x + LOAD_ONE / 2) / LOAD_ONE;
		x = (x * x + LOAD_ONE / 2) / LOAD_ONE;
	}
	return result;
}

/* @avg after @periods in which nobody wanted one. */
static inline uint64_t load_faded(uint64_t avg, uint64_t decay,
				  uint64_t periods)
{
	return load_next(avg, load_power(decay, periods), 0);
}
