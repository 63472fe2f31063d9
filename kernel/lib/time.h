#pragma once

/*
 * lib/time.h - times as programs write them.
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
static inline uint64_t timespec_to_ns(const struct timespec *ts)
{
	uint64_t ns;

	if (__builtin_mul_overflow((uint64_t)ts->sec, NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, (uint64_t)ts->nsec, &ns))
		return UINT64_MAX;
	return ns;
}
