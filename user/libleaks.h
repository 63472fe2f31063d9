#pragma once

/*
 * libleaks.h - what the kernel has not got back when a program is over.
 *
 * Much is freed by and by: after a grace period, or by a thread that has yet to
 * run. So both wait as long as something comes back.
 */

#include <stddef.h>

#include "libcounters.h"
#include "objects.h"

/* Frames, processes and threads that were free @before: what is missing, in
 * @leak, which is left alone otherwise. */
void leaks_wait(const struct counters *before, char *leak, size_t size);

/*
 * Objects that were not there @before, by where they were taken: @grown.  Whether
 * they come back is waited for @patiently, or for a moment, where what is found
 * only says that the program has to run again.
 */
void leaks_wait_objects(const struct objects *before, struct objects *grown,
			bool patiently);

/* Of @grown only what is in @again as well. */
void leaks_keep(struct objects *grown, const struct objects *again);
