#pragma once

/*
 * proc/sched/rt_internal.h - threads with a real-time priority on the queues.
 *
 * Each hart's queue has a list for each priority, and runs the first of the
 * highest before any that shares.  One that is preempted stays first of its
 * priority; one that was woken, yields, or (SCHED_RR) has had its time goes to
 * the end.  Where a hart would run somebody lower than a thread that waits at
 * another it takes that one; who is woken, or preempted, goes where the lowest
 * runs.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "lib/bits.h"
#include "proc/sched/rt.h"
#include "proc/sched/runq_internal.h"

/*
 * (a) Real-time threads on the queues of all harts: where there is none nobody
 * has to look at every hart's.  Counted before a thread can be found, under the
 * lock of its queue; who reads an old 0 looks again when he is asked to make
 * room (place_rt()), which comes after that lock.
 */
extern uint32_t rt_nr_waiting;

#define RT_LOOK_MS 10UL

static inline bool rt_any_waits(void)
{
	return READ_ONCE(rt_nr_waiting) != 0;
}

/* Where append() puts @t, which was to go to @to: before what is returned.
 * rq->resumed stands for the front. */
struct list *rt_place_locked(struct runq *rq, struct thread *t,
			     unsigned priority, struct list *to)
	REQUIRES(rq->lock, C_runq);

static inline struct list *rt_place_in_locked(struct runq *rq, struct thread *t,
					      struct list *to)
	REQUIRES(rq->lock, C_runq)
{
	unsigned priority = rt_priority_of(t);

	return likely(priority == 0) ? to :
				       rt_place_locked(rq, t, priority, to);
}

/* @t is no longer in its list. */
void rt_left_locked(struct runq *rq, struct thread *t)
	REQUIRES(rq->lock, C_runq);

static inline void rt_unlinked_locked(struct runq *rq, struct thread *t)
	REQUIRES(rq->lock, C_runq)
{
	if (unlikely(t->rt_queued != 0))
		rt_left_locked(rq, t);
}

/* The next for hart @hart, on whose queue or not, before @runs; NULL: @runs
 * (if any) or somebody who shares. */
struct thread *rt_next_locked(struct runq *rq, unsigned hart,
			      struct thread *runs) REQUIRES(rq->lock, C_runq);
/* @runs goes on before all that share. */
bool rt_goes_on_locked(const struct runq *rq, const struct thread *runs)
	REQUIRES(rq->lock, C_runq);

/* A thread of another hart's queue that is higher than any of this one's, and
 * than @runs (NULL: nobody): it is taken.  Interrupts off. */
struct thread *rt_pull_waiting(struct runq *rq, struct thread *runs);

static inline struct thread *rt_pull(struct runq *rq, struct thread *runs)
{
	return likely(!rt_any_waits()) ? NULL : rt_pull_waiting(rq, runs);
}

/* One waits elsewhere that could be pulled. */
bool rt_waits_elsewhere(const struct thread *runs);
/* Who runs here from now on. */
static inline void rt_publish(struct runq *rq, const struct thread *runs)
{
	WRITE_ONCE(rq->rt_runs, (uint8_t)rt_priority_of(runs));
}

/* Of those in @allowed the hart that runs the lowest thread, if that is lower
 * than @priority; else @otherwise. */
unsigned rt_choose(uint64_t allowed, unsigned priority, unsigned otherwise);
/* Somebody with a higher priority than the running thread waits here. */
bool rt_is_to_leave(void);

/* Its hart, interrupts off: the running thread @t ran so long. */
static inline void rt_charge(const struct thread *t, uint64_t ran)
{
	if (unlikely(rt_priority_of(t) != 0))
		this_runq()->rt_ran += ran;
}

/* How long the next turn of @t, with so much left of it, may last before
 * somebody looks again. */
static inline uint64_t rt_turn(const struct thread *t, uint64_t left)
{
	if (likely(rt_priority_of(t) == 0))
		return left;
	return min(left, ticks_per_second / 1000 * RT_LOOK_MS);
}
