/*
 * proc/sched/rt.c - see rt.h and rt_internal.h.
 *
 * A priority that changes while its thread comes to a queue: whoever changes
 * it stores it first and searches every queue under its lock then; who queues
 * a thread reads it under that lock.  So either the thread is found, and is
 * queued anew, or it is queued by the new one.
 *
 * Real-time threads could keep all others from a hart.  What they run there is
 * counted in periods; when it is used up, and somebody who shares is ready,
 * he runs until the period is over.  Where nobody is they go on.
 */
#include "proc/sched/rt_internal.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "lib/bits.h"
#include "proc/sched/account_internal.h"
#include "proc/sched/place_internal.h"
#include "proc/sched/rt.h"
#include "proc/sched/sched.h"
#include "sync/block.h"

uint32_t sched_rr_slice_ms = RR_SLICE_MS;
uint32_t sched_rt_period_us = 1000000;
int32_t sched_rt_runtime_us = 950000;
uint32_t rt_nr_waiting;

static uint64_t us_to_ticks(uint64_t us)
{
	return us * (ticks_per_second / 1000000);
}

/* ---- the queue ---- */

static void set_top(struct runq *rq) REQUIRES(rq->lock, C_runq)
{
	unsigned top = 0;

	for (unsigned w = 0; w < ARRAY_SIZE(rq->rt.used); w++)
		for (uint64_t bits = rq->rt.used[w]; bits != 0; bits &= bits - 1)
			top = w * 64 + (unsigned)ctz64(bits);
	WRITE_ONCE(rq->rt_top, (uint8_t)top);
}

struct list *rt_place_locked(struct runq *rq, struct thread *t,
			     unsigned priority, struct list *to)
{
	struct list *list = &rq->rt.of[priority];

	t->rt_queued = (uint8_t)priority;
	atomic_fetch_add_relaxed(&rt_nr_waiting, 1);
	rq->rt.used[priority / 64] |= BIT(priority % 64);
	if (rq->rt_top < priority)
		WRITE_ONCE(rq->rt_top, (uint8_t)priority);
	return to == &rq->resumed ? list->next : list;
}

void rt_left_locked(struct runq *rq, struct thread *t)
{
	unsigned priority = t->rt_queued;

	t->rt_queued = 0;
	atomic_fetch_add_relaxed(&rt_nr_waiting, -1U);
	if (!list_is_empty(&rq->rt.of[priority]))
		return;
	rq->rt.used[priority / 64] &= ~BIT(priority % 64);
	set_top(rq);
}

/* The first that may run on @hart, of priority @least or higher. */
static struct thread *first_locked(struct runq *rq, unsigned hart, unsigned least)
	REQUIRES(rq->lock, C_runq)
{
	struct thread *t;

	for (unsigned p = rq->rt_top; p >= max(least, 1U); p--)
		list_for_each_entry(t, &rq->rt.of[p], run_link)
			if (READ_ONCE(t->affinity.bits) & BIT(hart))
				return t;
	return NULL;
}

/* ---- how much ---- */

/* This hart's have had their part of this period. */
static bool is_used_up(struct runq *rq)
{
	int32_t runtime = READ_ONCE(sched_rt_runtime_us);
	uint64_t now = clock_ticks();

	if (now - rq->rt_since >= us_to_ticks(READ_ONCE(sched_rt_period_us))) {
		rq->rt_since = now;
		rq->rt_ran = 0;
	}
	return runtime >= 0 && rq->rt_ran >= us_to_ticks((uint64_t)runtime);
}

/* Somebody who shares is ready at @rq, this hart's, and it is his time. */
static bool others_are_due(struct runq *rq) REQUIRES(rq->lock, C_runq)
{
	return (!list_is_empty(&rq->ready) || !list_is_empty(&rq->resumed)) &&
	       is_used_up(this_runq());
}

/* ---- who is next ---- */

/* @runs makes room for its equals, too. */
static bool has_had_its_time(const struct thread *runs)
{
	return runs->ends_turn || (READ_ONCE(runs->policy) == SCHED_RR &&
				   READ_ONCE(runs->credit) <= 0);
}

