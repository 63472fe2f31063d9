/*
 * proc/signal/pending.c - sets of pending signals.
 */
#include "proc/signal/signal_internal.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "proc/signal/signal.h"

#define NO_OPS NULL

/* ---- the tree ---- */

static struct sigqueue *entry_of(struct avl_node *node)
{
	return avl_entry(node, struct sigqueue, node);
}

/* Behind all of its number, and of lower ones. */
static void insert(struct sigpending *p, struct sigqueue *q)
{
	struct avl_node *parent = NULL, **link = &p->queue.node;

	while (*link != NULL) {
		parent = *link;
		link = q->info.si_signo < entry_of(parent)->info.si_signo ?
			       &parent->left : &parent->right;
	}
	avl_insert(&p->queue, parent, link, &q->node, NULL, NO_OPS);
	p->nr_queued++;
}

/* The oldest of @sig, or NULL. */
static struct sigqueue *first_of(const struct sigpending *p, int sig)
{
	struct avl_node *node = p->queue.node;
	struct sigqueue *best = NULL;

	while (node != NULL) {
		struct sigqueue *q = entry_of(node);

		if (q->info.si_signo == sig)
			best = q;
		node = q->info.si_signo < sig ? node->right : node->left;
	}
	return best;
}

struct sigqueue *sigpending_newest(const struct sigpending *p, int sig)
{
	struct avl_node *node = p->queue.node;
	struct sigqueue *best = NULL;

	while (node != NULL) {
		struct sigqueue *q = entry_of(node);

		if (q->info.si_signo == sig)
			best = q;
		node = q->info.si_signo <= sig ? node->right : node->left;
	}
	return best;
}

long signal_peek_locked(const struct sigpending *p, uint64_t nr,
			struct siginfo *info)
{
	struct avl_node *node = nr < p->nr_queued ? avl_first(&p->queue) : NULL;

	for (; node != NULL && nr > 0; nr--)
		node = avl_next(node);
	if (node == NULL)
		return 0;
	*info = entry_of(node)->info;
	return 1;
}

/* ---- entries ---- */

/* @p's own entry, or another. */
static struct sigqueue *entry_for(struct sigpending *p)
{
	if (p->first.node.height == 0)
		return &p->first;
	return p->nr_queued < MAX_QUEUED_SIGNALS ?
		       kmalloc(sizeof(struct sigqueue)) : NULL;
}

/* One more for the user of @proc, to whom it is sent, as on Linux; or NULL. */
static NOINLINE struct sigqueue *alloc_charged(struct proc *proc,
					       struct sigpending *p)
	REQUIRES(C_signals)
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
	REQUIRES(C_signals)
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
	avl_remove(&p->queue, &q->node, NO_OPS);
	p->nr_queued--;
	if (unlikely(q->payer != NULL || q != &p->first))
		free_queued(p, q);
}

static void remove_all_of(struct sigpending *p, int sig)
{
	struct sigqueue *q;

	while ((q = first_of(p, sig)) != NULL)
		drop(p, q);
}

/* Forget all of @mask. */
void sigpending_remove(struct sigpending *p, sigset_t mask)
{
	sigset_t gone = p->set & mask;

	WRITE_ONCE(p->set, p->set & ~mask);
	for (; gone != 0; gone &= gone - 1)
		remove_all_of(p, (int)ctz64(gone) + 1);
}

static void remove_all_from_timers(struct sigpending *p)
{
	struct avl_node *node = avl_first(&p->queue), *next;

	for (; node != NULL; node = next) {
		struct sigqueue *q = entry_of(node);
		int sig = q->info.si_signo;

		next = avl_next(node);
		if (q->info.si_code != SI_TIMER)
			continue;
		drop(p, q);
		if (first_of(p, sig) == NULL)
			WRITE_ONCE(p->set, p->set & ~SIGMASK(sig));
	}
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
		insert(p, q);
	} else if (sig >= SIGRTMIN && info->si_code != SI_USER) {
		return -EAGAIN;
	}
	WRITE_ONCE(p->set, p->set | SIGMASK(sig));
	return 0;
}

/* The one to take: faults first, for their frame must be the innermost, and of
 * those the lowest number.  @ready is not empty. */
static int choose(sigset_t ready)
{
	if (ready & SYNCHRONOUS_SIGNALS)
		ready &= SYNCHRONOUS_SIGNALS;
	return (int)ctz64(ready) + 1;
}

/* Another of its number is waiting behind @q. */
static bool has_more(const struct sigqueue *q)
{
	struct avl_node *next = avl_next(&q->node);

	return next != NULL &&
	       entry_of(next)->info.si_signo == q->info.si_signo;
}

bool sigpending_take(struct sigpending *p, sigset_t wanted,
		     struct siginfo *info)
{
	sigset_t ready = p->set & wanted;

	if (ready == 0)
		return false;

	int sig = choose(ready);
	struct sigqueue *q = first_of(p, sig);

	if (q == NULL || !has_more(q))
		WRITE_ONCE(p->set, p->set & ~SIGMASK(sig));
	if (q == NULL) {
		*info = (struct siginfo){ .si_signo = sig, .si_code = SI_USER };
		return true;
	}
	*info = q->info;
	drop(p, q);
	return true;
}

void signal_discard_locked(struct proc *p, sigset_t mask)
{
	struct thread *t;

	sigpending_remove(&p->signals.pending, mask);
	list_for_each_entry(t, &p->threads, proc_link)
		sigpending_remove(&t->pending, mask);
}

void signal_discard_from_timers(struct proc *p)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	struct thread *t;

	remove_all_from_timers(&p->signals.pending);
	list_for_each_entry(t, &p->threads, proc_link)
		remove_all_from_timers(&t->pending);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}
