#pragma once

/*
 * proc/sched/load.h - the load averages.
 */

#include "lib/loadavg.h"

/* Threads that run or wait for a hart, of all harts; a snapshot. */
unsigned load_nr_active(void);
/* The clock says @now (ticks): it may be time for a sample.  Any context. */
void load_tick(uint64_t now);
/* The averages of 1, 5 and 15 minutes, in units of 1 / LOAD_ONE. */
void load_averages(uint64_t loads[NR_LOADS]);
