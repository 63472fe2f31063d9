#pragma once

/*
 * proc/time/adjust.h - setting the clock, at once or little by little.
 *
 * The state that adjtimex() keeps, and what follows from it for the time of
 * day.  All sleep, and judge nobody's rights.
 */

#include "lib/bits.h"
#include "lib/time.h"
#include "lib/types.h"

/* As on Linux, so that there are thirty years until a time does not fit. */
#define CLOCK_MAX_NS ((9223372036UL - 30UL * 365 * 24 * 3600) * NS_PER_SECOND)

/* Linux's struct __kernel_timex. */
struct timex {
	uint32_t modes, pad0;
	int64_t offset, freq, maxerror, esterror;
	int32_t status, pad1;
	int64_t constant, precision, tolerance;
	int64_t sec, usec;
	int64_t tick, ppsfreq, jitter;
	int32_t shift, pad2;
	int64_t stabil, jitcnt, calcnt, errcnt, stbcnt;
	int32_t tai;
	int32_t pad3[11];
};

_Static_assert(sizeof(struct timex) == 208, "Linux's timex");

#define ADJ_OFFSET BIT(0)
#define ADJ_FREQUENCY BIT(1)
#define ADJ_MAXERROR BIT(2)
#define ADJ_ESTERROR BIT(3)
#define ADJ_STATUS BIT(4)
#define ADJ_TIMECONST BIT(5)
#define ADJ_TAI BIT(7)
#define ADJ_SETOFFSET BIT(8)
#define ADJ_MICRO BIT(12)
#define ADJ_NANO BIT(13)
#define ADJ_OFFSET_READONLY BIT(13)
#define ADJ_TICK BIT(14)
#define ADJ_ADJTIME BIT(15)

/* The clock shows @ns: 0, or -EINVAL for a time that it cannot. */
int clock_set_time(uint64_t ns);
/* What it shows goes up by @sec and @nsec. */
int clock_step(int64_t sec, int64_t nsec);

/* Do what @tx, which is valid, says, and tell the state in it; a TIME_ state. */
int clock_adjust(struct timex *tx);

/* The zone is told again, and means nothing, but the first: where no time comes
 * with it, the clock showed local time until now. */
void clock_set_zone(const int32_t zone[2], bool alone);
void clock_get_zone(int32_t zone[2]);

void adjust_init(void); /* boot */
