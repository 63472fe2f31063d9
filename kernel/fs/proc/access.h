#pragma once

/*
 * fs/proc/access.h - who may look into another process.
 */

struct proc;

/* proc_may_inspect() as a file system says it: 0 or -EACCES. */
int procfs_may_inspect(struct proc *p);
