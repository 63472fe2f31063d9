#pragma once

/*
 * libcounters.h - reading drover's counters.
 *
 *	struct counters before, after;
 *	counters_read(&before);
 *	...
 *	counters_read(&after);
 *	copies = counter_diff(&before, &after, "faults_cow_copy");
 *
 * /proc/drover/counters has one counter a line: its name, the total, and,
 * unless it is a gauge, one column a hart. On another kernel there is no such
 * file; counters_read() is false then and every counter reads as 0.
 */

#include <stdbool.h>

enum { MAX_COUNTERS = 160, MAX_HARTS = 64, COUNTER_NAME = 40 };

struct counter {
	char name[COUNTER_NAME];
	long total;
	int nr_harts;		/* 0: a gauge */
	long hart[MAX_HARTS];
};

struct counters {
	int nr;
	struct counter counter[MAX_COUNTERS];
};

bool counters_read(struct counters *all);
const struct counter *counter_find(const struct counters *all,
				   const char *name);
long counter_value(const struct counters *all, const char *name);
long counter_diff(const struct counters *before, const struct counters *after,
		  const char *name);
/* The sum over all counters whose name begins so. */
long counter_diff_prefix(const struct counters *before,
			 const struct counters *after, const char *prefix);
