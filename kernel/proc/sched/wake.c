/*
 * proc/sched/wake.c - sleeping and waking: sync/block.h as the scheduler does it,
 * and the choice of the hart where a woken thread runs.
 */
#include "proc/sched/wake_internal.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/race.h"
#include "debug/trace.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "proc/sched/runq_internal.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal.h"
#include "proc/task/proc.h"
#include "proc/time/timer.h"
#include "sync/block.h"

struct hartmask idle_harts;

struct hartmask sched_online_harts(void)
{
	return (struct hartmask){ nr_harts == 64 ? ~0UL : BIT(nr_harts) - 1 };
}

/* Win @hart's idleness: only one waker interrupts it. */
static bool claim_idle(unsigned hart)
{
	return atomic_fetch_and_full(&idle_harts.bits, ~BIT(hart)) & BIT(hart);
}

/*
 * An idle hart in @allowed, its last one first; or -1.
 *
 * ORDER idle-harts, waker side when it finds nobody; the other is
 * idle_once().  The full fence is in sched_enqueue().
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

/*
 * A busy hart is not interrupted: its slice ends soon enough.  But one that
 * went idle while we queued (we did not see it in the mask) would wait for
 * ever, so look again after a full fence.
 *
 * ORDER idle-harts, waker side; the other is idle_once().
 */
void sched_enqueue(struct thread *t, bool stay)
{
	unsigned last = stay ? hart_id() : READ_ONCE(t->hart);
	unsigned target;
	int idle;
	bool is_queued;

	do {
		uint64_t allowed = READ_ONCE(t->affinity.bits) &
				   sched_online_harts().bits;

		idle = stay && (allowed & BIT(last)) ?
			       -1 : find_idle(allowed, last);
		target = idle >= 0 ? (unsigned)idle :
				     busy_choice(allowed, last);
		if (idle >= 0)
			race_point(idle_claimed, t);
		is_queued = runq_push(&runqs[target], t);
		/*
		 * Whom we have claimed is in nobody's mask, and only we can
		 * interrupt it: also when the affinity has changed meanwhile
		 * and @t goes elsewhere.  Others count on us: what they have
		 * queued there since would stay for ever.
		 */
		if (idle >= 0 && (is_queued || !bug(idle_claim_lost)))
			kick(target);
	} while (!is_queued);

	if (idle >= 0)
		return;
	smp_mb(); /* ORDER idle-harts, waker side; see above: idle_once() */
	/* @t may be gone already: only its last known home is used. */
	uint64_t waiting = READ_ONCE(idle_harts.bits);

	if (waiting == 0)
		return;
	if (claim_idle(target))
		kick(target);
	else if (READ_ONCE(runqs[target].nr_ready) != 0)
		sched_offer_work(&runqs[target]);
}

/*
 * A queue has threads and some hart idles: interrupt one that may take the
 * first of them; it steals.
 */
void sched_offer_work(struct runq *rq)
{
	unsigned long irq = spin_lock_irqsave(&rq->lock);
	uint64_t allowed = 0;

	if (!list_is_empty(&rq->ready)) {
		struct thread *first = list_entry(list_first(&rq->ready),
						  struct thread, run_link);

		allowed = READ_ONCE(first->affinity.bits);
	}
	spin_unlock_irqrestore(&rq->lock, irq);

	allowed &= READ_ONCE(idle_harts.bits);
	if (allowed == 0)
		return;

	int hart = find_idle(allowed, (unsigned)ctz64(allowed));

	if (hart >= 0)
		kick((unsigned)hart);
}

/* ---- sync/block.h ---- */

static void announce(enum sleep_depth depth)
{
	struct thread *self = current_thread();

	self->sleep_depth = depth;
	trace(block, depth, 0);
	/*
	 * ORDER sleep-depth, sleeper side; the other is
	 * sched_signal_thread().  Who sees the sleep sees how deep it is.
	 */
	store_release(&self->state, THREAD_SLEEPING);
	/*
	 * ORDER sleep-signal, sleeper side; the other is
	 * sched_signal_thread().  Store buffering: we announce the sleep and
	 * then test for signals; the sender marks the signal and then looks
	 * whether we sleep.  One of us sees the other.
	 */
	smp_mb();
}

void block_prepare(bool interruptible)
{
	announce(interruptible ? SLEEP_INTERRUPTIBLE : SLEEP_DEEP);
}

void block_prepare_stopped(void)
{
	announce(SLEEP_STOPPED);
}

void block_cancel(void)
{
	WRITE_ONCE(current_thread()->state, THREAD_RUNNING);
}

void block_schedule(void)
{
	schedule();
}

struct sleep_timer {
	struct timer timer;
	struct thread *sleeper; /* (c) */
	bool rang;              /* (a) */
};

static void sleep_timer_fire(struct timer *t)
{
	struct sleep_timer *st = container_of(t, struct sleep_timer, timer);

	WRITE_ONCE(st->rang, true);
	wake_thread(st->sleeper);
}

