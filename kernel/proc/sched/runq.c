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
	list_init(&rq->resumed);
	list_init(&rq->ready);
}

static void unlink_locked(struct runq *rq, struct thread *t)
	REQUIRES(rq->lock, C_runq)
{
	assert_spin_held(&rq->lock);
	assert(t->rq == rq);
	list_remove(&t->run_link);
	t->rq = NULL;
	WRITE_ONCE(rq->nr_ready, rq->nr_ready - 1);
}

/*
 * The affinity is tested under the lock: sched_set_affinity() stores the new
 * mask and then looks at every queue under its lock, so either it finds @t
 * here or we find the new mask.
 */
static bool append(struct runq *rq, struct thread *t, struct list *to)
{
	unsigned hart = (unsigned)(rq - runqs);
	unsigned long irq = spin_lock_irqsave(&rq->lock);
	bool allowed = READ_ONCE(t->affinity.bits) & BIT(hart);

	if (allowed) {
		assert(t->rq == NULL && t->on_hart == 0);
		WRITE_ONCE(t->state, THREAD_READY);
		WRITE_ONCE(t->hart, hart);
		list_push_back(to, &t->run_link);
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

/*
 * Deficit round robin: a thread that comes to the front gets its slice added
 * to what it has left.  A clock interrupt that comes late lets it overrun;
 * then it lets others pass until the debt is paid, so shares stay right.
 *
 * Who sleeps keeps what is left of its turn.  When it wakes it goes on with
 * that, before all who wait for one, and gets no more until it has waited as
 * they do: so who sleeps much runs soon, and nobody gets more than a turn in
 * each round.
 *
 * Source: M. Shreedhar, G. Varghese, "Efficient Fair Queuing Using Deficit
 * Round-Robin", 1996.
 */
static void earn_turns(struct thread *t, int64_t n)
{
	int64_t slice = (int64_t)sched_slice(t);

	t->credit = min(t->credit + n * slice, slice);
}

static bool earns_turn(struct thread *t)
{
	earn_turns(t, 1);
	return t->credit > 0;
}

/* How many turns @t lets pass until it may run. */
static int64_t turns_owed(const struct thread *t)
{
	return t->credit > 0 ? 0 : -t->credit / (int64_t)sched_slice(t) + 1;
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

static bool may_run_on(const struct thread *t, unsigned hart)
{
	return READ_ONCE(t->affinity.bits) & BIT(hart);
}

static struct thread *next_resumed_locked(struct runq *rq, unsigned hart)
	REQUIRES(rq->lock, C_runq)
{
	struct thread *t;

	list_for_each_entry(t, &rq->resumed, run_link)
		if (may_run_on(t, hart))
			return t;
	return NULL;
}

static struct thread *next_ready_locked(struct runq *rq, unsigned hart,
					bool any) REQUIRES(rq->lock, C_runq)
{
	struct thread *t;

	list_for_each_entry(t, &rq->ready, run_link)
		if (may_run_on(t, hart) && (earns_turn(t) || any))
			return t;
	return NULL;
}

/*
 * Nobody on the queue has a turn, and @runs, who goes on if nobody has, may
 * be in debt as well.  Rounds in which nobody runs take no time: they pass at
 * once, until the first is out of debt.  If each took a turn of @runs, that
 * one would overrun again and again, and be in debt itself for longer than
 * those who wait; and they after him, longer each time.
 */
static struct thread *first_out_of_debt_locked(struct runq *rq, unsigned hart,
					       struct thread *runs)
	REQUIRES(rq->lock, C_runq)
{
	struct thread *t, *first = NULL;

	sched_charge(runs, true, clock_ticks());
	if (earns_turn(runs))
		return NULL;

	int64_t rounds = turns_owed(runs) + 1;

	list_for_each_entry(t, &rq->ready, run_link)
		if (may_run_on(t, hart) && turns_owed(t) < rounds) {
			rounds = turns_owed(t);
			first = t;
		}
	if (first == NULL)
		rounds--;
	list_for_each_entry(t, &rq->ready, run_link)
		earn_turns(t, rounds);
	earn_turns(runs, rounds);
	return first;
}

struct thread *runq_pop(struct runq *rq, unsigned hart, struct thread *runs)
{
	if (READ_ONCE(rq->nr_ready) == 0)
		return NULL;

	unsigned long irq = spin_lock_irqsave(&rq->lock);
	struct thread *taken = next_resumed_locked(rq, hart);

	if (taken == NULL)
		taken = next_ready_locked(rq, hart, runs == NULL);
	if (taken == NULL && runs != NULL)
		taken = first_out_of_debt_locked(rq, hart, runs);
	if (taken != NULL)
		take_locked(rq, taken, hart);
	spin_unlock_irqrestore(&rq->lock, irq);
	return taken;
}

struct thread *runq_first_locked(const struct runq *rq)
{
	const struct list *first = !list_is_empty(&rq->resumed) ?
					   &rq->resumed : &rq->ready;

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
