#pragma once

/*
 * proc/task/pid.h - numbers for threads, processes, groups and sessions.
 *
 * They share one space of PID_MAX.  A number is taken while anything bears
 * it: a thread, a process until it is reaped, a process group or session for
 * as long as anything names it.  The search for the next goes round the whole space, so
 * a number comes back late.
 *
 * All with proc_tree_lock held.
 */

#include "lib/compiler.h"
#include "proc/task/proc.h"

#define PID_MAX 32768

/* A free number, held once; -EAGAIN when there is none. */
int pid_alloc(void) REQUIRES(proc_tree_lock);
/* One more, one less bearer. */
void pid_hold(int pid) REQUIRES(proc_tree_lock);
void pid_release(int pid) REQUIRES(proc_tree_lock);

/* What bears the number; NULL removes it. */
void pid_set_thread(int pid, struct thread *t) REQUIRES(proc_tree_lock);
void pid_set_proc(int pid, struct proc *p) REQUIRES(proc_tree_lock);
void pid_set_group(int pid, struct pgroup *g) REQUIRES(proc_tree_lock);
struct pgroup *pid_group(int pid) REQUIRES(proc_tree_lock);
struct thread *pid_thread(int pid) REQUIRES(proc_tree_lock);
struct proc *pid_proc(int pid) REQUIRES(proc_tree_lock);
/* The process of the lowest number above @pid, or NULL. */
struct proc *pid_proc_after(int pid) REQUIRES(proc_tree_lock);
/* The process that has the number, or a thread of that number. */
struct proc *pid_proc_of(int pid) REQUIRES(proc_tree_lock);
