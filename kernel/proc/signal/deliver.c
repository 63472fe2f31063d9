/*
 * proc/signal/deliver.c - on the way to user mode: act on what is pending.
 */
#include "proc/signal/signal.h"

#include "arch/hart.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal_internal.h"

/* A signal taken, and what to do about it. */
struct delivery {
	struct siginfo info;
	struct sigaction action;
	sigset_t back; /* blocked when the handler has returned */
};

/* While a handler runs, its signal and what the action names are blocked. */
static void block_for_handler(struct proc *p, struct delivery *d,
			      struct sigaction *action)
	REQUIRES(p->signals.lock)
{
	struct thread *self = current_thread();
	sigset_t during = self->blocked | action->mask;
	int sig = d->info.si_signo;

	d->back = self->restore_blocked ? self->saved_blocked : self->blocked;
	self->restore_blocked = false;
	if (!(action->flags & SA_NODEFER))
		during |= SIGMASK(sig);
	if (during != self->blocked)
		signal_set_blocked_locked(p, during);
	if (action->flags & SA_RESETHAND)
		action->handler = SIG_DFL;
}

static bool has_more_to_do(const struct thread *self, const struct proc *p)
{
	return ((self->pending.set | p->signals.pending.set) & ~self->blocked) != 0 ||
	       p->stopped || thread_must_die(self);
}

/* The next signal for the running thread that it has to act upon. */
static bool take_next(struct thread *self, struct delivery *d)
{
	struct proc *p = self->proc;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool any = sigpending_take(&self->pending, ~self->blocked, &d->info) ||
		   sigpending_take(&p->signals.pending, ~self->blocked, &d->info);

	if (any) {
		int sig = d->info.si_signo;
		struct sigaction *action = &p->signals.action[sig - 1];

		d->action = *action;
		if (action->handler > SIG_IGN)
			block_for_handler(p, d, action);
		else if (SIGMASK(sig) & STOP_SIGNALS)
			p->stop_pending = true;
	}
	if (!has_more_to_do(self, p))
		atomic_fetch_and_relaxed(&self->arch.work,
					 ~(uint32_t)WORK_SIGNAL);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return any;
}

/* ---- system calls that a signal interrupted ---- */

static bool was_interrupted(const struct trapframe *frame)
{
	return frame->cause == FRAME_CAUSE_SYSCALL &&
	       (long)frame->a0 <= -ERESTARTSYS &&
	       (long)frame->a0 >= -ERESTART_RESTARTBLOCK;
}

static void restart_call(struct trapframe *frame)
{
	frame->a0 = frame->orig_a0;
	frame->pc -= 4;
}

/* @action: of the handler that will run, or NULL when none does. */
static void finish_interrupted_call(struct trapframe *frame,
				    const struct sigaction *action)
{
	if (!was_interrupted(frame))
		return;

	long code = -(long)frame->a0;
	bool restart = action == NULL ? !bug(signal_one_of_many) :
		       code == ERESTARTNOINTR ||
		       (code == ERESTARTSYS && (action->flags & SA_RESTART));

	if (restart) {
		restart_call(frame);
	} else {
		frame->a0 = (uint64_t)-EINTR;
		current_thread()->restart_deadline = 0;
	}
	/* Looked at once: a second handler finds nothing to restart. */
	frame->cause = FRAME_CAUSE_NONE;
}

/* ---- stop ---- */

/* Processes that are stopped: while it is 0, ends need not look for them. */
static unsigned nr_stopped;

void signal_set_stopped_locked(struct proc *p, bool stopped)
{
	assert_spin_held(&p->signals.lock);
	if (p->stopped == stopped)
		return;
	WRITE_ONCE(p->stopped, stopped);
	atomic_fetch_add_relaxed(&nr_stopped, stopped ? 1U : -1U);
}

/* The whole process stops: every thread on its own way to user mode. */
static void begin_stop(struct proc *p, int sig)
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

