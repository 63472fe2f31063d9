#pragma once

/*
 * proc/task/clone_internal.h - what a new thread (clone_thread.c) and a new
 * process (fork.c) have in common: clone.c.
 */

#include "proc/task/proc.h"

/* A thread that will return from the system call as the running one does; NULL:
 * no memory. */
struct thread *clone_copy_thread(const struct clone_args *args);
/* Give up a thread that never ran. */
void clone_abandon_thread(struct thread *t);
/* @t, which nobody has started yet, is traced if who makes it is. */
void clone_let_be_traced_locked(struct thread *t, const struct clone_args *args)
	REQUIRES(TREE_ALONE);

/* The number of the new thread, or process, which runs; or -errno. */
long clone_thread(const struct clone_args *args);
long clone_proc(const struct clone_args *args);

/* The parent lends its memory: it waits until the child has its own, or is
 * gone.  A fatal signal ends the wait; the child then owns the memory too. */
void vfork_wait(struct proc *child);
