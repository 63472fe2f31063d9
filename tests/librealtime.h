#pragma once

/*
 * librealtime.h - a thread that is as urgent as it says, where others are.
 */

#include "tap.h"

#include <sched.h>

/* The calling thread, SCHED_FIFO, on hart 0. */
static void be_urgent(int priority)
{
	struct sched_param param = { .sched_priority = priority };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0 ||
	    sched_setscheduler(0, SCHED_FIFO, &param) < 0)
		bail_out("priority %d: %s", priority, strerror(errno));
}
