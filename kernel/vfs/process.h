#pragma once

/*
 * vfs/process.h - what a process is to this layer.
 *
 * Descriptors and places among the names belong to processes, which stand
 * above; each has one of these in its struct proc.  The running thread's is
 * one load away: it is on the path of every read() and write().
 */

#include "arch/hart.h"
#include "lib/types.h"

struct fdtable;
struct file;
struct fs_context;

/*
 *	(c)	constant
 *	(x)	written by the process's only thread; others get a reference
 *		from the layer above
 */
struct vfs_process {
	struct fdtable *files;      /* (x) NULL once exiting */
	struct fs_context *fs;      /* (x) NULL once exiting */
	const unsigned *nr_threads; /* (c) how many use both; ORDER fd-alone */
};

/* What limits its files: current_limit() of mm/limits.h. */
#define RLIMIT_FSIZE 1
#define RLIMIT_NOFILE 7

/* The running process was refused a file larger than its limit allows: it
 * gets a signal, which is sent above. */
void vfs_told_too_large(void); /* upcall */

/* The number of the running process, or of its running thread; of a thread of the
 * kernel 0. */
unsigned vfs_own_pid(bool of_thread); /* upcall */

/* When the running process began: its number was no other's then. */
uint64_t vfs_own_birth(void); /* upcall */

/* A pidfd of the process that has had the number @pid since @birth: 0, -ESRCH (it
 * was waited for), -ENFILE or -ENOMEM. */
int vfs_pidfd(unsigned pid, uint64_t birth, struct file **out); /* upcall */

/* The running thread's, which is one of a process. */
static inline struct vfs_process *vfs_self(void)
{
	return hart_self()->current->vfs;
}

/* The same, or NULL: a thread of the kernel, or boot. */
static inline struct vfs_process *vfs_self_if_any(void)
{
	const struct arch_thread *t = hart_self()->current;

	return t != NULL ? t->vfs : NULL;
}
