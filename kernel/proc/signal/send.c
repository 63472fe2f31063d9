/*
 * proc/signal/send.c - sending signals.
 *
 * A signal for a process waits in p->signals.pending until a thread that does
 * not block it comes by on its way to user mode; one for a thread waits in
 * t->pending.  All of it is under the process's signal lock.
 */
#include "proc/signal/signal.h"

#include "lib/bits.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal_internal.h"
#include "proc/task/pgroup.h"
#include "proc/task/to_ptrace.h"

/* Of a signal for @t, or (NULL) for any thread of @p. */
static struct thread *choose(struct proc *p, struct thread *t, int sig)
	REQUIRES(p->signals.lock, C_signals)
{
	if (t == NULL)
		return signal_choose_taker(p, sig);
	return signal_may_take(t, sig) ? t : NULL;
}

/* Ignored at once, unless @taker blocks it: he may change his mind, or wait
 * for it.  His tracer is told of what he ignores, too. */
static bool is_ignored_by(struct proc *p, const struct thread *taker, int sig)
	REQUIRES(p->signals.lock, C_signals)
{
	return signal_is_ignored(p, sig) && !(taker->blocked & SIGMASK(sig)) &&
	       !(thread_is_traced(taker) && sig != SIGKILL);
}

int signal_send_locked(struct proc *p, struct thread *t,
		       const struct siginfo *info)
{
	int sig = info->si_signo;
	int err;

	if (SIGMASK(sig) & (STOP_SIGNALS | SIGMASK(SIGCONT)))
		signal_cancel_opposite_locked(p, sig);
	if (p->group_exit || (t != NULL && t->exiting))
		return 0;

	struct thread *taker = choose(p, t, sig);

	if (taker != NULL && is_ignored_by(p, taker, sig))
		return 0;
	err = sigpending_add(p, t != NULL ? &t->pending : &p->signals.pending,
			     info);
	if (err == 0 && taker != NULL)
		signal_tell_taker(p, taker, sig);
	waitq_wake_all(signal_queue(p));
	return err;
}

static int send(struct proc *p, struct thread *t, const struct siginfo *info)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	int err = signal_send_locked(p, t, info);

	spin_unlock_irqrestore(&p->signals.lock, irq);
	return err;
}

int signal_send_proc(struct proc *p, const struct siginfo *info)
{
	return send(p, NULL, info);
}

int signal_send_thread(struct proc *p, struct thread *t,
		       const struct siginfo *info)
{
	return send(p, t, info);
}

/* One more ring that nobody heard, and those that @info tells of. */
static void count_overrun(struct siginfo *queued, const struct siginfo *info)
{
	int64_t sum = (int64_t)queued->overrun + info->overrun + 1;

	queued->overrun = (int)min(sum, (int64_t)INT32_MAX);
}

void signal_send_from(struct sigsource *source, struct proc *p,
		      struct thread *t, const struct siginfo *info)
{
	struct sigpending *pending = t != NULL ? &t->pending :
						 &p->signals.pending;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	unsigned before = pending->nr_queued;

	if (source->queued != NULL) {
		count_overrun(&source->queued->info, info);
	} else if (signal_send_locked(p, t, info) == 0 &&
		   pending->nr_queued > before) {
		source->queued = sigpending_newest(pending, info->si_signo);
		source->queued->source = source;
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

void signal_forget_source(struct proc *p, struct sigsource *source)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	if (source->queued != NULL)
		source->queued->source = NULL;
	*source = (struct sigsource){ 0 };
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

void signal_kernel(struct proc *p, int sig)
{
	struct siginfo info = { .si_signo = sig, .si_code = SI_KERNEL };

	signal_send_proc(p, &info);
}

int signal_send_member(struct proc *p, const struct siginfo *info)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	int err = signal_send_locked(p, NULL, info);

	signal_tell_births_locked(p, info->si_signo);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return err;
}

void signal_send_group_locked(struct pgroup *g, const struct siginfo *info)
{
	struct proc *p;

	assert_tree_alone();
	for_each_member(p, g)
		if (p->state == PROC_RUNNING)
			signal_send_member(p, info);
}

/* A fault happens again as soon as the thread goes on, so a blocked or ignored
 * signal kills as one that nobody handles, unless a tracer makes something else
 * of it; process 1, too. */
static NOINLINE void fault_kills(struct proc *p, int sig)
	REQUIRES(p->signals.lock, C_signals)
{
	struct thread *self = current_thread();

	p->signals.action[sig - 1].handler = SIG_DFL;
	self->blocked &= ~SIGMASK(sig);
	if (p == init_proc && !thread_is_traced(self))
		proc_begin_group_exit(p, WAIT_STATUS_SIGNAL(sig));
}

void signal_fault(int sig, int code, vaddr_t addr)
{
	struct thread *self = current_thread();
	struct proc *p = self->proc;
	struct siginfo info = { .si_signo = sig, .si_code = code,
				.addr = addr };
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	if ((self->blocked & SIGMASK(sig)) ||
	    p->signals.action[sig - 1].handler <= SIG_IGN)
		fault_kills(p, sig);
	sigpending_add(p, &self->pending, &info);
	/* Nobody has to be waked or interrupted. */
	atomic_fetch_or_relaxed(&self->arch.work, WORK_SIGNAL);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}
