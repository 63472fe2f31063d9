/*
 * proc/signal/parent.c - telling the parent what became of its child.
 */
#include "proc/signal/signal.h"

#include "proc/signal/signal_internal.h"

static void fill_child_info(struct siginfo *info, const struct proc *p,
			    int sig, int code, int status)
{
	*info = (struct siginfo){ .si_signo = sig, .si_code = code };
	info->pid = p->pid;
	info->uid = p->cred.uid;
	info->status = status;
	info->utime = (long)ticks_to_clock(p->dead_threads.user_ticks);
	info->stime = (long)ticks_to_clock(p->dead_threads.system_ticks);
}

bool signal_notify_exit(struct proc *p)
{
	struct proc *parent = p->parent;
	int sig = p->exit_signal;
	int died_of = p->exit_status & 0x7f;
	struct siginfo info;
	bool unwanted;

	if (sig == 0)
		return false;
	fill_child_info(&info, p, sig, died_of ? CLD_KILLED : CLD_EXITED,
			died_of ? died_of : p->exit_status >> 8 & 0xff);

	unsigned long irq = spin_lock_irqsave(&parent->signals.lock);
	const struct sigaction *action = &parent->signals.action[sig - 1];

	unwanted = sig == SIGCHLD && (action->handler == SIG_IGN ||
				      (action->flags & SA_NOCLDWAIT));
	if (action->handler != SIG_IGN)
		signal_send_locked(parent, NULL, &info);
	spin_unlock_irqrestore(&parent->signals.lock, irq);
	return unwanted;
}

void signal_notify_stop(struct proc *p, int event)
{
	struct proc *parent = p->parent;
	bool continued = event == WAIT_STATUS_CONTINUE;
	struct siginfo info;

	if (parent == NULL)
		return;
	p->stop_event = event;
	fill_child_info(&info, p, SIGCHLD,
			continued ? CLD_CONTINUED : CLD_STOPPED,
			continued ? SIGCONT : event >> 8 & 0xff);

	unsigned long irq = spin_lock_irqsave(&parent->signals.lock);
	const struct sigaction *action = &parent->signals.action[SIGCHLD - 1];

	if (action->handler != SIG_IGN && !(action->flags & SA_NOCLDSTOP))
		signal_send_locked(parent, NULL, &info);
	spin_unlock_irqrestore(&parent->signals.lock, irq);
	waitq_wake_all(&parent->child_wait);
}
