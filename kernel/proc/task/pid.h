#pragma once

/*
 * proc/task/pid.h - numbers for threads, processes, groups and sessions.
 *
 * They share one space of PID_MAX.  A number is taken while anything bears
 * it: a thread, a process until it is reaped, a process group or session
 * that has members.  The search for the next goes round the whole space, so
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
struct thread *pid_thread(int pid) REQUIRES(proc_tree_lock);
struct proc *pid_proc(int pid) REQUIRES(proc_tree_lock);
