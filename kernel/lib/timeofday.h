#pragma once

/*
 * lib/timeofday.h - the time of day, as a function of the monotonic clock.
 *
 * It is that plus an offset, which is set; while somebody adjusts the clock it
 * also drifts, by a rate for ever, and faster or slower until so much has been
 * made up for.  These words are in the vDSO's page: programs and kernel read
 * the same, and compute the same.
 */

#include "lib/compiler.h"
#include "lib/types.h"

/* A rate is a number of nanoseconds for each one, times 2^32. */
#define RATE_SHIFT 32

/* Made up for at 500 parts of a million, as NTP does, until a time. */
#define SLEW_RATE ((int64_t)(500UL << RATE_SHIFT) / 1000000)
#define SLEW_NS_PER_NS 2000

enum time_slew { SLEW_ADJTIME, SLEW_NTP, NR_SLEWS };

/* Written by one at a time, with interrupts off; ORDER time-of-day. */
struct time_of_day {
	uint32_t turn;          /* odd: it is being written */
	int32_t zone[2];        /* minutes west, kind of summer time: told alone */
	uint64_t offset;        /* ns, at ... */
	uint64_t since;         /* ... this time of the monotonic clock */
	int64_t rate;
	struct {
		int64_t rate;   /* +-SLEW_RATE, or 0 */
		uint64_t until; /* monotonic */
	} slew[NR_SLEWS];
};

static inline uint64_t drift(int64_t ns, int64_t rate)
{
	return (uint64_t)((__int128)ns * rate >> RATE_SHIFT);
}

/* What @d, which is not being written, adds to the monotonic time @now. */
static inline uint64_t time_of_day_offset(const struct time_of_day *d,
					  uint64_t now)
{
	uint64_t since = READ_ONCE(d->since);
	uint64_t offset = READ_ONCE(d->offset) +
			  drift((int64_t)(now - since), READ_ONCE(d->rate));

	for (unsigned i = 0; i < NR_SLEWS; i++) {
		uint64_t until = READ_ONCE(d->slew[i].until);
		uint64_t end = now < until ? now : until;

		offset += drift((int64_t)(end - since),
				READ_ONCE(d->slew[i].rate));
	}
	return offset;
}

/* The monotonic time @now, as a time of day. */
static inline uint64_t time_of_day_at(const struct time_of_day *d, uint64_t now)
{
	for (;;) {
		/* ORDER time-of-day, first look side; the other is
		 * clock_adjust_to().  The turn, then the words. */
		uint32_t turn = __atomic_load_n(&d->turn, __ATOMIC_ACQUIRE);
		uint64_t offset = time_of_day_offset(d, now);

		/* ORDER time-of-day, second look side; the other is
		 * clock_adjust_to().  The words, then the turn again. */
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (likely(!(turn & 1) && READ_ONCE(d->turn) == turn))
			return now + offset;
	}
}

/* @d from @now on, the same function but with nothing behind it. */
static inline void time_of_day_rebase(struct time_of_day *d, uint64_t now)
{
	d->offset = time_of_day_offset(d, now);
	d->since = now;
	for (unsigned i = 0; i < NR_SLEWS; i++)
		if (d->slew[i].until <= now)
			d->slew[i].rate = 0;
}

/* Nanoseconds that slew @i has still to make up for at @now. */
static inline int64_t time_of_day_left(const struct time_of_day *d,
				       enum time_slew i, uint64_t now)
{
	if (d->slew[i].rate == 0 || d->slew[i].until <= now)
		return 0;

	int64_t left = (int64_t)((d->slew[i].until - now) / SLEW_NS_PER_NS);

	return d->slew[i].rate > 0 ? left : -left;
}

/* From @now on make up for @ns, whatever was to be made up for. */
static inline void time_of_day_slew(struct time_of_day *d, enum time_slew i,
				    int64_t ns, uint64_t now)
{
	uint64_t size = (uint64_t)(ns < 0 ? -ns : ns);

	d->slew[i].rate = ns == 0 ? 0 : ns > 0 ? SLEW_RATE : -SLEW_RATE;
	d->slew[i].until = now + size * SLEW_NS_PER_NS;
}
