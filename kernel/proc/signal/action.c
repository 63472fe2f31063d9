/*
 * proc/signal/action.c - what a process does with each signal.
 */
#include "proc/signal/signal.h"

#include "lib/string.h"
#include "proc/signal/signal_internal.h"

#define IGNORED_BY_DEFAULT                                            \
	(SIGMASK(SIGCHLD) | SIGMASK(SIGURG) | SIGMASK(SIGWINCH) |     \
	 SIGMASK(SIGCONT))

#define CORE_SIGNALS                                                   \
	(SYNCHRONOUS_SIGNALS | SIGMASK(SIGQUIT) | SIGMASK(SIGABRT) |   \
	 SIGMASK(SIGXCPU) | SIGMASK(SIGXFSZ) | SIGMASK(SIGSYS))

enum default_action signal_default(int sig)
{
	if (SIGMASK(sig) & IGNORED_BY_DEFAULT)
		return ACTION_IGNORE;
	if (SIGMASK(sig) & STOP_SIGNALS)
		return ACTION_STOP;
	if (SIGMASK(sig) & CORE_SIGNALS)
		return ACTION_CORE;
	return ACTION_TERMINATE;
}

/* ---- life ---- */

/* The checker sees no access to a whole array: here it is asked for the lock. */
static const struct sigaction *actions_of(const struct signals *s)
	REQUIRES(C_signals)
{
	return s->action;
}

static void copy_actions(struct signals *to, struct signals *from)
{
	unsigned long irq = spin_lock_irqsave(&from->lock);

	memcpy(to->action, actions_of(from), sizeof(to->action));
	spin_unlock_irqrestore(&from->lock, irq);
}

void signals_init(struct signals *s, struct signals *from)
{
	spin_init(&s->lock, RANK_SIGNAL);
	if (from != NULL)
		copy_actions(s, from);
	else
		memset(s->action, 0, sizeof(s->action));
	sigpending_init(&s->pending);
	list_init(&s->births);
}

/* Handlers were in the memory that is gone; ignoring is kept. */
void signal_reset_handlers(struct proc *p)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	for (int i = 0; i < NSIG; i++) {
		struct sigaction *action = &p->signals.action[i];

		if (action->handler != SIG_IGN)
			action->handler = SIG_DFL;
		action->flags = 0;
		action->mask = 0;
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

int signal_set_action(int sig, const struct sigaction *new,
		      struct sigaction *old)
{
	struct proc *p = current_proc();
	struct sigaction *action = &p->signals.action[sig - 1];
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	*old = *action;
	if (new != NULL) {
		*action = *new;
		action->mask &= ~UNBLOCKABLE_SIGNALS;
		if (signal_is_ignored(p, sig))
			signal_discard_locked(p, SIGMASK(sig));
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return 0;
}
