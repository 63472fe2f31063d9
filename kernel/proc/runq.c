#include "proc/runq_internal.h"

#include "lib/bug.h"

struct runq runqs[MAX_HARTS];

void runq_init(struct runq *rq)
{
	spin_init(&rq->lock, RANK_RUNQ);
	list_init(&rq->ready);
}

static void unlink_locked(struct runq *rq, struct thread *t)
	REQUIRES(rq->lock)
{
	assert_spin_held(&rq->lock);
	assert(t->rq == rq);
	list_remove(&t->run_link);
	t->rq = NULL;
	rq->nr_ready--;
}

/*
 * The affinity is tested under the lock: sched_set_affinity() stores the new
 * mask and then looks at every queue under its lock, so either it finds @t
 * here or we find the new mask.
 */
bool runq_push(struct runq *rq, struct thread *t)
{
	unsigned hart = (unsigned)(rq - runqs);
	unsigned long irq = spin_lock_irqsave(&rq->lock);
	bool allowed = READ_ONCE(t->affinity.bits) & BIT(hart);

	if (allowed) {
		assert(t->rq == NULL && t->on_hart == 0);
		WRITE_ONCE(t->state, THREAD_READY);
		WRITE_ONCE(t->hart, hart);
		list_push_back(&rq->ready, &t->run_link);
		t->rq = rq;
		rq->nr_ready++;
	}
	spin_unlock_irqrestore(&rq->lock, irq);
	return allowed;
}

struct thread *runq_pop(struct runq *rq, unsigned hart)
{
	struct thread *t;

	if (READ_ONCE(rq->nr_ready) == 0)
		return NULL;

	unsigned long irq = spin_lock_irqsave(&rq->lock);

	list_for_each_entry(t, &rq->ready, run_link) {
		if (!(READ_ONCE(t->affinity.bits) & BIT(hart)))
			continue;
		unlink_locked(rq, t);
		assert(t->on_hart == 0);
		WRITE_ONCE(t->state, THREAD_RUNNING);
		WRITE_ONCE(t->hart, hart);
		WRITE_ONCE(t->on_hart, 1);
		spin_unlock_irqrestore(&rq->lock, irq);
		return t;
	}
	spin_unlock_irqrestore(&rq->lock, irq);
	return NULL;
}

bool runq_remove(struct runq *rq, struct thread *t)
{
	unsigned long irq = spin_lock_irqsave(&rq->lock);
	bool here = t->rq == rq;

	if (here)
		unlink_locked(rq, t);
	spin_unlock_irqrestore(&rq->lock, irq);
	return here;
}
