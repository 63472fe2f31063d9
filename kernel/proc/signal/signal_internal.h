#pragma once

/*
 * proc/signal/signal_internal.h - what the files of signal delivery share.
 */

#include "proc/signal/signal.h"
#include "proc/task/proc.h"

#define STOP_SIGNALS                                                 \
	(SIGMASK(SIGSTOP) | SIGMASK(SIGTSTP) | SIGMASK(SIGTTIN) |    \
	 SIGMASK(SIGTTOU))
#define UNBLOCKABLE_SIGNALS (SIGMASK(SIGKILL) | SIGMASK(SIGSTOP))
#define SYNCHRONOUS_SIGNALS                                          \
	(SIGMASK(SIGSEGV) | SIGMASK(SIGBUS) | SIGMASK(SIGILL) |      \
	 SIGMASK(SIGTRAP) | SIGMASK(SIGFPE))

enum default_action {
	ACTION_TERMINATE,
	ACTION_CORE, /* the same, and a core is left: whoever takes it writes that */
	ACTION_IGNORE,
	ACTION_STOP,
};

enum default_action signal_default(int sig);
/* Signal lock held: the default action of @sig in @p is the end of it; @sig
 * does nothing there. */
static inline bool signal_is_fatal(const struct proc *p, int sig)
	REQUIRES(C_signals)
{
	return p->signals.action[sig - 1].handler == SIG_DFL &&
	       signal_default(sig) == ACTION_TERMINATE &&
	       p != init_proc;
}

static inline bool signal_is_ignored(const struct proc *p, int sig)
	REQUIRES(C_signals)
{
	uint64_t handler = p->signals.action[sig - 1].handler;

	return handler == SIG_IGN ||
	       (handler == SIG_DFL && signal_default(sig) == ACTION_IGNORE);
}

/* Take one of @wanted out of @p; false: none is pending.  Signal lock held. */
bool sigpending_take(struct sigpending *p, sigset_t wanted,
		     struct siginfo *info) REQUIRES(C_signals);
/* The @sig that came last, or NULL: none, or one without an entry. */
struct sigqueue *sigpending_newest(const struct sigpending *p, int sig)
	REQUIRES(C_signals);
void sigpending_remove(struct sigpending *p, sigset_t mask) REQUIRES(C_signals);
/* 0, or -EAGAIN (no memory for a queued real-time signal). */
int sigpending_add(struct proc *proc, struct sigpending *p,
		   const struct siginfo *info) REQUIRES(C_signals);
/* Forget all of @mask that is pending for @p or a thread of it. */
void signal_discard_locked(struct proc *p, sigset_t mask)
	REQUIRES(p->signals.lock, C_signals);

/* ---- who takes it ---- */

static inline bool signal_may_take(const struct thread *t, int sig)
	REQUIRES(C_signals)
{
	return signal_takes(t) & SIGMASK(sig);
}
/* The thread of @p to be told that @sig is pending for the process, or NULL:
 * nobody may take it now. */
struct thread *signal_choose_taker(struct proc *p, int sig)
	REQUIRES(p->signals.lock, C_signals);
/* @t, the chosen one, is to come by.  What is fatal needs no taker. */
void signal_tell_taker(struct proc *p, struct thread *t, int sig)
	REQUIRES(p->signals.lock, C_signals);
/* One of @set that is pending for @self, or else for its process, @s. */
static inline bool signal_take_locked(struct thread *self, struct signals *s,
				      sigset_t set, struct siginfo *info)
	REQUIRES(C_signals)
{
	assert_spin_held(&s->lock);
	return ((self->pending.set & set) &&
		sigpending_take(&self->pending, set, info)) ||
	       ((s->pending.set & set) &&
		sigpending_take(&s->pending, set, info));
}
/* A thread of @p takes nothing of @mask any more: what of it is pending for
 * the process is another's, if one is there. */
void signal_hand_on_locked(struct proc *p, sigset_t mask)
	REQUIRES(p->signals.lock, C_signals);

/* @sig goes to many, and @p is one of them. */
void signal_tell_births_locked(struct proc *p, int sig)
	REQUIRES(p->signals.lock, C_signals);

/* ---- stop and continue ---- */

/* Call off what contradicts @sig, which is being sent. */
void signal_cancel_opposite_locked(struct proc *p, int sig)
	REQUIRES(p->signals.lock, C_signals);
/* The running thread took the stop signal @sig of its process @p in @turn. */
void signal_begin_stop(struct proc *p, int sig, uint64_t turn);
/* Join, and sleep until it is over or the running thread has to die. */
void signal_stop_here(struct proc *p);
/* signal_tell_parent_locked(), if there is anything to tell. */
void signal_tell_parent_now(struct proc *p);
static inline void signal_tell_parent(struct proc *p)
{
	if (unlikely(READ_ONCE(p->signals.job.tell) != 0))
		signal_tell_parent_now(p);
}

/* As signal_set_blocked(); the running thread is one of @p's. */
void signal_set_blocked_locked(struct proc *p, sigset_t mask)
	REQUIRES(p->signals.lock, C_signals);

/*
 * Put a frame for @info on the user stack and make @frame enter the handler;
 * @blocked is the mask to come back to.  -EFAULT: the stack is not there.
 */
int signal_push_frame(struct trapframe *frame, const struct siginfo *info,
		      const struct sigaction *action, sigset_t blocked);
