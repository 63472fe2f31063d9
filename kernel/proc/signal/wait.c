/*
 * proc/signal/wait.c - sleeping until a signal comes.
 */
#include "proc/signal/signal.h"

#include "lib/errno.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal_internal.h"
#include "sync/block.h"

/* One look; the set it waits for is announced as long as it finds none. */
static bool take_or_announce(struct thread *self, sigset_t set,
			     struct siginfo *info)
{
	struct proc *p = self->proc;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool taken = sigpending_take(&self->pending, set, info) ||
		     sigpending_take(&p->signals.pending, set, info);

	self->waiting_for = taken ? 0 : set;
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return taken;
}

long signal_wait(sigset_t set, uint64_t deadline, struct siginfo *info)
{
	struct thread *self = current_thread();
	long result = 0;

	set &= ~(SIGMASK(SIGKILL) | SIGMASK(SIGSTOP));
	while (result == 0) {
		block_prepare(true);
		if (take_or_announce(self, set, info))
			result = info->si_signo;
		else if (signal_pending_current())
			result = -EINTR;
		else if (!block_schedule_until(deadline))
			result = take_or_announce(self, set, info) ?
					 info->si_signo : -EAGAIN;
	}
	block_cancel();
	WRITE_ONCE(self->waiting_for, 0);
	return result;
}