static unsigned least_before(const struct thread *runs)
{
	unsigned priority = runs == NULL ? 0 : rt_priority_of(runs);

	if (priority == 0)
		return 1;
	return priority + !has_had_its_time(runs);
}

struct thread *rt_next_locked(struct runq *rq, unsigned hart,
			      struct thread *runs)
{
	if (rq->rt_top == 0 || others_are_due(rq))
		return NULL;
	return first_locked(rq, hart, least_before(runs));
}

bool rt_goes_on_locked(const struct runq *rq, const struct thread *runs)
{
	return runs != NULL && rt_priority_of(runs) != 0 &&
	       !others_are_due((struct runq *)rq);
}

/* ---- among harts ---- */

bool rt_is_to_leave(void)
{
	struct runq *rq = this_runq();

	rt_publish(rq, current_thread());
	return READ_ONCE(rq->rt_top) > rq->rt_runs;
}

static unsigned beaten(const struct runq *rq, const struct thread *runs)
{
	unsigned own = runs == NULL ? 0 : rt_priority_of(runs);

	return max(own, (unsigned)READ_ONCE(rq->rt_top));
}

/* If others were faster we may get one who shares: no harm is done. */
struct thread *rt_pull_waiting(struct runq *rq, struct thread *runs)
{
	unsigned best = beaten(rq, runs), from = nr_harts;

	for_each_present_hart(hart)
		if (unlikely(READ_ONCE(runqs[hart].rt_top) > best)) {
			best = READ_ONCE(runqs[hart].rt_top);
			from = hart;
		}
	if (likely(from == nr_harts) || is_used_up(rq))
		return NULL;
	return runq_pop(&runqs[from], hart_id(), runs);
}

bool rt_waits_elsewhere(const struct thread *runs)
{
	unsigned best = rt_priority_of(runs);

	if (likely(!rt_any_waits()))
		return false;
	for_each_present_hart(hart)
		if (READ_ONCE(runqs[hart].rt_top) > best)
			return true;
	return false;
}

unsigned rt_choose(uint64_t allowed, unsigned priority, unsigned otherwise)
{
	unsigned chosen = otherwise, lowest = priority;

	if ((allowed & BIT(otherwise)) &&
	    READ_ONCE(runqs[otherwise].rt_runs) == 0)
		return otherwise;
	for (; allowed != 0; allowed &= allowed - 1) {
		unsigned hart = (unsigned)ctz64(allowed);
		unsigned runs = READ_ONCE(runqs[hart].rt_runs);

		if (runs < lowest) {
			lowest = runs;
			chosen = hart;
		}
	}
	return chosen;
}

/* ---- changing it ---- */

/* Its priority is another: queue it anew, or have its hart look. */
static void place_anew(struct thread *t)
{
	for_each_present_hart(hart)
		if (runq_remove(&runqs[hart], t)) {
			sched_place(t);
			return;
		}
	if (t == current_thread())
		sched_preempt();
	else if (READ_ONCE(t->state) == THREAD_RUNNING)
		ipi_send(READ_ONCE(t->hart), IPI_RESCHED);
}

void sched_set_policy(struct thread *t, unsigned policy, unsigned priority)
{
	unsigned before = rt_priority_of(t);

	WRITE_ONCE(t->policy, (uint8_t)policy);
	WRITE_ONCE(t->rt_priority, (uint8_t)priority);
	sched_set_slice(t);
	if (rt_priority_of(t) != before && t->state != THREAD_NEW)
		place_anew(t);
}

void sched_lend_priority(struct thread *t, unsigned priority)
{
	unsigned before = rt_priority_of(t);

	WRITE_ONCE(t->rt_lent, (uint8_t)priority);
	if (rt_priority_of(t) != before)
		place_anew(t);
}

void sched_inherit_policy(struct thread *child)
{
	const struct thread *self = current_thread();

	child->nice = self->nice;
	child->policy = READ_ONCE(self->policy);
	child->rt_priority = READ_ONCE(self->rt_priority);
	if (READ_ONCE(self->resets_on_fork)) {
		child->nice = max(child->nice, 0);
		if (child->rt_priority != 0) {
			child->policy = SCHED_OTHER;
			child->rt_priority = 0;
			child->nice = 0;
		}
	}
	sched_set_slice(child);
}
