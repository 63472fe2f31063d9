/*
 * proc/signal/pending.c - sets of pending signals.
 */
#include "proc/signal/signal_internal.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "proc/signal/signal.h"

/* @p's own entry, or another. */
static struct sigqueue *entry_for(struct sigpending *p)
{
	if (!list_is_linked(&p->first.link))
		return &p->first;
	return p->nr_queued < MAX_QUEUED_SIGNALS ?
		       kmalloc(sizeof(struct sigqueue)) : NULL;
}

/* One more for the user of @proc, to whom it is sent, as on Linux; or NULL. */
static NOINLINE struct sigqueue *alloc_charged(struct proc *proc,
					       struct sigpending *p)
{
	uint64_t limit = READ_ONCE(proc->rlimits[RLIMIT_SIGPENDING][0]);
	struct user *payer = user_charge(proc->signals.payer, USER_SIGNALS, 1,
					 limit);
	struct sigqueue *q = payer == NULL ? NULL : entry_for(p);

	if (q != NULL)
		q->payer = payer;
	else if (payer != NULL)
		user_uncharge(payer, USER_SIGNALS, 1);
	return q;
}

/* Standard signals are not held back, so they are not counted: there is one of
 * each number at most. */
static struct sigqueue *alloc(struct proc *proc, struct sigpending *p, int sig)
{
	struct sigqueue *q;

	if (sig >= SIGRTMIN)
		return alloc_charged(proc, p);
	q = entry_for(p);
	if (q != NULL)
		q->payer = NULL;
	return q;
}

static NOINLINE void free_queued(struct sigpending *p, struct sigqueue *q)
{
	if (q->payer != NULL)
		user_uncharge(q->payer, USER_SIGNALS, 1);
	if (q != &p->first)
		kfree(q);
}

static inline void drop(struct sigpending *p, struct sigqueue *q)
{
	if (unlikely(q->source != NULL)) {
		q->source->queued = NULL;
		q->source->overrun = q->info.overrun;
	}
	list_remove(&q->link);
	p->nr_queued--;
	if (unlikely(q->payer != NULL || q != &p->first))
		free_queued(p, q);
}

/* Forget all of @mask. */
void sigpending_remove(struct sigpending *p, sigset_t mask)
{
	struct sigqueue *q, *next;

	WRITE_ONCE(p->set, p->set & ~mask);
	list_for_each_entry_safe(q, next, &p->queue, link)
		if (SIGMASK(q->info.si_signo) & mask)
			drop(p, q);
}

void sigpending_flush(struct sigpending *p)
{
	sigpending_remove(p, ~0UL);
}

/*
 * A standard signal is pending once or not at all; real-time ones queue.
 * Without memory a standard signal still arrives, with less to tell.
 */
int sigpending_add(struct proc *proc, struct sigpending *p,
		   const struct siginfo *info)
{
	int sig = info->si_signo;
	struct sigqueue *q;

	if (sig < SIGRTMIN && (p->set & SIGMASK(sig)))
		return 0;
	q = alloc(proc, p, sig);
	if (q != NULL) {
		q->source = NULL;
		q->info = *info;
		list_push_back(&p->queue, &q->link);
		p->nr_queued++;
	} else if (sig >= SIGRTMIN && info->si_code != SI_USER) {
		return -EAGAIN;
	}
	WRITE_ONCE(p->set, p->set | SIGMASK(sig));
	return 0;
}

bool sigpending_take(struct sigpending *p, sigset_t wanted,
		     struct siginfo *info)
{
	sigset_t ready = p->set & wanted;
	struct sigqueue *q, *found = NULL;
	bool more = false;

	if (ready == 0)
		return false;
	/* Faults first: their frame must be the innermost. */
	if (ready & SYNCHRONOUS_SIGNALS)
		ready &= SYNCHRONOUS_SIGNALS;

	int sig = (int)ctz64(ready) + 1;

	list_for_each_entry(q, &p->queue, link) {
		if (q->info.si_signo != sig)
			continue;
		if (found != NULL)
			more = true;
		else
			found = q;
	}
	if (!more)
		WRITE_ONCE(p->set, p->set & ~SIGMASK(sig));
	if (found == NULL) {
		*info = (struct siginfo){ .si_signo = sig, .si_code = SI_USER };
		return true;
	}
	*info = found->info;
	drop(p, found);
	return true;
}

void signal_discard_locked(struct proc *p, sigset_t mask)
{
	struct thread *t;

	sigpending_remove(&p->signals.pending, mask);
	list_for_each_entry(t, &p->threads, proc_link)
		sigpending_remove(&t->pending, mask);
}
