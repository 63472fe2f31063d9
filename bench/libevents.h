#pragma once

/*
 * libevents.h - drover's counters, as the benchmark wants them.
 *
 *	events_read(&before);
 *	...
 *	events_read(&after);
 *	events_add(&sum, &before, &after);
 *	fences = events_sum(&sum, "fence_");
 *
 * user/libcounters.h reads the same file for programs that show every hart.
 * Here only totals are wanted, and a reader that keeps out of the way of what
 * is measured: a few kilobytes, no thread-local data (which would make every
 * thread of the benchmark dearer), nothing allocated.
 */

#include <stdbool.h>

enum { MAX_EVENTS = 128, EVENT_NAME = 40 };

struct events {
	long total[MAX_EVENTS];	/* in the order of the file */
};

/* False where there is no /proc/drover/counters; every count is 0 then. */
bool events_available(void);
void events_read(struct events *all);
void events_add(struct events *sum, const struct events *before,
		const struct events *after);
/* The sum over all counters whose name begins so. */
long events_sum(const struct events *all, const char *prefix);
/* The name of the nth counter; NULL after the last. */
const char *events_name(int n);
