#pragma once

/*
 * fs/procfs_access.h - who may look into another process.
 */

struct proc;

/*
 * The running process is root, or of the same user as @p.  0 or -EACCES.
 * Ask after taking hold of what is to be seen: exec of a set-user-ID program
 * changes the ids no later than the rest, so what was taken before is not
 * newer than the answer.
 */
int procfs_may_inspect(struct proc *p);
