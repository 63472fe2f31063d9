/*
 * proc/sched/turn.c - whose turn is next on a hart.
 */
#include "lib/bits.h"
#include "proc/sched/rt.h"
#include "proc/sched/rt_internal.h"
#include "proc/sched/sched.h"
#include "proc/time/timer.h"

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

	WRITE_ONCE(t->credit, min(t->credit + n * slice, slice));
}

static bool earns_turn(struct thread *t)
{
	earn_turns(t, 1);
	return t->credit > 0;
}

/* How many turns @t lets pass until it may run. */
static int64_t turns_owed(const struct thread *t)
{
	int64_t credit = READ_ONCE(t->credit);

	return credit > 0 ? 0 : -credit / (int64_t)sched_slice(t) + 1;
}

static bool is_rt(const struct thread *runs)
{
	return runs != NULL && rt_priority_of(runs) != 0;
}

#if LAB
uint64_t sched_turns_owed(const struct thread *t)
{
	return (uint64_t)turns_owed(t);
}
#endif

static bool may_run_on(const struct thread *t, unsigned hart)
{
	return READ_ONCE(t->affinity.bits) & BIT(hart);
}

static ALWAYS_INLINE struct thread *next_resumed_locked(struct runq *rq,
							unsigned hart)
	REQUIRES(rq->lock, C_runq)
{
	struct thread *t;

	list_for_each_entry(t, &rq->resumed, run_link)
		if (may_run_on(t, hart))
			return t;
	return NULL;
}

static ALWAYS_INLINE struct thread *next_ready_locked(struct runq *rq,
						      unsigned hart, bool any)
	REQUIRES(rq->lock, C_runq)
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
static NOINLINE struct thread *
first_out_of_debt_locked(struct runq *rq, unsigned hart, struct thread *runs)
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

/* Of those that share. */
static ALWAYS_INLINE struct thread *
next_sharer_locked(struct runq *rq, unsigned hart, struct thread *runs)
	REQUIRES(rq->lock, C_runq)
{
	struct thread *t = next_resumed_locked(rq, hart);

	if (t == NULL)
		t = next_ready_locked(rq, hart, runs == NULL);
	if (t == NULL && runs != NULL)
		t = first_out_of_debt_locked(rq, hart, runs);
	return t;
}

static NOINLINE struct thread *next_of_all_locked(struct runq *rq, unsigned hart,
						  struct thread *runs)
	REQUIRES(rq->lock, C_runq)
{
	bool runs_rt = is_rt(runs);
	struct thread *t = rt_next_locked(rq, hart, runs);

	if (t != NULL || rt_goes_on_locked(rq, runs))
		return t;
	/* Who runs has had its part: anybody will do. */
	return next_sharer_locked(rq, hart, runs_rt ? NULL : runs);
}

struct thread *turn_next_locked(struct runq *rq, unsigned hart,
				struct thread *runs)
{
	if (unlikely(rq->rt_top != 0 || is_rt(runs)))
		return next_of_all_locked(rq, hart, runs);
	return next_sharer_locked(rq, hart, runs);
}
