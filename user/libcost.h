#pragma once

/*
 * libcost.h - what a command cost, in words.
 *
 *	before, after	the counters around it
 *	ms		how long it took, by the clock
 *	use		what wait4() said of it
 *
 * The time is the command's own, with that of the children it has waited for;
 * all else the machine did meanwhile. On a machine that is idle beside it, that
 * is the same.
 */

#include <sys/resource.h>

#include "libcounters.h"

struct cost {
	const struct counters *before, *after;
	long ms;
	struct rusage use;
};

void cost_print(const struct cost *cost);
