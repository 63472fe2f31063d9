/*
 * proc/signal/parent.c - telling the parent what became of its child.
 */
#include "proc/signal/signal.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "proc/signal/signal_internal.h"
#include "proc/task/rights.h"
#include "vfs/cred.h"

static void fill_child_info(struct siginfo *info, const struct proc *p,
			    int sig, int code, int status)
{
	*info = (struct siginfo){ .si_signo = sig, .si_code = code };
	info->pid = p->pid;
	info->uid = READ_ONCE(p->uid);
	info->status = status;
	/* Two words that only grow: of a zombie what they will be, else of about
	 * now. */
	info->utime = (long)ticks_to_clock(READ_ONCE(p->dead_threads.user_ticks));
	info->stime = (long)ticks_to_clock(READ_ONCE(p->dead_threads.system_ticks));
}

static int code_of(int exit_status)
{
	if ((exit_status & 0x7f) == 0)
		return CLD_EXITED;
	return exit_status & WAIT_STATUS_CORE ? CLD_DUMPED : CLD_KILLED;
}

/* The tracer of the first thread of @p, and not the parent, is told of its
 * end; the parent when that has heard of it. */
static bool is_traced_by_another(const struct proc *p)
	REQUIRES_SHARED(proc_tree_lock)
{
	return p->tracee != NULL && p->tracee->trace.tracer->proc != p->parent;
}

/* SIGCHLD to @to, and to who waits there. */
static void send_news(struct proc *to, const struct siginfo *info, bool of_life)
	REQUIRES_SHARED(proc_tree_lock)
{
	unsigned long irq = spin_lock_irqsave(&to->signals.lock);
	const struct sigaction *action = &to->signals.action[SIGCHLD - 1];

	if (action->handler != SIG_IGN &&
	    !(of_life && (action->flags & SA_NOCLDSTOP)))
		signal_send_locked(to, NULL, info);
	spin_unlock_irqrestore(&to->signals.lock, irq);
	waitq_wake_all(&to->child_wait);
}

void signal_tell_tracer(const struct thread *t, int code, int status)
{
	struct siginfo info;

	fill_child_info(&info, t->proc, SIGCHLD, code, status);
	info.pid = t->tid;
	info.uid = t->arch.cred->uid;
	send_news(t->trace.tracer->proc, &info,
		  code != CLD_EXITED && code != CLD_KILLED &&
			  code != CLD_DUMPED);
}

bool signal_notify_exit(struct proc *p)
{
	struct proc *parent = p->parent;
	int sig = proc_exit_signal(p);
	int died_of = p->exit_status & 0x7f;
	struct siginfo info;
	bool unwanted;

	if (is_traced_by_another(p)) {
		signal_tell_tracer(p->tracee, code_of(p->exit_status),
				   died_of ? died_of : p->exit_status >> 8 & 0xff);
		return false;
	}
	if (sig == 0)
		return false;
	fill_child_info(&info, p, sig, code_of(p->exit_status),
			died_of ? died_of : p->exit_status >> 8 & 0xff);

	unsigned long irq = spin_lock_irqsave(&parent->signals.lock);
	const struct sigaction *action = &parent->signals.action[sig - 1];

	unwanted = sig == SIGCHLD && (action->handler == SIG_IGN ||
				      (action->flags & SA_NOCLDWAIT));
	if (action->handler != SIG_IGN)
		signal_send_locked(parent, NULL, &info);
	spin_unlock_irqrestore(&parent->signals.lock, irq);
	return unwanted && p->tracee == NULL;
}

/* As if the running process, its parent, had sent it: who might not does not. */
void signal_parent_died(struct proc *p)
{
	const struct siginfo info = { .si_signo = p->death_signal,
				      .si_code = SI_USER,
				      .pid = current_proc()->pid,
				      .uid = current_cred()->uid };

	if (p->death_signal != 0 && p->state == PROC_RUNNING &&
	    proc_may_signal_locked(p, p->death_signal))
		(void)signal_send_proc(p, &info);
}

static void tell(struct proc *p, int code, int sig)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	struct siginfo info;

	/* Who traces his own child hears of each stop of it as its tracer. */
	if (p->parent == NULL || (p->tracee != NULL && !is_traced_by_another(p)))
		return;
	fill_child_info(&info, p, SIGCHLD, code, sig);
	send_news(p->parent, &info, true);
}

/* The parent's lock is held throughout: a continuation is told after the stop
 * before it, whoever tells which, and wait4() finds a stop no sooner than its
 * SIGCHLD has been sent. */
void signal_tell_parent_locked(struct proc *p)
{
	struct job *job = &p->signals.job;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	unsigned news = job->tell;
	int sig = job->signal;

	WRITE_ONCE(job->tell, 0);
	if ((news & TELL_STOPPED) && signals_stopped(&p->signals)) {
		/* It is the one that is told of: who takes a stop signal tells
		 * what was left to be told before he begins another. */
		assert(job->nr_running == 0);
		WRITE_ONCE(job->event, WAIT_STATUS_STOP(sig));
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
	race_point(stop_noted, p);
	if (news & TELL_STOPPED)
		tell(p, CLD_STOPPED, sig);
	if (news & TELL_CONTINUED)
		tell(p, CLD_CONTINUED, SIGCONT);
}

void signal_tell_parent_shared(struct proc *p)
{
	struct proc *parent = p->parent;

	/* Process 1 has nobody to tell. */
	if (READ_ONCE(p->signals.job.tell) == 0 || parent == NULL)
		return;
	spin_lock(&parent->lock);
	signal_tell_parent_locked(p);
	spin_unlock(&parent->lock);
}

void signal_tell_parent_now(struct proc *p)
{
	tree_lock_shared();
	signal_tell_parent_shared(p);
	tree_unlock_shared();
}

int signal_take_event(struct proc *p, bool stops, bool continues, bool keep)
{
	struct job *job = &p->signals.job;

	/* Who sets it wakes the waiting parent after that. */
	if (likely(READ_ONCE(job->event) == 0))
		return 0;

	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	int event = job->event;

	if (!(event == WAIT_STATUS_CONTINUE ? continues : stops))
		event = 0;
	if (event != 0 && !keep)
		WRITE_ONCE(job->event, 0);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return event;
}
