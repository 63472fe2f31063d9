#pragma once

/*
 * fs/proc/procfs.h - /proc and /sys: what the kernel knows, as files.
 */

#include "fs/proc/node.h"

struct file;
struct proc;

/* What those know who stand beside this layer, so it is said above both: nodes
 * in /proc/sys/kernel, /proc/sys/fs, /proc/sys/net and /proc/sysvipc.  Each ends with a node
 * without name. */
struct procfs_more {
	const struct procfs_node *kernel, *fs, *net, *sysvipc; /* (c) */
};

/* Make them and attach them; @cmdline is what /proc/cmdline says and stays. */
void procfs_init(const char *cmdline, const struct procfs_more *more);

/* /proc/PID, opened, is as good as a pidfd for sending signals: the process, held
 * by @f, or NULL. */
struct proc *procfs_dir_proc(const struct file *f);
