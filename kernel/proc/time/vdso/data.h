#pragma once

/*
 * proc/time/vdso/data.h - the page that the kernel writes and the vDSO reads.
 *
 * Each word is right by itself, whichever of its values is read, so nothing
 * orders one against another.
 */

#include "lib/types.h"

struct vdso_data {
	uint64_t ns_per_tick;     /* (c) as arch/hart.h has it */
	uint64_t realtime_offset; /* (a) time of day minus monotonic, ns */
};

/* The vDSO's name for it: the page behind its image (image.lds). */
extern const struct vdso_data vdso_data
	__attribute__((visibility("hidden")));
