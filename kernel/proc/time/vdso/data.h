#pragma once

/*
 * proc/time/vdso/data.h - the page that the kernel writes and the vDSO reads.
 *
 * The length of a tick is constant, and what the harts can do; how the time of
 * day is ordered says lib/timeofday.h.
 */

#include "lib/timeofday.h"
#include "lib/types.h"

/* The keys of riscv_hwprobe() that there are, 0 to the last. */
#define NR_HWPROBE_KEYS 10

struct vdso_data {
	uint64_t ns_per_tick;     /* (c) as arch/hart.h has it */
	uint64_t hwprobe[NR_HWPROBE_KEYS]; /* (c) the values, of all harts */
	struct time_of_day day;   /* (a) ORDER time-of-day */
};

/* The vDSO's name for it: the page behind its image (image.lds). */
extern const struct vdso_data vdso_data
	__attribute__((visibility("hidden")));
