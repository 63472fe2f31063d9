/*
 * proc/sched/runq.c - one hart's ready threads, and whose turn is next.
 */
#include "proc/sched/runq_internal.h"

#include "lib/bits.h"
#include "lib/bug.h"
#include "proc/sched/sched.h"

struct runq runqs[MAX_HARTS];

void runq_init(struct runq *rq)
{
	spin_init(&rq->lock, RANK_RUNQ);
	list_init(&rq->ready);
}

static void unlink_locked(struct runq *rq, struct thread *t)
	REQUIRES(rq->lock, C_runq)
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

/*
 * Deficit round robin: a thread that comes to the front gets its slice added
 * to what it has left.  A clock interrupt that comes late lets it overrun;
 * then it lets others pass until the debt is paid, so shares stay right.
 *
 * Source: M. Shreedhar, G. Varghese, "Efficient Fair Queuing Using Deficit
 * Round-Robin", 1996.
 */
static bool earns_turn(struct thread *t)
{
	int64_t slice = (int64_t)sched_slice(t);

	t->credit = min(t->credit + slice, slice);
	return t->credit > 0;
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

struct thread *runq_pop(struct runq *rq, unsigned hart, bool any)
{
	struct thread *t, *taken = NULL;

	if (READ_ONCE(rq->nr_ready) == 0)
		return NULL;

	unsigned long irq = spin_lock_irqsave(&rq->lock);

	list_for_each_entry(t, &rq->ready, run_link) {
		if (!(READ_ONCE(t->affinity.bits) & BIT(hart)))
			continue;
		if (earns_turn(t) || any) {
			taken = t;
			break;
		}
	}
	if (taken != NULL)
		take_locked(rq, taken, hart);
	spin_unlock_irqrestore(&rq->lock, irq);
	return taken;
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
