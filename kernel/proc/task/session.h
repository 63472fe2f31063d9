#pragma once

/*
 * proc/task/session.h - process groups and sessions, as POSIX job control has
 * them.  All return -errno on failure; 0 names the running process.
 */

int proc_get_group(int pid);
int proc_get_session(int pid);
/* Put @pid, the running process or a child of it that has not called exec,
 * into group @pgid (0: one of its own) of the same session. */
int proc_set_group(int pid, int pgid);
/* A new session and group, led by the running process: their number. */
int proc_new_session(void);

struct proc;

/* The next process of the tree below process 1, parents first; NULL: that was
 * the last.  proc_tree_lock held. */
struct proc *proc_tree_next(struct proc *p);
