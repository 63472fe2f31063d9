/*
 * sync/waitq.c - the wait queue.
 *
 * A sleeper stays in the queue, on its own stack, until it has left by
 * itself under the lock; so a waker that walks the queue never meets a waiter
 * that is gone, and waking somebody twice does no harm.  Sleepers who want to
 * be woken one at a time stand behind all others.
 */

#include "sync/waitq.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bug.h"

const struct sleep_kind waitq_sleep = {
	.name = "wait queue",
	.by_poking = true,
};

void waitq_init(struct waitq *q)
{
	spin_init(&q->lock, RANK_WAITQ);
	list_init(&q->sleepers);
}

/* Join @q; its lock is held. */
static void join(struct waitq *q, struct waiter *w)
{
	if (w->queue != NULL)
		return;
	w->queue = q;
	if (w->exclusive)
		list_push_back(&q->sleepers, &w->link);
	else
		list_push_front(&q->sleepers, &w->link);
}

void waitq_prepare(struct waitq *q, struct waiter *w, bool interruptible)
{
	unsigned long irq = spin_lock_irqsave(&q->lock);

	join(q, w);
	if (w->notify == NULL)
		block_prepare(interruptible);
	spin_unlock_irqrestore(&q->lock, irq);
	/*
	 * ORDER waitq-empty, sleeping side; the other is in is_idle().
	 * Store buffering: we join and then test the condition; the waker
	 * makes it true and then looks whether the queue is empty.  With a
	 * full fence on both sides, one of us sees the other.
	 */
	smp_mb();
}

void waitq_watch(struct waitq *q, struct waiter *w)
{
	assert(w->notify != NULL);
	waitq_prepare(q, w, false);
}

void waitq_finish(struct waiter *w)
{
	struct waitq *q = w->queue;
	unsigned long irq;

	if (w->notify == NULL)
		block_cancel();
	if (q == NULL)
		return;
	irq = spin_lock_irqsave(&q->lock);
	list_remove(&w->link);
	w->queue = NULL;
	spin_unlock_irqrestore(&q->lock, irq);
}

/* Nobody waits: the waker of a condition that just became true is done. */
static bool is_idle(struct waitq *q)
{
	/* ORDER waitq-empty, waking side; the other is in waitq_prepare(). */
	smp_mb();
	return READ_ONCE(q->sleepers.next) == &q->sleepers;
}

static bool wake(struct waiter *w)
{
	return w->notify == NULL ? wake_thread(w->thread) : w->notify(w);
}

/* Stop after @nr_exclusive exclusive sleepers that were really asleep. */
static NOINLINE unsigned wake_some(struct waitq *q, unsigned nr_exclusive)
{
	struct waiter *w, *next;
	unsigned woken = 0, exclusive = 0;

	unsigned long irq = spin_lock_irqsave(&q->lock);

	list_for_each_entry_safe(w, next, &q->sleepers, link) {
		if (!wake(w))
			continue;
		woken++;
		exclusive += w->exclusive;
		if (exclusive == nr_exclusive)
			break;
	}
	spin_unlock_irqrestore(&q->lock, irq);
	race_point(waitq_woken, q);
	return woken;
}

void waitq_wake_all(struct waitq *q)
{
	lockorder_might_take(q->lock.rank);
	if (!is_idle(q))
		(void)wake_some(q, UINT32_MAX);
}

unsigned waitq_wake_one(struct waitq *q)
{
	lockorder_might_take(q->lock.rank);
	return is_idle(q) ? 0 : wake_some(q, 1);
}

bool waitq_is_empty(struct waitq *q)
{
	return is_idle(q);
}
