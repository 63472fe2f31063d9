#pragma once

/*
 * proc/time/vdso/data.h - the page that the kernel writes and the vDSO reads.
 *
 * The length of a tick is constant; how the time of day is ordered says
 * lib/timeofday.h.
 */

#include "lib/timeofday.h"
#include "lib/types.h"

struct vdso_data {
	uint64_t ns_per_tick;     /* (c) as arch/hart.h has it */
	struct time_of_day day;   /* (a) ORDER time-of-day */
};

/* The vDSO's name for it: the page behind its image (image.lds). */
extern const struct vdso_data vdso_data
	__attribute__((visibility("hidden")));
