/*
 * proc/signal/taker.c - who takes a signal: the rule of signal.h.
 */
#include "proc/signal/signal.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal_internal.h"
#include "proc/task/to_ptrace.h"
#include "sync/block.h"

/* Whom his tracer has stopped comes by when that lets him: rather another. */
struct thread *signal_choose_taker(struct proc *p, int sig)
{
	struct thread *t, *stands = NULL;

	list_for_each_entry(t, &p->threads, proc_link) {
		if (!signal_may_take(t, sig))
			continue;
		if (likely(t->trace.state == TRACEE_RUNS))
			return t;
		stands = t;
	}
	return stands;
}

/* @sig has no handler.  If nothing can be done about it but to die, all
 * threads do, when they run.  Who is stopped runs for SIGKILL alone; a tracer
 * may make something else of any other. */
static NOINLINE void tell_without_handler(struct proc *p, struct thread *t,
					  int sig) REQUIRES(p->signals.lock, C_signals)
{
	if (!(t->blocked & SIGMASK(sig)) && signal_is_fatal(p, sig) &&
	    (sig == SIGKILL ||
	     !(signals_stopped(&p->signals) || thread_is_traced(t))))
		proc_begin_group_exit(p, WAIT_STATUS_SIGNAL(sig));
	else
		sched_signal_thread(t, sig == SIGKILL);
}

void signal_tell_taker(struct proc *p, struct thread *t, int sig)
{
	assert_spin_held(&p->signals.lock);
	if (p->signals.action[sig - 1].handler <= SIG_IGN)
		tell_without_handler(p, t, sig);
	else
		sched_signal_thread(t, false);
}

void signal_hand_on_locked(struct proc *p, sigset_t mask)
{
	sigset_t left = p->signals.pending.set & mask;

	assert_spin_held(&p->signals.lock);
	for (; left != 0; left &= left - 1) {
		int sig = (int)ctz64(left) + 1;
		struct thread *t = signal_choose_taker(p, sig);

		if (t != NULL)
			signal_tell_taker(p, t, sig);
	}
}

/* ---- withdrawals ---- */

void signal_thread_leaves_locked(struct proc *p, struct thread *t)
{
	sigpending_flush(&t->pending);
	signal_join_stop_locked(p, t);
	signal_hand_on_locked(p, ~0UL);
}

void signal_leave_to_others_locked(struct proc *p)
{
	struct thread *self = current_thread();

	if (p->signals.pending.set & ~self->blocked)
		signal_hand_on_locked(p, ~self->blocked);
}

void signal_set_blocked_locked(struct proc *p, sigset_t mask)
{
	struct thread *self = current_thread();
	sigset_t withdrawn = mask & ~self->blocked;

	self->blocked = mask & ~UNBLOCKABLE_SIGNALS;
	if ((self->pending.set | p->signals.pending.set) & ~self->blocked)
		atomic_fetch_or_relaxed(&self->arch.work, WORK_SIGNAL);
	if (withdrawn & p->signals.pending.set)
		signal_hand_on_locked(p, withdrawn);
}

void signal_set_blocked(sigset_t mask)
{
	struct proc *p = current_proc();
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	signal_set_blocked_locked(p, mask);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

/* ---- what is pending for the running thread ---- */

sigset_t signal_pending_set(void)
{
	struct thread *self = current_thread();

	return READ_ONCE(self->pending.set) |
	       READ_ONCE(self->proc->signals.pending.set);
}

bool signal_pending_current(void)
{
	struct thread *self = current_thread();

	return (signal_pending_set() & ~self->blocked) != 0 ||
	       thread_must_die(self) || thread_must_stop(self);
}

bool signal_fatal_pending_current(void)
{
	struct thread *self = current_thread();

	return thread_must_die(self) ||
	       (READ_ONCE(self->pending.set) & SIGMASK(SIGKILL));
}

/* ---- sleeping, sync/block.h ---- */

/*
 * Whoever is told so goes back towards user mode, where its call is started
 * over or ended.  The signal may be one that another thread was chosen for,
 * and takes meanwhile; the way out must be the slow one all the same.
 */
bool block_interrupted(void)
{
	struct thread *self = current_thread();

	if (self->proc == NULL || !signal_pending_current())
		return false;
	atomic_fetch_or_relaxed(&self->arch.work, WORK_SIGNAL);
	return true;
}

bool block_killed_really(void)
{
	struct thread *self = current_thread();

	return self->proc != NULL && signal_fatal_pending_current();
}