/* @p ties its group to another of the same session: its parent could
 * continue it.  @leaving, if any, counts no more. */
static bool ties_group_locked(const struct proc *p, const struct proc *leaving)
	REQUIRES(proc_tree_lock)
{
	const struct proc *parent = p->parent;

	return p->state == PROC_RUNNING && p != leaving && parent != NULL &&
	       parent != leaving && parent->pgid != p->pgid &&
	       parent->sid == p->sid;
}

/* Members of an orphaned group have nobody who would continue them. */
static bool group_is_orphaned(int pgid, const struct proc *leaving)
{
	bool orphaned = true;

	for (struct proc *p = proc_next(0), *next; p != NULL; p = next) {
		spin_lock(&proc_tree_lock);
		if (p->pgid == pgid && ties_group_locked(p, leaving))
			orphaned = false;
		spin_unlock(&proc_tree_lock);
		next = proc_next(p->pid);
		proc_put(p);
	}
	return orphaned;
}

/* The end of @leaving changes what group_is_orphaned() says. */
static bool is_last_tie(int pgid, const struct proc *leaving)
{
	return !group_is_orphaned(pgid, NULL) &&
	       group_is_orphaned(pgid, leaving);
}

void signal_orphan_groups(const struct proc *leaving)
{
	static const struct siginfo hang_up = { .si_signo = SIGHUP,
						.si_code = SI_KERNEL };
	static const struct siginfo go_on = { .si_signo = SIGCONT,
					      .si_code = SI_KERNEL };

	if (likely(READ_ONCE(nr_stopped) == 0))
		return;
	for (struct proc *p = proc_next(0), *next; p != NULL; p = next) {
		if (p != leaving && READ_ONCE(p->stopped) &&
		    is_last_tie(p->pgid, leaving)) {
			signal_send_group(p->pgid, &hang_up);
			signal_send_group(p->pgid, &go_on);
		}
		next = proc_next(p->pid);
		proc_put(p);
	}
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

static void stop_here(struct proc *p)
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

/* ---- one signal ---- */

static void act_by_default(struct proc *p, int sig)
{
	switch (signal_default(sig)) {
	case ACTION_IGNORE:
		return;
	case ACTION_STOP:
		if (sig == SIGSTOP || !group_is_orphaned(p->pgid, NULL))
			begin_stop(p, sig);
		return;
	case ACTION_TERMINATE:
		if (p != init_proc)
			proc_exit_group(WAIT_STATUS_SIGNAL(sig));
		return;
	}
}

/* There is no room for the frame.  The handler of SIGSEGV may still have a
 * stack of its own. */
static void stack_is_bad(int sig)
{
	if (sig == SIGSEGV)
		proc_exit_group(WAIT_STATUS_SIGNAL(SIGSEGV));
	signal_fault(SIGSEGV, SI_KERNEL, 0);
}

static void run_handler(struct trapframe *frame, const struct delivery *d)
{
	finish_interrupted_call(frame, &d->action);
	if (signal_push_frame(frame, &d->info, &d->action, d->back) != 0)
		stack_is_bad(d->info.si_signo);
}

/* One handler at a time: if there is more to do we are called again, and the
 * frame of the next comes on top. */
void signal_deliver(struct trapframe *frame)
{
	struct thread *self = current_thread();
	struct delivery d;

	for (;;) {
		if (thread_must_die(self))
			thread_exit(0);
		if (READ_ONCE(self->proc->stopped)) {
			stop_here(self->proc);
			continue;
		}
		if (!take_next(self, &d))
			break;
		if (d.action.handler > SIG_IGN) {
			run_handler(frame, &d);
			return;
		}
		if (d.action.handler == SIG_DFL)
			act_by_default(self->proc, d.info.si_signo);
	}
	finish_interrupted_call(frame, NULL);
	if (self->restore_blocked) {
		self->restore_blocked = false;
		signal_set_blocked(self->saved_blocked);
	}
}