bool block_schedule_until(uint64_t deadline)
{
	if (deadline == TIMER_NEVER) {
		schedule();
		return true;
	}

	struct sleep_timer st = { .sleeper = current_thread() };

	timer_init(&st.timer, sleep_timer_fire);
	timer_start(&st.timer, deadline);
	schedule();
	timer_cancel(&st.timer);
	return !st.rang;
}

/*
 * Whoever is told so goes back towards user mode, where its call is started
 * over or ended.  The signal may be one that another thread was chosen for,
 * and takes meanwhile; the way out must be the slow one all the same.
 */
bool block_interrupted(void)
{
	struct thread *self = current_thread();

	if (self->proc == NULL || !signal_pending_current())
		return false;
	atomic_fetch_or_relaxed(&self->arch.work, WORK_SIGNAL);
	return true;
}

bool block_killed(void)
{
	struct thread *self = current_thread();

	return self->proc != NULL && signal_fatal_pending_current();
}

/* @t was seen SLEEPING; false when it is so no longer. */
static bool end_announced_sleep(struct thread *t)
{
	bool ended = true;

	race_point(wake_tested, t);
	if (bug(zombie_resurrect))
		WRITE_ONCE(t->state, THREAD_RUNNING);
	else
		ended = atomic_replace(&t->state, THREAD_SLEEPING,
				       THREAD_RUNNING);
	race_point(wake_stored, t);
	return ended;
}

/*
 * ORDER sleep-state, waker side; the other is switch_away().
 */
static bool wake(struct thread *t)
{
	for (;;) {
		uint32_t state = READ_ONCE(t->state);

		if (state == THREAD_SLEEPING) {
			if (end_announced_sleep(t)) {
				trace(wake, t->tid, READ_ONCE(t->hart));
				return true;
			}
		} else if (state == THREAD_BLOCKED) {
			if (atomic_replace(&t->state, THREAD_BLOCKED,
					   THREAD_WAKING))
				break;
		} else {
			return false;
		}
	}

	trace(wake, t->tid, READ_ONCE(t->hart));
	/*
	 * It is leaving its hart with interrupts off and waits for nobody
	 * there, so this loop is short.
	 *
	 * ORDER thread-on-hart, acquire side; release is in finish_switch().
	 */
	race_point(thread_claimed, t);
	if (!bug(on_cpu))
		spin_until(load_acquire(&t->on_hart) == 0);
	sched_enqueue(t, false);
	return true;
}

bool wake_thread(struct thread *t)
{
	watchdog_waking(t);
	return wake(t);
}

#if LAB
void sched_poke(struct thread *t)
{
	wake(t);
}
#endif

void sched_start(struct thread *t)
{
	assert(t->state == THREAD_NEW);
	if (t->proc != NULL)
		trace(start, t->tid, t->proc == current_thread()->proc);
	sched_enqueue(t, false);
}

void sched_signal_thread(struct thread *t, bool fatal)
{
	atomic_fetch_or_relaxed(&t->arch.work, WORK_SIGNAL);
	/* ORDER sleep-signal, sender side; the other is announce(). */
	smp_mb();

	/* ORDER sleep-depth, sender side; the other is announce(). */
	uint32_t state = load_acquire(&t->state);

	if (state == THREAD_SLEEPING || state == THREAD_BLOCKED) {
		uint8_t depth = READ_ONCE(t->sleep_depth);

		if (depth == SLEEP_INTERRUPTIBLE ||
		    (depth == SLEEP_STOPPED && fatal))
			wake_thread(t);
	} else if (state == THREAD_RUNNING && t != current_thread()) {
		/* In user mode it must come to the kernel to notice. */
		ipi_send(READ_ONCE(t->hart), IPI_RESCHED);
	}
	race_point(signal_sent, t);
}

/* ---- where and how much ---- */

/*
 * After the new mask is stored every queue is searched under its lock; see
 * runq_push() for why none is missed.  A thread that runs on a hart it may
 * not use is interrupted there and moves when it next could be preempted.
 */
int sched_set_affinity(struct thread *t, struct hartmask harts_wanted)
{
	uint64_t bits = harts_wanted.bits & sched_online_harts().bits;

	if (bits == 0)
		return -EINVAL;
	WRITE_ONCE(t->affinity.bits, bits);
	race_point(affinity_changed, t);
	for (unsigned hart = 0; hart < nr_harts; hart++) {
		/* Also those that may keep it: the lock is the fence. */
		if (runq_remove(&runqs[hart], t)) {
			sched_enqueue(t, false);
			return 0;
		}
	}
	if (t == current_thread()) {
		cond_resched();
		sched_yield_current();
	} else if (READ_ONCE(t->state) == THREAD_RUNNING) {
		ipi_send(READ_ONCE(t->hart), IPI_RESCHED);
	}
	return 0;
}

void sched_set_nice(struct thread *t, int nice)
{
	WRITE_ONCE(t->nice, max(-20, min(nice, 19)));
}
