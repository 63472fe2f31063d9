/*
 * proc/sched/place.c - on which hart a thread that may run is queued.
 *
 * One that was woken goes to an idle hart if there is one, its last one
 * first, and that hart is interrupted.  Otherwise, and when it was preempted,
 * it waits where it ran last: before others if it has not used up its turn.
 */
#include "proc/sched/place_internal.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/race.h"
#include "debug/watchdog.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "proc/sched/account_internal.h"
#include "proc/sched/rt.h"
#include "proc/sched/rt_internal.h"
#include "proc/sched/runq_internal.h"
#include "proc/sched/sched.h"
#include "proc/time/timer.h"
#include "sync/block.h"

#define LOOKS_PER_SECOND 10000

struct hartmask idle_harts;

/* Win @hart's idleness: only one waker interrupts it.  No ORDER: who offers
 * work has ordered it before, see offer_to_idle(). */
static bool claim_idle(unsigned hart)
{
	return atomic_fetch_and_relaxed(&idle_harts.bits, ~BIT(hart)) & BIT(hart);
}

/*
 * An idle hart in @allowed, its last one first; or -1.
 *
 * ORDER idle-harts, waker side when it finds nobody; the other is
 * idle_once().  Plain: the full fence is in offer_to_idle().
 */
static int find_idle(uint64_t allowed, unsigned last)
{
	uint64_t idle = READ_ONCE(idle_harts.bits) & allowed;

	if ((idle & BIT(last)) && claim_idle(last))
		return (int)last;
	while (idle != 0) {
		unsigned hart = (unsigned)ctz64(idle);

		if (claim_idle(hart))
			return (int)hart;
		idle &= ~BIT(hart);
	}
	return -1;
}

bool sched_is_idle(unsigned hart)
{
	return READ_ONCE(idle_harts.bits) & BIT(hart);
}

static unsigned busy_choice(uint64_t allowed, unsigned last)
{
	if (allowed & BIT(last))
		return last;
	return (unsigned)ctz64(allowed);
}

static void kick(unsigned hart)
{
	if (hart == hart_id()) {
		count(wakes_local);
		atomic_fetch_or_relaxed(&current_thread()->arch.work,
					WORK_RESCHED);
		return;
	}
	count(wakes_remote);
	ipi_send(hart, IPI_RESCHED);
}

/* Threads wait in @rq and some hart idles: interrupt one that may take the
 * first of them; it steals. */
static void offer_first(struct runq *rq)
{
	unsigned long irq = spin_lock_irqsave(&rq->lock);
	const struct thread *first = runq_first_locked(rq);
	uint64_t allowed = first == NULL ? 0 :
					   READ_ONCE(first->affinity.bits);

	spin_unlock_irqrestore(&rq->lock, irq);

	allowed &= READ_ONCE(idle_harts.bits);
	if (allowed == 0)
		return;

	int hart = find_idle(allowed, (unsigned)ctz64(allowed));

	if (hart >= 0)
		kick((unsigned)hart);
}

/* A thread was queued at @hart, and some hart idles. */
static NOINLINE void offer(unsigned hart)
{
	if (claim_idle(hart))
		kick(hart);
	else if (READ_ONCE(runqs[hart].nr_ready) != 0)
		offer_first(&runqs[hart]);
}

/*
 * A thread was queued at @hart, which nobody has interrupted for it: its
 * slice ends soon enough.  But if it went idle while we queued (we did not
 * see it in the mask) it would wait for ever, so look again after a full
 * fence.  The thread may be gone already: only its last known home is used.
 *
 * ORDER idle-harts, waker side; the other is idle_once().
 */
static void offer_to_idle(unsigned hart)
{
	smp_mb();
	if (unlikely(READ_ONCE(idle_harts.bits) != 0))
		offer(hart);
}

/*
 * Whom we have claimed is in nobody's mask, and only we can interrupt it:
 * also when the affinity has changed meanwhile and @t goes elsewhere.  Others
 * count on us: what they have queued there since would stay for ever.
 */
static bool place_on_claimed(struct thread *t, unsigned hart)
{
	race_point(idle_claimed, t);
	bool is_queued = runq_push(&runqs[hart], t);

	kick(hart);
	return is_queued;
}

static bool queue_up(struct runq *rq, struct thread *t, bool resumes)
{
	return resumes ? runq_resume(rq, t) : runq_push(rq, t);
}

static bool queue_on_busy(struct thread *t, unsigned hart, bool resumes)
{
	bool is_queued = queue_up(&runqs[hart], t, resumes);

	if (is_queued)
		offer_to_idle(hart);
	return is_queued;
}

#define MIN_RUN_MS 1UL

/*
 * The running thread is to leave the hart to one that was woken, but not
 * before it has run for a while: or two that wake each other by turns would
 * do nothing else.
 */
void sched_make_room(void)
{
	const struct runq *rq = this_runq();
	const struct thread *self = current_thread();
	uint64_t until = rq->began + ticks_per_second / 1000 * MIN_RUN_MS;
	bool may_stay = self != rq->idle && !rt_is_to_leave() &&
			READ_ONCE(self->affinity.bits) & BIT(rq->hart) &&
			!hart_is_to_leave();

	if (!may_stay || clock_ticks() >= until)
		sched_preempt();
	else
		timer_set_slice(until);
}

/* Somebody who was woken is queued at @hart, which runs another. */
static void ask_for_room(unsigned hart)
{
	unsigned long irq = irq_save();

	if (hart == hart_id())
		sched_make_room();
	else
		kick(hart);
	irq_restore(irq);
}

