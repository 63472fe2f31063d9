/*
 * fs/proc/io.c - /proc/PID/io and /proc/PID/task/TID/io: how much was read and
 * written.
 *
 * A thread's own counts, or those of a process: its threads', those that have
 * ended, and the children it has waited for.  They tell how long a password was
 * that a program has read, so only who may look into a process sees them.
 */
#include "fs/proc/procfs_internal.h"

#include "fs/proc/text.h"
#include "lib/errno.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"

int procfs_show_pid_io(struct text *t, const struct procfs_entry *e)
{
	struct io_counts io = { 0 };

	if (!proc_may_inspect(e->proc))
		return -EACCES;
	if (e->thread != NULL)
		io_counts_add(&io, &e->thread->arch.io);
	else
		proc_io(e->proc, &io);
	text_printf(t, "rchar: %lu\nwchar: %lu\nsyscr: %lu\nsyscw: %lu\n",
		    io.rchar, io.wchar, io.syscr, io.syscw);
	text_printf(t, "read_bytes: %lu\nwrite_bytes: %lu\n"
		       "cancelled_write_bytes: %lu\n",
		    io.read_bytes, io.write_bytes, io.cancelled_write_bytes);
	return 0;
}
