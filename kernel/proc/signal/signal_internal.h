#pragma once

/*
 * proc/signal/signal_internal.h - what the files of signal delivery share.
 */

#include "proc/task/proc.h"

#define STOP_SIGNALS                                                 \
	(SIGMASK(SIGSTOP) | SIGMASK(SIGTSTP) | SIGMASK(SIGTTIN) |    \
	 SIGMASK(SIGTTOU))
#define SYNCHRONOUS_SIGNALS                                          \
	(SIGMASK(SIGSEGV) | SIGMASK(SIGBUS) | SIGMASK(SIGILL) |      \
	 SIGMASK(SIGTRAP) | SIGMASK(SIGFPE))

enum default_action {
	ACTION_TERMINATE,
	ACTION_IGNORE,
	ACTION_STOP,
};

enum default_action signal_default(int sig);
/* The default action of @sig in @p is the end of it. Signal lock held. */
bool signal_is_fatal(struct proc *p, int sig);

/* Take one of @wanted out of @p; false: none is pending.  Signal lock held. */
bool sigpending_take(struct sigpending *p, sigset_t wanted,
		     struct siginfo *info);
void sigpending_remove(struct sigpending *p, sigset_t mask);

/* @p stopped or went on: the parent may wait for it.  proc_tree_lock held. */
void signal_notify_stop(struct proc *p, int event);

/*
 * @t, which may have been told to stop with its process @p, does not run any
 * more.  True when it was the last one that did: the parent is to be told.
 * Signal lock held.
 */
bool signal_thread_stopped_locked(struct proc *p, struct thread *t)
	REQUIRES(p->signals.lock);

/* @p is stopped, or no longer. */
void signal_set_stopped_locked(struct proc *p, bool stopped)
	REQUIRES(p->signals.lock);

/*
 * @leaving is about to end: groups with stopped members that are orphaned by
 * that get SIGHUP and SIGCONT, because nobody else would continue them.
 */
void signal_orphan_groups(const struct proc *leaving);

/* As signal_set_blocked(); the running thread is one of @p's. */
void signal_set_blocked_locked(struct proc *p, sigset_t mask)
	REQUIRES(p->signals.lock);

/*
 * Put a frame for @info on the user stack and make @frame enter the handler;
 * @blocked is the mask to come back to.  -EFAULT: the stack is not there.
 */
int signal_push_frame(struct trapframe *frame, const struct siginfo *info,
		      const struct sigaction *action, sigset_t blocked);
