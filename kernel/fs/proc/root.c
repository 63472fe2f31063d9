/*
 * fs/proc/root.c - /proc itself: a directory for each process, and files
 * about the machine.
 *
 * The cookie of a process is its pid plus a constant, so a reader of the
 * directory goes on in order of pids whatever was born or died meanwhile.
 */
#include "fs/proc/procfs_internal.h"

#include "lib/errno.h"
#include "lib/printf.h"
#include "proc/task/proc.h"

#define FIRST_PID_COOKIE 256 /* above those of the children */

static bool is_visible(const struct proc *p)
{
	return READ_ONCE(p->state) != PROC_REAPED;
}

static int root_lookup(struct inode *dir, const struct name *name,
		       struct inode **child)
{
	int pid = procfs_parse_number(name), err = -ENOENT;
	struct procfs_entry about = { 0 };

	if (pid <= 0)
		return procfs_lookup_child(dir, name, child);
	about.proc = proc_find(pid);
	if (about.proc == NULL)
		return -ENOENT;
	if (is_visible(about.proc))
		err = procfs_found(&procfs_pid_node, &about, dir, child);
	proc_put(about.proc);
	return err;
}

static bool emit_process(struct dir_sink *sink, struct proc *p)
{
	const struct procfs_entry about = { .proc = p };

	return procfs_emit_number(sink, p->pid,
				  procfs_ino(&procfs_pid_node, &about),
				  procfs_pid_node.mode,
				  (uint64_t)p->pid + 1 + FIRST_PID_COOKIE);
}

static long root_readdir(struct inode *dir, uint64_t cookie,
			 struct dir_sink *sink)
{
	int pid = 0;
	struct proc *p;
	bool more = true;

	if (cookie < FIRST_PID_COOKIE &&
	    procfs_emit_children(dir, cookie, sink) == 0)
		return 0;
	if (cookie > FIRST_PID_COOKIE)
		pid = (int)(cookie - FIRST_PID_COOKIE) - 1;
	while (more && (p = proc_next(pid)) != NULL) {
		pid = p->pid;
		more = emit_process(sink, p);
		proc_put(p);
	}
	return 0;
}

static const struct inode_ops root_ops = {
	.lookup = root_lookup,
	.readdir = root_readdir,
	.release = procfs_release,
};

/* ---- links to oneself ---- */

static long self_readlink(struct inode *link UNUSED, char *buf, size_t n)
{
	char target[16];

	ksnprintf(target, sizeof(target), "%d", current_proc()->pid);
	return procfs_copy_link(buf, n, target);
}

static long thread_self_readlink(struct inode *link UNUSED, char *buf, size_t n)
{
	char target[40];

	ksnprintf(target, sizeof(target), "%d/task/%d", current_proc()->pid,
		  current_thread()->tid);
	return procfs_copy_link(buf, n, target);
}

static long mounts_readlink(struct inode *link UNUSED, char *buf, size_t n)
{
	return procfs_copy_link(buf, n, "self/mounts");
}

static const struct inode_ops self_ops = {
	.readlink = self_readlink,
	.release = procfs_release,
};

static const struct inode_ops thread_self_ops = {
	.readlink = thread_self_readlink,
	.release = procfs_release,
};

static const struct inode_ops mounts_ops = {
	.readlink = mounts_readlink,
	.release = procfs_release,
};

#define LINK(name_, ops_) \
	{ .name = name_, .mode = S_IFLNK | 0777, .ops = ops_ }
#define TEXT(name_, show_) \
	{ .name = name_, .mode = S_IFREG | 0444, .show = show_ }

static const struct procfs_node no_children[] = { { .name = NULL } };

static const struct procfs_node root_children[] = {
	LINK("self", &self_ops),
	LINK("thread-self", &thread_self_ops),
	LINK("mounts", &mounts_ops),
	TEXT("cmdline", procfs_show_cmdline),
	TEXT("cpuinfo", procfs_show_cpuinfo),
	{ .name = "drover", .mode = S_IFDIR | 0555,
	  .children = procfs_drover_children },
	TEXT("filesystems", procfs_show_filesystems),
	TEXT("interrupts", procfs_show_interrupts),
	TEXT("loadavg", procfs_show_loadavg),
	TEXT("meminfo", procfs_show_meminfo),
	TEXT("stat", procfs_show_stat),
	{ .name = "sys", .mode = S_IFDIR | 0555,
	  .children = procfs_sys_children },
	{ .name = "sysvipc", .mode = S_IFDIR | 0555, .children = no_children,
	  .more = &procfs_more.sysvipc },
	TEXT("uptime", procfs_show_uptime),
	TEXT("version", procfs_show_version),
	TEXT("vmstat", procfs_show_vmstat),
	{ .name = NULL },
};

const struct procfs_node procfs_root_node = {
	.name = "proc",
	.mode = S_IFDIR | 0555,
	.ops = &root_ops,
	.children = root_children,
};
