/*
 * fs/proc/pid.c - which names stand below /proc/PID and /proc/PID/task.
 */
#include "fs/proc/procfs_internal.h"

#include "lib/errno.h"
#include "proc/task/proc.h"

#define LINK(name_, ops_) \
	{ .name = name_, .mode = S_IFLNK | 0777, .ops = ops_ }
#define TEXT(name_, show_) \
	{ .name = name_, .mode = S_IFREG | 0444, .show = show_ }
#define DIR(name_, ops_, mode_) \
	{ .name = name_, .mode = S_IFDIR | (mode_), .ops = ops_ }

/* What a process has, and each of its threads. */
#define OF_ANY_THREAD							\
	PROCFS_SECRET("auxv", 0400, procfs_show_pid_auxv),		\
	TEXT("cgroup", procfs_show_pid_cgroup),				\
	TEXT("cmdline", procfs_show_pid_cmdline),			\
	TEXT("comm", procfs_show_pid_comm),				\
	LINK("cwd", &procfs_cwd_ops),					\
	PROCFS_SECRET("environ", 0400, procfs_show_pid_environ),	\
	{ .name = "coredump_filter", .mode = S_IFREG | 0644,		\
	  .show = procfs_show_pid_coredump_filter,			\
	  .store = procfs_store_pid_coredump_filter },			\
	LINK("exe", &procfs_exe_ops),					\
	DIR("fd", &procfs_fd_dir_ops, 0500),				\
	DIR("fdinfo", &procfs_fdinfo_dir_ops, 0555),			\
	TEXT("limits", procfs_show_pid_limits),				\
	TEXT("loginuid", procfs_show_pid_loginuid),			\
	{ .name = "maps", .mode = S_IFREG | 0444,			\
	  .show = procfs_show_pid_maps, .ioctl = procfs_query_map,	\
	  .is_secret = true },						\
	{ .name = "mem", .mode = S_IFREG | 0600, .ops = &procfs_mem_ops }, \
	{ .name = "mountinfo", .mode = S_IFREG | 0444,			\
	  .show = procfs_show_mountinfo, .at_open = true,		\
	  .changes = &procfs_mount_changes },				\
	{ .name = "mounts", .mode = S_IFREG | 0444,			\
	  .show = procfs_show_mounts, .at_open = true,			\
	  .changes = &procfs_mount_changes },				\
	TEXT("oom_score", procfs_show_oom_score),			\
	{ .name = "oom_score_adj", .mode = S_IFREG | 0644,		\
	  .show = procfs_show_oom_score_adj,				\
	  .store = procfs_store_oom_score_adj },			\
	{ .name = "io", .mode = S_IFREG | 0400,				\
	  .show = procfs_show_pid_io },					\
	{ .name = "pagemap", .mode = S_IFREG | 0400,			\
	  .ops = &procfs_pagemap_ops },					\
	LINK("root", &procfs_root_link_ops),				\
	PROCFS_SECRET("smaps", 0444, procfs_show_pid_smaps),		\
	PROCFS_SECRET("smaps_rollup", 0444, procfs_show_pid_smaps_rollup), \
	TEXT("stat", procfs_show_pid_stat),				\
	TEXT("statm", procfs_show_pid_statm),				\
	TEXT("status", procfs_show_pid_status),				\
	TEXT("wchan", procfs_show_pid_wchan)

static const struct procfs_node pid_children[] = {
	OF_ANY_THREAD,
	DIR("task", &procfs_task_dir_ops, 0555),
	{ .name = NULL },
};

/* Without a name: its number is. */
const struct procfs_node procfs_pid_node = {
	.mode = S_IFDIR | 0555,
	.children = pid_children,
};

static const struct procfs_node tid_children[] = {
	OF_ANY_THREAD,
	{ .name = NULL },
};

static const struct procfs_node tid_node = {
	.mode = S_IFDIR | 0555,
	.children = tid_children,
};

/* ---- /proc/PID/task ---- */

/* The thread of @p with the lowest tid that is not below @tid, with a
 * reference, or NULL. */
static struct thread *thread_at_or_after(struct proc *p, int tid)
{
	struct thread *t, *best = NULL;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	list_for_each_entry(t, &p->threads, proc_link)
		if (t->tid >= tid && (best == NULL || t->tid < best->tid))
			best = t;
	if (best != NULL)
		thread_get(best);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return best;
}

static int task_lookup(struct inode *dir, const struct name *name,
		       struct inode **child)
{
	struct procfs_entry about = *procfs_entry(dir);
	int tid = procfs_parse_number(name), err = -ENOENT;

	if (tid <= 0)
		return -ENOENT;
	about.thread = thread_at_or_after(about.proc, tid);
	if (about.thread == NULL)
		return -ENOENT;
	if (about.thread->tid == tid)
		err = procfs_found(&tid_node, &about, dir, child);
	thread_put(about.thread);
	return err;
}

static long task_readdir(struct inode *dir, uint64_t cookie,
			 struct dir_sink *sink)
{
	struct procfs_entry about = *procfs_entry(dir);
	int tid = (int)(cookie - DIR_COOKIE_FIRST);
	bool more = true;

	while (more) {
		about.thread = thread_at_or_after(about.proc, tid);
		if (about.thread == NULL)
			break;
		tid = about.thread->tid + 1;
		more = procfs_emit_number(sink, about.thread->tid,
					  procfs_ino(&tid_node, &about),
					  tid_node.mode,
					  (uint64_t)tid + DIR_COOKIE_FIRST);
		thread_put(about.thread);
	}
	return 0;
}

const struct inode_ops procfs_task_dir_ops = {
	.lookup = task_lookup,
	.readdir = task_readdir,
	.release = procfs_release,
};
