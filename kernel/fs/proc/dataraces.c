/*
 * fs/proc/dataraces.c - /proc/drover/dataraces: the pairs of places whose
 * accesses met, with PROFILE=watched (debug/datarace.h).
 *
 *	TIMES PLACE PLACE
 *
 * What was printed on the console when each was first found says more.
 */
#include "fs/proc/procfs_internal.h"

#include "debug/datarace.h"

#if WATCHED

int procfs_show_dataraces(struct text *t, const struct procfs_entry *e UNUSED)
{
	uint64_t first, second;
	uint32_t times;

	for (unsigned n = 0; datarace_pair(n, &first, &second, &times); n++) {
		text_printf(t, "%u", times);
		text_put_place(t, first);
		text_put_place(t, second);
		text_put(t, "\n", 1);
	}
	return 0;
}

#endif
