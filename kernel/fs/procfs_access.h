#pragma once

/*
 * fs/procfs_access.h - who may look into another process.
 */

struct proc;

/* The running process is root, or of the same user as @p.  0 or -EACCES. */
int procfs_may_inspect(struct proc *p);
