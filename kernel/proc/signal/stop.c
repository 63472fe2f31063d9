/*
 * proc/signal/stop.c - job control: a process stops, and goes on.
 */
#include "proc/signal/signal.h"

#include "arch/hart.h"
#include "lib/bug.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal_internal.h"
#include "sync/block.h"

/* Processes that are stopped: while it is 0, ends need not look for them. */
unsigned nr_stopped;

void signal_set_stopped_locked(struct proc *p, bool stopped)
{
	assert_spin_held(&p->signals.lock);
	if (p->stopped == stopped)
		return;
	WRITE_ONCE(p->stopped, stopped);
	atomic_fetch_add_relaxed(&nr_stopped, stopped ? 1U : -1U);
}

/* The whole process stops: every thread on its own way to user mode. */
void signal_begin_stop(struct proc *p, int sig)
{
	struct thread *t;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	/* Void if SIGCONT came since the signal was taken. */
	if (p->stop_pending && !p->stopped && !p->group_exit) {
		signal_set_stopped_locked(p, true);
		p->continued = false;
		p->stop_signal = sig;
		p->nr_to_stop = p->nr_threads;
		list_for_each_entry(t, &p->threads, proc_link) {
			t->to_stop = true;
			sched_signal_thread(t, false);
		}
	}
	p->stop_pending = false;
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

/* @t no longer runs as part of a process that stops; true for the last. */
bool signal_thread_stopped_locked(struct proc *p, struct thread *t)
{
	if (!t->to_stop)
		return false;
	t->to_stop = false;
	return --p->nr_to_stop == 0 && p->stopped;
}

/* The parent hears of the stop when no thread runs any more. */
static void count_stop(struct proc *p, struct thread *self)
{
	spin_lock(&proc_tree_lock);
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool last = signal_thread_stopped_locked(p, self);
	int sig = p->stop_signal;

	spin_unlock_irqrestore(&p->signals.lock, irq);
	if (last)
		signal_notify_stop(p, WAIT_STATUS_STOP(sig));
	spin_unlock(&proc_tree_lock);
}

/*
 * The first thread to go on tells the parent.  The sender of SIGCONT cannot:
 * it may be an interrupt, and the lock of the tree stands above the signal
 * lock.
 */
static void report_continue(struct proc *p)
{
	spin_lock(&proc_tree_lock);
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool tell = p->continued;

	p->continued = false;
	spin_unlock_irqrestore(&p->signals.lock, irq);
	if (tell)
		signal_notify_stop(p, WAIT_STATUS_CONTINUE);
	spin_unlock(&proc_tree_lock);
}

void signal_stop_here(struct proc *p)
{
	count_stop(p, current_thread());
	for (;;) {
		block_prepare_stopped();
		if (!READ_ONCE(p->stopped) || thread_must_die(current_thread()))
			break;
		block_schedule();
	}
	block_cancel();
	report_continue(p);
}

/*
 * SIGCONT undoes stops that are pending and the other way round, at the
 * moment of sending, whatever is blocked or ignored.
 */
void signal_cancel_opposite_locked(struct proc *p, int sig)
{
	struct thread *t;

	if (SIGMASK(sig) & STOP_SIGNALS)
		signal_discard_locked(p, SIGMASK(SIGCONT));
	if (sig != SIGCONT && sig != SIGKILL)
		return;
	signal_discard_locked(p, STOP_SIGNALS);
	p->stop_pending = false;
	if (!p->stopped)
		return;
	signal_set_stopped_locked(p, false);
	p->nr_to_stop = 0;
	p->continued = sig == SIGCONT;
	list_for_each_entry(t, &p->threads, proc_link) {
		t->to_stop = false;
		sched_signal_thread(t, true);
	}
}
