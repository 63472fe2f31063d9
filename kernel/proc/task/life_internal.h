#pragma once

/*
 * proc/task/life_internal.h - what fork.c, exec.c and exit.c share.
 */

#include "proc/task/proc.h"

/* Empty but for the @actions (NULL: the defaults), one reference; NULL: no
 * memory. */
struct proc *proc_alloc(struct signals *actions);

void rusage_add(struct rusage_sums *to, const struct rusage_sums *from);
/* @p gives up @mm: what it had is remembered. */
void proc_note_peak(struct proc *p, const struct mm *mm);

/* Make @t a thread of @p.  The signal lock is held. */
void proc_add_thread_locked(struct proc *p, struct thread *t)
	REQUIRES(p->signals.lock, C_signals);

/* The vfork parent of the running process may go on: exec or exit has given
 * the address space back. */
void vfork_release(struct proc *p);

/* Kill the other threads of the running process and wait until they are
 * gone; the running one gets the process's pid as its tid.  0, or -EAGAIN
 * when the process is dying or another thread is in exec. */
int exec_become_only_thread(void);

/* The running thread uses @mm (NULL: none) from now on. */
void thread_use_mm(struct mm *mm);

/* Become @path in a thread that has no address space yet: process 1.
 * 0 or -errno. */
int exec_first_program(const char *path, char *const argv[]);
