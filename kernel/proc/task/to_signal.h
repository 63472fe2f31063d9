#pragma once

/*
 * proc/task/to_signal.h - what the life of processes asks of the room above.
 *
 * Signals know processes and groups, which stand below them; but a process is
 * born, calls exec, ends and is waited for, and signals have to do with each
 * of it.  proc/signal defines these.
 */

#include "lib/compiler.h"
#include "proc/task/proc.h"

/* To each process of @g, and who is being born there (birth.c). */
void signal_send_group_locked(struct pgroup *g, const struct siginfo *info)
	REQUIRES(TREE_ALONE); /* upcall */

/*
 * The running process makes a child: a signal to many that reaches it on the
 * way reaches the child too.  signal_birth_begin(): 0, or -ERESTARTNOINTR when
 * there is something to act upon first.  Then signal_birth_end(), with the
 * child, which has become a member of what its parent belongs to under the
 * same hold of proc_tree_lock, shared or not; or NULL, when there will be none.
 */
struct birth {
	struct list link; /* (s) of the parent */
	sigset_t seen;    /* (s) of the parent */
};
int signal_birth_begin(struct birth *b); /* upcall */
void signal_birth_end(struct birth *b, struct proc *child); /* upcall */

/* fork, exec, exit */
/* The running thread of @p ends, and has all its registers yet: if a core of it
 * is being written it leaves them there. */
void signal_thread_ends(struct proc *p); /* upcall */
/* Kick the threads of @p but the running one out of the process; who does so
 * then waits in p->thread_wait until it is alone.  False: it ends already, or
 * another has done so.  The signal lock is held. */
bool proc_end_other_threads_locked(struct proc *p)
	REQUIRES(p->signals.lock, C_signals);
/* @s is zeroed but for the actions.  It gets those of @from, whose threads may
 * change them meanwhile; NULL: the defaults. */
void signals_init(struct signals *s, struct signals *from); /* upcall */
/* What has a handler in @p has the default again; what is ignored stays so. */
void signal_reset_handlers(struct proc *p); /* upcall */
void sigpending_flush(struct sigpending *p) REQUIRES(C_signals); /* upcall */

/*
 * @p has become a zombie with p->exit_status: send its exit_signal to the
 * parent.  True when the parent ignores SIGCHLD (or set SA_NOCLDWAIT), so
 * that nobody will wait for @p.
 */
bool signal_notify_exit(struct proc *p)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc); /* upcall */
/* The running process, which is the parent of @p, ends: PR_SET_PDEATHSIG. */
void signal_parent_died(struct proc *p) REQUIRES(TREE_ALONE); /* upcall */
/*
 * wait4: what became of the child @p that nobody has waited for yet: a stop
 * (if @stops) or a continuation (if @continues) as a wait status, or 0.
 * It is told by that, but for @keep.
 */
int signal_take_event(struct proc *p, bool stops, bool continues,
		      bool keep); /* upcall */
/* SIGCHLD for what @p, which lives, has done and its parent was not told of.
 * With the lock of the parent, or with no process's. */
void signal_tell_parent_locked(struct proc *p)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc); /* upcall */
void signal_tell_parent_shared(struct proc *p)
	REQUIRES_SHARED(proc_tree_lock); /* upcall */

/* @t has just joined @p, which may be stopped: so is @t, before its first
 * instruction. */
void signal_stop_new_thread_locked(struct proc *p, struct thread *t)
	REQUIRES(p->signals.lock, C_signals); /* upcall */
/* @t is no thread of @p any more. */
void signal_thread_leaves_locked(struct proc *p, struct thread *t)
	REQUIRES(p->signals.lock, C_signals); /* upcall */
/* @p is going to die, and not to stop or go on. */
void signal_end_stop_locked(struct proc *p) REQUIRES(p->signals.lock, C_signals); /* upcall */
