#pragma once

/*
 * proc/task/rights.h - whose rights a thread and a process have, and who may
 * look into them.
 *
 * The running thread reads its own by current_cred().  Those of others are
 * replaced under the lock of their process, while its threads share the tree,
 * and found under it: thread_cred() and proc_cred() give a reference; who holds
 * that lock anyway, or has the tree alone, may use thread's arch.cred and
 * proc->cred as they are until he lets go of it.
 */

#include "proc/task/proc.h"
#include "vfs/cred.h"

/* The running thread acts for @new from now on; its reference is ours. */
void replace_current_cred(const struct cred *new);
/* The same under the lock; the caller puts what is in @old afterwards. */
struct old_creds {
	const struct cred *of_thread, *of_proc; /* may be NULL */
};
void replace_current_cred_locked(const struct cred *new, struct old_creds *old)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc);
void put_old_creds(const struct old_creds *old);

/* p->cred has changed: what is queued for @p is paid by its user. */
void proc_set_payer_locked(struct proc *p) REQUIRES(C_proc);

/* With a reference.  Those of a process are its first thread's, and stay
 * when that one or all of them are gone. */
const struct cred *thread_cred(struct thread *t);
const struct cred *proc_cred(struct proc *p);

/*
 * May who has @mine signal who has @its?  And the running thread the process @p
 * of its session or another, with @sig?
 */
bool cred_may_signal(const struct cred *mine, const struct cred *its);
/* Whoever they are, the domain of @mine does not let signals out to @its. */
bool cred_keeps_signals_from(const struct cred *mine, const struct cred *its);
bool proc_may_signal_locked(const struct proc *p, int sig) REQUIRES(TREE_ALONE);

/*
 * May the running process look into @p?  It is root, or has the same ids and
 * @p has no secrets: its memory is dumpable.
 */
bool proc_may_inspect(struct proc *p);
/* The same, by the rights of its thread @t. */
bool thread_may_be_inspected_locked(const struct thread *t)
	REQUIRES(TREE_ALONE);
/*
 * 0: it may, and *@mm is that memory, to read and write, with a reference;
 * NULL when there is none any more.  Or -EACCES.  Taken and judged in one:
 * exec changes ids and memory in one step, and between two steps of ours an
 * answer about the new program would open the old one's memory, or the other
 * way round.
 */
int proc_inspect_memory(struct proc *p, struct mm **mm);
/* @p's memory can be looked at by who has its ids: it holds nothing from a
 * time with other ids, or of a program that may be run but not read. */
bool proc_is_dumpable(struct proc *p);
