/*
 * proc/signal/taker.c - who takes a signal.
 */
#include "proc/signal/signal.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal_internal.h"

bool signal_can_take(const struct thread *t, int sig)
{
	return !t->exiting && !(t->blocked & SIGMASK(sig));
}

/* A thread in sigtimedwait() takes what it otherwise blocks. */
bool signal_is_awaited(const struct thread *t, int sig)
{
	return !t->exiting && (t->waiting_for & SIGMASK(sig));
}

struct thread *signal_choose_thread(struct proc *p, int sig)
{
	struct thread *t;

	list_for_each_entry(t, &p->threads, proc_link)
		if (signal_is_awaited(t, sig) || signal_can_take(t, sig))
			return t;
	return NULL;
}

void signal_kick(struct proc *p, struct thread *t, int sig)
{
	/* Nothing can be done about it but to die: all threads do, when they
	 * run.  Who is stopped runs for SIGKILL alone. */
	if (!signal_is_awaited(t, sig) && signal_is_fatal(p, sig) && 
	    (sig == SIGKILL || !signals_stopped(&p->signals))) {
		proc_begin_group_exit(p, WAIT_STATUS_SIGNAL(sig));
		return;
	}
	sched_signal_thread(t, sig == SIGKILL);
	if (bug(signal_one_of_many)) {
		list_for_each_entry(t, &p->threads, proc_link)
			sched_signal_thread(t, sig == SIGKILL);
	}
}

static void retarget(struct proc *p) REQUIRES(p->signals.lock)
{
	for (sigset_t left = p->signals.pending.set; left != 0; left &= left - 1) {
		int sig = (int)ctz64(left) + 1;
		struct thread *t = signal_choose_thread(p, sig);

		if (t != NULL)
			sched_signal_thread(t, false);
	}
}

void signal_thread_leaves_locked(struct proc *p, struct thread *t)
{
	sigpending_flush(&t->pending);
	signal_join_stop_locked(p, t);
	retarget(p);
}

/* ---- masks ---- */

/* The running thread blocks @mask from now on; what it no longer blocks is
 * looked at on the way to user mode, what it now blocks others may take. */
void signal_set_blocked_locked(struct proc *p, sigset_t mask)
{
	struct thread *self = current_thread();
	sigset_t newly = mask & ~self->blocked;

	self->blocked = mask & ~(SIGMASK(SIGKILL) | SIGMASK(SIGSTOP));
	if ((self->pending.set | p->signals.pending.set) & ~self->blocked)
		atomic_fetch_or_relaxed(&self->arch.work, WORK_SIGNAL);
	if (p->signals.pending.set & newly)
		retarget(p);
}

void signal_set_blocked(sigset_t mask)
{
	struct proc *p = current_proc();
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	signal_set_blocked_locked(p, mask);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

/* ---- what is pending for the running thread ---- */

bool signal_pending_current(void)
{
	struct thread *self = current_thread();
	sigset_t pending = READ_ONCE(self->pending.set) |
			   READ_ONCE(self->proc->signals.pending.set);

	return (pending & ~self->blocked) != 0 || thread_must_die(self) ||
	       signals_stopped(&self->proc->signals);
}

bool signal_fatal_pending_current(void)
{
	struct thread *self = current_thread();

	return thread_must_die(self) ||
	       (READ_ONCE(self->pending.set) & SIGMASK(SIGKILL));
}

bool signal_forbids_fork(void)
{
	struct thread *self = current_thread();

	return signal_fatal_pending_current() ||
	       signals_stopped(&self->proc->signals) ||
	       (signal_pending_set() & STOP_SIGNALS & ~self->blocked) != 0;
}

sigset_t signal_pending_set(void)
{
	struct thread *self = current_thread();

	return READ_ONCE(self->pending.set) |
	       READ_ONCE(self->proc->signals.pending.set);
}
