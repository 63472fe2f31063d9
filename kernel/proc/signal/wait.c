/*
 * proc/signal/wait.c - sleeping until a signal comes: sigtimedwait(), which
 * takes it, and sigsuspend(), which lets its handler run.
 *
 * Either call makes its thread a taker of signals that it blocks otherwise,
 * for a time; the sender does not know how long.  So the end of the call is a
 * withdrawal, whatever ended it: in one stretch under the lock the thread
 * looks a last time, ceases to be a taker, and hands on what is left.
 */
#include "proc/signal/signal.h"

#include "debug/race.h"
#include "lib/errno.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal_internal.h"
#include "sync/block.h"

static const struct sleep_kind signal_sleep = {
	.name = "signal",
	.awaits = "one, or its timer",
};

/* ---- sigtimedwait ---- */

/* From here on @self is a taker of @set, also of what it blocks; one look at
 * what had come before. */
static bool begin_wait(struct thread *self, sigset_t set, struct siginfo *info)
{
	struct signals *s = &self->proc->signals;
	unsigned long irq = spin_lock_irqsave(&s->lock);
	bool taken = signal_take_locked(self, s, set, info);

	self->waiting_for = set;
	spin_unlock_irqrestore(&s->lock, irq);
	race_point(signal_looked, self);
	return taken;
}

/*
 * @self may have been chosen since its last look.  When it has @taken one
 * there may be more: a second signal of @set, or the same one queued twice.
 */
static bool end_wait(struct thread *self, bool taken, struct siginfo *info)
{
	struct proc *p = self->proc;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	sigset_t set = self->waiting_for;

	if (!taken)
		taken = signal_take_locked(self, &p->signals, set, info);
	self->waiting_for = 0;
	signal_hand_on_locked(p, set & self->blocked);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return taken;
}

bool signal_take(sigset_t set, struct siginfo *info)
{
	struct thread *self = current_thread();
	struct signals *s = &self->proc->signals;
	unsigned long irq = spin_lock_irqsave(&s->lock);
	bool taken = signal_take_locked(self, s, set & ~UNBLOCKABLE_SIGNALS,
					info);

	spin_unlock_irqrestore(&s->lock, irq);
	return taken;
}

long signal_wait(sigset_t set, uint64_t deadline, struct siginfo *info)
{
	struct thread *self = current_thread();
	bool taken, in_time = true;

	set &= ~UNBLOCKABLE_SIGNALS;
	do {
		block_prepare(true);
		taken = begin_wait(self, set, info);
		if (taken || block_interrupted())
			break;
		watchdog_sleeps(&signal_sleep, NULL, NULL, __func__);
		in_time = block_schedule_until(deadline);
	} while (in_time);
	block_cancel();
	race_point(signal_wait_over, self);
	if (end_wait(self, taken, info))
		return info->si_signo;
	return in_time ? -EINTR : -EAGAIN;
}

/* ---- masks for the length of a call ---- */

void signal_mask_for_call(sigset_t mask)
{
	struct thread *self = current_thread();

	self->saved_blocked = self->blocked;
	signal_set_blocked(mask);
}

void signal_mask_call_over(bool interrupted)
{
	struct thread *self = current_thread();

	if (interrupted)
		self->restore_blocked = true;
	else
		signal_set_blocked(self->saved_blocked);
}

void signal_suspend(sigset_t mask)
{
	signal_mask_for_call(mask);
	while (!block_interrupted()) {
		race_point(signal_looked, current_thread());
		block_prepare(true);
		if (block_interrupted())
			break;
		watchdog_sleeps(&signal_sleep, NULL, NULL, __func__);
		block_schedule();
	}
	block_cancel();
	signal_mask_call_over(true);
}
