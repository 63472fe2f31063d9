#pragma once

/*
 * libshare.h - processes that share a hart: how much of it each has had.
 */

#include "../tap.h"

#include <sched.h>
#include <time.h>

/* The caller, and what it forks from now on, run on this hart alone. */
TAP_UNUSED static void stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* CPU time of another process in microseconds, from its CPU clock. */
TAP_UNUSED static long cpu_us(pid_t pid)
{
	struct timespec ts = { 0, 0 };
	clockid_t clock;

	clock_getcpuclockid(pid, &clock);
	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000L + ts.tv_nsec / 1000;
}
