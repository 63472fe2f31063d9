/*
 * fs/proc/limits.c - PID/limits, and what is the same for every process:
 * cgroup, wchan, loginuid.
 *
 * Source: proc(5).
 */
#include "fs/proc/procfs_internal.h"

#include "lib/printf.h"
#include "lib/string.h"
#include "mm/limits.h"
#include "proc/task/proc.h"

static const struct {
	const char *name, *unit;
} kinds[NR_LIMITS] = {
	{ "Max cpu time", "seconds" },
	{ "Max file size", "bytes" },
	{ "Max data size", "bytes" },
	{ "Max stack size", "bytes" },
	{ "Max core file size", "bytes" },
	{ "Max resident set", "bytes" },
	{ "Max processes", "processes" },
	{ "Max open files", "files" },
	{ "Max locked memory", "bytes" },
	{ "Max address space", "bytes" },
	{ "Max file locks", "locks" },
	{ "Max pending signals", "signals" },
	{ "Max msgqueue size", "bytes" },
	{ "Max nice priority", "" },
	{ "Max realtime priority", "" },
	{ "Max realtime timeout", "us" },
};

static void write_limit(struct text *t, uint64_t limit)
{
	char number[24] = "unlimited";

	if (limit != NO_LIMIT)
		ksnprintf(number, sizeof(number), "%lu", limit);
	text_printf(t, "%-20s ", number);
}

int procfs_show_pid_limits(struct text *t, const struct procfs_entry *e)
{
	limit_t limits[NR_LIMITS];

	spin_lock(&e->proc->lock);
	memcpy(limits, e->proc->rlimits, sizeof(limits));
	spin_unlock(&e->proc->lock);
	text_printf(t, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
		    "Hard Limit", "Units");
	for (unsigned i = 0; i < NR_LIMITS; i++) {
		text_printf(t, "%-25s ", kinds[i].name);
		write_limit(t, limits[i][0]);
		write_limit(t, limits[i][1]);
		text_printf(t, "%-10s\n", kinds[i].unit);
	}
	return 0;
}

/* There is one group of them, without controllers. */
int procfs_show_pid_cgroup(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "0::/\n");
	return 0;
}

/* Where in the kernel it sleeps is told in /proc/drover/threads. */
int procfs_show_pid_wchan(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_put(t, "0", 1);
	return 0;
}

/* Nobody has logged in by way of an audit: -1, as on Linux. */
int procfs_show_pid_loginuid(struct text *t,
			     const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u", UINT32_MAX);
	return 0;
}
