/*
 * fs/proc/trace.c - /proc/drover/trace: the last events of all harts, one
 * column a hart (debug/columns.h).
 *
 * A program that finds something wrong writes "stop TEXT" to it, so that the
 * events that led there are kept; only the first stop counts.  "start"
 * forgets them and goes on.
 */
#include "fs/proc/procfs_internal.h"

#include "debug/trace.h"
#include "lib/errno.h"
#include "lib/string.h"

#if LAB

static void put(void *ctx, const char *s, size_t n)
{
	text_put(ctx, s, n);
}

int procfs_show_trace(struct text *t, const struct procfs_entry *e UNUSED)
{
	trace_columns(put, t);
	return 0;
}

int procfs_store_trace(const char *word,
		       const struct procfs_entry *e UNUSED)
{
	if (strncmp(word, "stop ", 5) == 0)
		trace_stop(word + 5);
	else if (strcmp(word, "start") == 0)
		trace_start();
	else
		return -EINVAL;
	return 0;
}

#endif
