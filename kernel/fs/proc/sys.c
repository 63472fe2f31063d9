/*
 * fs/proc/sys.c - /proc/sys/kernel: three facts that programs look for.
 */
#include "fs/proc/procfs_internal.h"

#include "proc/task/hostname.h"
#include "proc/task/pid.h"

static int show_hostname(struct text *t, const struct procfs_entry *e UNUSED)
{
	char name[HOSTNAME_MAX + 1];

	hostname_get(name);
	text_printf(t, "%s\n", name);
	return 0;
}

static int show_osrelease(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, OS_RELEASE "\n");
	return 0;
}

static int show_pid_max(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%d\n", PID_MAX);
	return 0;
}

#define TEXT(name_, show_) \
	{ .name = name_, .mode = S_IFREG | 0444, .show = show_ }

static const struct procfs_node kernel_children[] = {
	TEXT("hostname", show_hostname),
	TEXT("osrelease", show_osrelease),
	TEXT("pid_max", show_pid_max),
	{ .name = NULL },
};

const struct procfs_node procfs_sys_children[] = {
	{ .name = "kernel", .mode = S_IFDIR | 0555,
	  .children = kernel_children },
	{ .name = NULL },
};
