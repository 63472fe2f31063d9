/*
 * proc/sched/runq.c - one hart's ready threads.
 */
#include "proc/sched/runq_internal.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "proc/sched/rt_internal.h"
#include "proc/sched/sched.h"

struct runq runqs[MAX_HARTS];

void runq_init(struct runq *rq)
{
	spin_init(&rq->lock, RANK_RUNQ);
	rq->hart = (unsigned)(rq - runqs);
	harts[rq->hart].runq = rq;
	list_init(&rq->resumed);
	list_init(&rq->ready);
	for (unsigned p = 0; p < ARRAY_SIZE(rq->rt.of); p++)
		list_init(&rq->rt.of[p]);
}

static ALWAYS_INLINE void unlink_locked(struct runq *rq, struct thread *t)
	REQUIRES(rq->lock, C_runq)
{
	assert_spin_held(&rq->lock);
	assert(t->rq == rq);
	list_remove(&t->run_link);
	rt_unlinked_locked(rq, t);
	t->rq = NULL;
	WRITE_ONCE(rq->nr_ready, rq->nr_ready - 1);
}

/*
 * The affinity is tested under the lock: sched_set_affinity() stores the new
 * mask and then looks at every queue under its lock, so either it finds @t
 * here or we find the new mask.  A queue is closed under its lock, and emptied
 * after that: so nobody is left on one.
 */
static bool append(struct runq *rq, struct thread *t, struct list *to)
{
	unsigned long irq = spin_lock_irqsave(&rq->lock);
	bool allowed = (READ_ONCE(t->affinity.bits) & BIT(rq->hart)) &&
		       !rq->is_closed;

	if (allowed) {
		assert(t->rq == NULL && t->on_hart == 0);
		WRITE_ONCE(t->state, THREAD_READY);
		WRITE_ONCE(t->hart, rq->hart);
		list_push_back(rt_place_in_locked(rq, t, to), &t->run_link);
		t->rq = rq;
		WRITE_ONCE(rq->nr_ready, rq->nr_ready + 1);
	}
	spin_unlock_irqrestore(&rq->lock, irq);
	return allowed;
}

bool runq_push(struct runq *rq, struct thread *t)
{
	return append(rq, t, &rq->ready);
}

bool runq_resume(struct runq *rq, struct thread *t)
{
	return append(rq, t, &rq->resumed);
}

static void take_locked(struct runq *rq, struct thread *t, unsigned hart)
	REQUIRES(rq->lock, C_runq)
{
	unlink_locked(rq, t);
	assert(t->on_hart == 0);
	WRITE_ONCE(t->state, THREAD_RUNNING);
	WRITE_ONCE(t->hart, hart);
	WRITE_ONCE(t->on_hart, 1);
}

struct thread *runq_pop(struct runq *rq, unsigned hart, struct thread *runs)
{
	if (READ_ONCE(rq->nr_ready) == 0)
		return NULL;

	unsigned long irq = spin_lock_irqsave(&rq->lock);
	struct thread *taken = turn_next_locked(rq, hart, runs);

	if (taken != NULL)
		take_locked(rq, taken, hart);
	spin_unlock_irqrestore(&rq->lock, irq);
	return taken;
}

struct thread *runq_first_locked(const struct runq *rq)
{
	const struct list *first = !list_is_empty(&rq->resumed) ?
					   &rq->resumed : &rq->ready;

	if (unlikely(rq->rt_top != 0))
		first = &rq->rt.of[rq->rt_top];
	return list_is_empty(first) ? NULL :
	       list_entry(list_first(first), struct thread, run_link);
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

void runq_close(struct runq *rq, bool close)
{
	unsigned long irq = spin_lock_irqsave(&rq->lock);

	/*
	 * ORDER hart-closed, closing side; the other is sched_leave_hart().
	 * The hart that leaves has those who stay from active_harts.
	 */
	store_release(&rq->is_closed, close);
	spin_unlock_irqrestore(&rq->lock, irq);
}

struct thread *runq_take_any(struct runq *rq)
{
	unsigned long irq = spin_lock_irqsave(&rq->lock);
	struct thread *first = runq_first_locked(rq);

	if (first != NULL)
		unlink_locked(rq, first);
	spin_unlock_irqrestore(&rq->lock, irq);
	return first;
}
