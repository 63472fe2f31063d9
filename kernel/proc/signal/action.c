/*
 * proc/signal/action.c - what a process does with each signal.
 */
#include "proc/signal/signal.h"

#include "lib/string.h"
#include "proc/signal/signal_internal.h"

#define IGNORED_BY_DEFAULT                                            \
	(SIGMASK(SIGCHLD) | SIGMASK(SIGURG) | SIGMASK(SIGWINCH) |     \
	 SIGMASK(SIGCONT))

enum default_action signal_default(int sig)
{
	if (SIGMASK(sig) & IGNORED_BY_DEFAULT)
		return ACTION_IGNORE;
	if (SIGMASK(sig) & STOP_SIGNALS)
		return ACTION_STOP;
	return ACTION_TERMINATE;
}

bool signal_is_ignored(struct proc *p, int sig)
{
	uint64_t handler = p->signals.action[sig - 1].handler;

	return handler == SIG_IGN ||
	       (handler == SIG_DFL && signal_default(sig) == ACTION_IGNORE);
}

bool signal_is_fatal(struct proc *p, int sig)
{
	return p->signals.action[sig - 1].handler == SIG_DFL &&
	       signal_default(sig) == ACTION_TERMINATE &&
	       p != init_proc;
}

/* ---- life ---- */

void signals_init(struct signals *s)
{
	spin_init(&s->lock, RANK_SIGNAL);
	memset(s->action, 0, sizeof(s->action));
	sigpending_init(&s->pending);
	list_init(&s->births);
}

void signals_copy_actions(struct signals *to, struct signals *from)
{
	unsigned long irq = spin_lock_irqsave(&from->lock);

	memcpy(to->action, from->action, sizeof(to->action));
	spin_unlock_irqrestore(&from->lock, irq);
}

/* Handlers were in the memory that is gone; ignoring is kept. */
void signal_reset_for_exec(struct proc *p)
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
