/*
 * proc/signal/birth.c - signals that come while a child is being made.
 *
 * Whom a signal to many reaches is decided with proc_tree_lock, alone, by the
 * members that there are.  A fork takes long, and its child is no member yet:
 * the signal would reach the parent, which handles it after the fork, and not
 * the child, which is what Ctrl-C or kill(-1) was to end.
 *
 *	begin	what is pending for the parent by now is the parent's alone:
 *		it acts upon that first, and the fork starts over.
 *	tell	who sends to many notes the signal with each birth that its
 *		members have under way.
 *	end	under proc_tree_lock, as the child becomes a member:
 *		it has pending what was noted, and gets the rest itself.
 *
 * Starting over for what comes later too would be simpler; but with a timer
 * that rings faster than a fork takes, there would never be a child.
 */
#include "proc/signal/signal.h"

#include "lib/errno.h"
#include "proc/signal/signal_internal.h"
#include "sync/block.h"

int signal_birth_begin(struct birth *b)
{
	struct proc *p = current_proc();
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	int err = block_interrupted() ? -ERESTARTNOINTR : 0;

	*b = (struct birth){ .seen = 0 };
	list_init(&b->link);
	if (err == 0)
		list_push_back(&p->signals.births, &b->link);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return err;
}

/* A stop and a continue contradict each other: the later one counts. */
static void note(struct birth *b, int sig)
{
	if (SIGMASK(sig) & STOP_SIGNALS)
		b->seen &= ~SIGMASK(SIGCONT);
	if (sig == SIGCONT)
		b->seen &= ~STOP_SIGNALS;
	b->seen |= SIGMASK(sig);
}

void signal_tell_births_locked(struct proc *p, int sig)
{
	struct birth *b;

	assert_spin_held(&p->signals.lock);
	list_for_each_entry(b, &p->signals.births, link)
		note(b, sig);
}

void signal_birth_end(struct birth *b, struct proc *child)
{
	struct proc *p = current_proc();
	struct thread *first;

	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	list_remove(&b->link);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	if (child == NULL || b->seen == 0)
		return;
	/* Without a word on who sent it, as when there is no memory for one. */
	irq = spin_lock_irqsave(&child->signals.lock);
	child->signals.pending.set |= b->seen;
	list_for_each_entry(first, &child->threads, proc_link)
		atomic_fetch_or_relaxed(&first->arch.work, WORK_SIGNAL);
	spin_unlock_irqrestore(&child->signals.lock, irq);
}
