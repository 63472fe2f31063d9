#pragma once

/*
 * proc/task/pid.h - numbers for threads, processes, groups and sessions.
 *
 * They share one space of PID_MAX.  A number is taken while anything bears
 * it: a thread, a process until it is reaped, a process group or session for
 * as long as anything names it.  The search for the next goes round the whole space, so
 * a number comes back late.
 *
 * Which numbers are free, and who bears one, change while others share the
 * tree. Numbers are taken and given back by atomic operations; who has taken one
 * is the only one to write its place in the table of bearers, and who looks there
 * writes nothing (sync/rcu.h). What bears a number is taken out of the table
 * before its reference is dropped, and freed a grace period later: so what is
 * found is there, and a reference can be had unless the last one is gone.
 */

#include "lib/compiler.h"
#include "proc/task/proc.h"

#define PID_MAX 32768
#define PID_MAX_LEAST 301 /* as on Linux */

/* No new number from here on; root changes it. */
extern uint32_t pid_max; /* (a) */

/* The search for the next begins behind this one; who wants a process with a number
 * that he knows sets it, to any below PID_MAX. */
extern int last_pid; /* (a) */

/* A free number, held once, for a thread; or a process and its first thread.
 * -EAGAIN when there is none. */
int pid_alloc(void);
int pid_alloc_proc(void);
/* One more, one less bearer. */
void pid_get(int pid);
void pid_put(int pid);
/* One less, and it was the process. */
void pid_put_proc(int pid);

/* What bears the number; NULL removes it. */
void pid_set_thread(int pid, struct thread *t) REQUIRES_SHARED(proc_tree_lock);
void pid_set_proc(int pid, struct proc *p) REQUIRES_SHARED(proc_tree_lock);
/* By who makes the first member of @g, or takes out the last. */
void pid_set_group(int pid, struct pgroup *g) REQUIRES_SHARED(proc_tree_lock);

/* With a reference, or NULL: a thread; a process; the process that has the
 * number or a thread of that number; the process of the lowest number above. */
struct thread *pid_get_thread(int pid);
struct proc *pid_get_proc(int pid);
struct proc *pid_get_proc_of(int pid);
struct proc *pid_get_proc_after(int pid);

/* The same for who has the tree alone, in which they stay as long as he has. */
struct thread *pid_thread(int pid) REQUIRES(TREE_ALONE);
struct proc *pid_proc(int pid) REQUIRES(TREE_ALONE);
struct proc *pid_proc_of(int pid) REQUIRES(TREE_ALONE);
struct pgroup *pid_group(int pid) REQUIRES(TREE_ALONE);

/* The child of @parent, whose lock is held, that has the number, or NULL. Who
 * takes it off the tree needs that lock. */
struct proc *pid_child(int pid, const struct proc *parent)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc);
