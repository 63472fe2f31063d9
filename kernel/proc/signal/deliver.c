/*
 * proc/signal/deliver.c - on the way to user mode: act on what is pending.
 */
#include "proc/signal/signal.h"

#include "arch/hart.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "proc/sched/sched.h"
#include "proc/signal/core.h"
#include "proc/signal/signal_internal.h"
#include "proc/task/pgroup.h"
#include "proc/task/rseq.h"
#include "proc/task/to_ptrace.h"

/* A signal taken, and what to do about it. */
struct delivery {
	struct siginfo info;
	struct sigaction action;
	sigset_t back; /* blocked when the handler has returned */
	uint64_t turn; /* signals.job.turn when it was taken */
	/* A call that begins anew already, for a tracer to see: why, and where;
	 * 0: none. */
	long restarts;
	uint64_t restart_pc;
	bool traced; /* and if so, it has been shown */
};

/* While a handler runs, its signal and what the action names are blocked. */
static void block_for_handler(struct thread *self, struct proc *p,
			      struct delivery *d, struct sigaction *action)
	REQUIRES(p->signals.lock, C_signals)
{
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
	REQUIRES(C_signals)
{
	sigset_t pending = self->pending.set | p->signals.pending.set;

	return (pending & ~self->blocked) != 0 || thread_must_die(self) ||
	       thread_must_stop(self);
}

/* The tracer of @self makes of the signal taken what it likes.  What is blocked
 * is put back; false: that, or it makes nothing of it. */
static NOINLINE bool ask_tracer(struct thread *self, struct proc *p,
				struct delivery *d)
{
	bool any = ptrace_stop_signal(&d->info);
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	if (any && (self->blocked & SIGMASK(d->info.si_signo))) {
		signal_send_locked(p, self, &d->info);
		any = false;
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return any;
}

/* What is to be done about the signal taken. */
static void look_up_action(struct thread *self, struct proc *p,
			   struct delivery *d) REQUIRES(p->signals.lock, C_signals)
{
	struct sigaction *action = &p->signals.action[d->info.si_signo - 1];

	d->action = *action;
	if (action->handler > SIG_IGN)
		block_for_handler(self, p, d, action);
}

/* The next signal for the running thread that it has to act upon. */
static bool take_next(struct thread *self, struct delivery *d)
{
	struct proc *p = self->proc;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool any;

	d->action.handler = SIG_IGN;
	if (unlikely(thread_is_traced(self) != d->traced)) {
		spin_unlock_irqrestore(&p->signals.lock, irq);
		return true; /* to look again */
	}
	any = signal_take_locked(self, &p->signals, ~self->blocked, &d->info);
	d->turn = p->signals.job.turn;
	if (any && unlikely(d->traced) && d->info.si_signo != SIGKILL) {
		spin_unlock_irqrestore(&p->signals.lock, irq);
		if (!ask_tracer(self, p, d))
			return true;
		irq = spin_lock_irqsave(&p->signals.lock);
	}
	if (any)
		look_up_action(self, p, d);
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

static NOINLINE void restart_or_fail(struct trapframe *frame,
				     const struct sigaction *action)
{
	long code = -(long)frame->a0;
	bool restart = action == NULL || code == ERESTARTNOINTR ||
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

/* @action: of the handler that will run, or NULL when none does. */
static void finish_interrupted_call(struct trapframe *frame,
				    const struct sigaction *action)
{
	if (unlikely(was_interrupted(frame)))
		restart_or_fail(frame, action);
}

/*
 * The running thread may stop for its tracer, which is to see the call begin
 * anew already: it may have the thread go on elsewhere, and then nobody is to
 * move pc behind its back.  As on Linux.
 */
static NOINLINE void show_restart(struct trapframe *frame, struct delivery *d)
{
	if (!was_interrupted(frame))
		return;
	d->restarts = -(long)frame->a0;
	restart_call(frame);
	d->restart_pc = frame->pc;
	frame->cause = FRAME_CAUSE_NONE;
}

/* A handler runs: the call that was to begin anew may have to fail. */
static NOINLINE void take_restart_back(struct trapframe *frame,
				       const struct delivery *d)
{
	if (frame->pc != d->restart_pc || d->restarts == ERESTARTNOINTR ||
	    (d->restarts == ERESTARTSYS && (d->action.flags & SA_RESTART)))
		return;
	frame->a0 = (uint64_t)-EINTR;
	frame->pc += 4;
	current_thread()->restart_deadline = 0;
}

/* ---- one signal ---- */

/* Process 1 is neither ended nor stopped by what it does not handle. */
static NOINLINE void act_by_default(struct proc *p, const struct siginfo *info,
				    uint64_t turn)
{
	int sig = info->si_signo;

	if (p == init_proc)
		return;
	switch (signal_default(sig)) {
	case ACTION_IGNORE:
		return;
	case ACTION_STOP:
		if (sig == SIGSTOP || !own_pgroup_is_orphaned())
			signal_begin_stop(p, sig, turn);
		return;
	case ACTION_TERMINATE:
		proc_exit_group(WAIT_STATUS_SIGNAL(sig));
	case ACTION_CORE:
		core_and_exit(info);
	}
}

/* There is no room for the frame, so no handler blocks anything.  That of SIGSEGV
 * may still have a stack of its own. */
static NOINLINE void stack_is_bad(const struct delivery *d)
{
	const struct siginfo info = { .si_signo = SIGSEGV, .si_code = SI_KERNEL };

	if (d->info.si_signo == SIGSEGV)
		core_and_exit(&info);
	signal_set_blocked(d->back);
	signal_fault(SIGSEGV, SI_KERNEL, 0);
}

static void run_handler(struct trapframe *frame, const struct delivery *d)
{
	rseq_signal(frame);
	finish_interrupted_call(frame, &d->action);
	if (unlikely(d->restarts != 0))
		take_restart_back(frame, d);
	if (signal_push_frame(frame, &d->info, &d->action, d->back) != 0)
		stack_is_bad(d);
}

/* One handler at a time: if there is more to do we are called again, and the
 * frame of the next comes on top. */
void signal_deliver(struct trapframe *frame)
{
	struct thread *self = current_thread();
	struct proc *p = self->proc;
	struct delivery d;
	bool any;

	d.restarts = 0;
	for (;;) {
		d.traced = thread_is_traced(self);
		if (thread_must_die(self))
			thread_exit(0);
		if (unlikely(d.traced))
			show_restart(frame, &d);
		if (thread_must_stop(self)) {
			if (d.traced)
				ptrace_stop_asked();
			else
				signal_stop_here(p);
			continue;
		}
		any = take_next(self, &d);
		/* After the work bit was judged: what SIGCONT leaves to be
		 * told from then on sets the bit again. */
		signal_tell_parent(p);
		if (!any)
			break;
		if (d.action.handler > SIG_IGN) {
			run_handler(frame, &d);
			return;
		}
		if (d.action.handler == SIG_DFL)
			act_by_default(p, &d.info, d.turn);
	}
	finish_interrupted_call(frame, NULL);
	if (self->restore_blocked) {
		self->restore_blocked = false;
		signal_set_blocked(self->saved_blocked);
	}
}