static bool place_on_busy(struct thread *t, unsigned hart)
{
	bool resumes = t->credit > 0;
	bool is_queued = queue_on_busy(t, hart, resumes);

	if (is_queued && resumes)
		ask_for_room(hart);
	return is_queued;
}

/* At the end of those of its priority, where the lowest runs; that one leaves
 * at once, if it is lower. */
static NOINLINE bool place_rt(struct thread *t, uint64_t allowed, unsigned last)
{
	unsigned priority = rt_priority_of(t);
	unsigned hart = rt_choose(allowed, priority, busy_choice(allowed, last));
	bool is_queued = queue_on_busy(t, hart, false);

	if (is_queued && READ_ONCE(runqs[hart].rt_runs) < priority)
		ask_for_room(hart);
	return is_queued;
}

/*
 * Those that are there of the harts that @t may run on.  Where none is, it may
 * run on any, from now on, as on Linux: it would never go on else.  Who gives it
 * another affinity at that moment is not overruled.
 */
static uint64_t allowed_harts(struct thread *t)
{
	for (;;) {
		uint64_t wanted = READ_ONCE(t->affinity.bits);
		uint64_t allowed = wanted & sched_online_harts().bits;

		if (likely(allowed != 0))
			return allowed;
		/* No ORDER: one word, which one of two changes first. */
		(void)atomic_replace(&t->affinity.bits, wanted, ~0UL);
	}
}

/* False: the affinity has changed while we chose, or the hart leaves. */
static NOINLINE bool try_place(struct thread *t)
{
	uint64_t allowed = allowed_harts(t);
	unsigned last = READ_ONCE(t->hart);

	race_point(place_chosen, 0);
	int idle = find_idle(allowed, last);

	if (idle >= 0)
		return place_on_claimed(t, (unsigned)idle);
	if (unlikely(rt_priority_of(t) != 0))
		return place_rt(t, allowed, last);
	return place_on_busy(t, busy_choice(allowed, last));
}

void sched_place(struct thread *t)
{
	while (!try_place(t))
		;
}

/* It was preempted: it stays first of its priority, here or where one that is
 * lower runs, unless it has had its time. */
static NOINLINE void put_back_rt(struct thread *t)
{
	bool fifo = READ_ONCE(t->policy) != SCHED_RR;
	bool resumes = !t->ends_turn && (fifo || t->credit > 0);
	uint64_t allowed = READ_ONCE(t->affinity.bits) &
			   sched_online_harts().bits & ~BIT(hart_id());
	unsigned priority = rt_priority_of(t);
	unsigned hart = rt_choose(allowed, priority, hart_id());

	if (t->credit <= 0)
		WRITE_ONCE(t->credit, (int64_t)sched_slice(t));
	if (!queue_on_busy(t, hart, resumes))
		sched_place(t);
	else if (hart != hart_id())
		kick(hart);
}

void sched_put_back(struct thread *t)
{
	bool resumes = t->credit > 0 && !t->ends_turn;

	if (unlikely(rt_priority_of(t) != 0))
		put_back_rt(t);
	else if (likely(queue_up(this_runq(), t, resumes)))
		offer_to_idle(hart_id());
	else
		sched_place(t);
}

/* ---- where it may run, and how much ---- */

/* A snapshot: whom a queue gives to a hart by now may run there. */
static bool runs_where_it_may_not(const struct thread *t)
{
	return READ_ONCE(t->on_hart) != 0 &&
	       !(READ_ONCE(t->affinity.bits) & BIT(READ_ONCE(t->hart)));
}

static const struct sleep_kind moving_sleep = {
	.name = "affinity",
	.awaits = "its timer, to see whether another has left its hart",
};

/* @t was interrupted, and leaves when it next could be preempted.  Asleep, for it
 * may wait for us in the same way. */
static void wait_until_it_left(const struct thread *t)
{
	while (runs_where_it_may_not(t)) {
		block_prepare(false);
		watchdog_sleeps(&moving_sleep, NULL, NULL, __func__);
		(void)block_schedule_until(clock_ticks() +
					   ticks_per_second / LOOKS_PER_SECOND);
	}
}

/*
 * After the new mask is stored every queue is searched under its lock; see
 * runq_push() for why none is missed.  A thread that runs on a hart it may
 * not use is interrupted there and moves when it next could be preempted; then
 * we return, as on Linux.
 */
int sched_set_affinity(struct thread *t, struct hartmask harts_wanted)
{
	uint64_t bits = harts_wanted.bits & hartmask_below(nr_harts).bits;

	if ((bits & sched_online_harts().bits) == 0)
		return -EINVAL;
	WRITE_ONCE(t->affinity.bits, bits);
	race_point(affinity_changed, t);
	for_each_present_hart(hart) {
		/* Also those that may keep it: the lock is the fence. */
		if (runq_remove(&runqs[hart], t)) {
			sched_place(t);
			return 0;
		}
	}
	if (t == current_thread()) {
		cond_resched();
		sched_yield_current();
	} else if (runs_where_it_may_not(t)) { /* or is about to sleep, and may not */
		ipi_send(READ_ONCE(t->hart), IPI_RESCHED);
		wait_until_it_left(t);
	}
	return 0;
}

void sched_set_nice(struct thread *t, int nice)
{
	WRITE_ONCE(t->nice, max(-20, min(nice, 19)));
	sched_set_slice(t);
}
