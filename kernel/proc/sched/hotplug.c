/*
 * proc/sched/hotplug.c - see hotplug.h.
 *
 * One hart has another leave, and waits for it; the one that leaves does all
 * that only it can do, in its idle loop.
 *
 *	who asks			the hart that leaves
 *	a1 out of active_harts
 *	a2 close its queue
 *	a3 place anew who is on it
 *	a4 interrupt it			b1 leaves who runs: sched_put_back()
 *					   finds the queue closed, places it
 *					b2 the idle thread sees it closed
 *					b3 timers, interrupts of devices, what
 *					   is kept at hand go to others
 *					b4 hart_leave()
 *	a5 wait until it is stopped
 *
 * a2 before a3: who places a thread does so under the queue's lock, and either
 * that comes before a2, and a3 finds the thread; or it finds the queue closed,
 * and a1, which came before, when it chooses again.
 *
 * a2 before a4: a hart that has not seen it closed goes on with what it runs,
 * or takes from another's queue, and is interrupted after that.  One that is
 * about to wait does not (the interrupt is pending), one that waits is woken.
 *
 * b3 after b1: a thread that runs here starts timers here.  Moved before it has
 * left (as soon as a2 is done, say) some would be left behind.  After b2 nothing
 * runs here, and interrupts are off until b4.
 *
 * A hart that comes back opens its queue when it has its idle thread and its
 * clock; only then is it in active_harts.
 */
#include "proc/sched/hotplug.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/race.h"
#include "debug/watchdog.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "proc/sched/hotplug_internal.h"
#include "proc/sched/owner_internal.h"
#include "proc/sched/place_internal.h"
#include "proc/sched/runq_internal.h"
#include "proc/sched/sched.h"
#include "proc/time/timer.h"
#include "sync/block.h"
#include "sync/mutex.h"
#include "sync/rcu.h"

#define LOOKS_PER_SECOND 1000

struct hartmask active_harts;

/* Harts come and go one at a time. */
static struct mutex hotplug_lock; /* RANK_MISC_SLEEP */

struct hartmask sched_online_harts(void)
{
	return hartmask_read(&active_harts);
}

void sched_harts_arrived(void)
{
	mutex_init(&hotplug_lock, RANK_MISC_SLEEP);
	active_harts = hartmask_below(nr_harts);
	/* The first thread that may be placed: it waits for all harts. */
	if (kthread_start("rcu", rcu_reclaim, NULL) == NULL)
		panic("no memory for a thread");
}

/* ---- the hart that leaves ---- */

void sched_leave_hart(void)
{
	struct runq *rq = &runqs[hart_id()];
	/* ORDER hart-closed, leaving side; the other is in runq_close(). */
	bool is_closed = load_acquire(&rq->is_closed);
	unsigned to = hartmask_first(sched_online_harts());

	assert(is_closed && to != hart_id());
	lab_assert(current_thread() == rq->idle);
	irq_disable();
	timer_leave_hart(to);
	hart_leaves_devices(to);
	page_leave_hart();
	owner_leave(rq->idle);
	rcu_hart_rests();
	hart_leave();
}

/* ---- who asks ---- */

static void empty_queue(struct runq *rq)
{
	struct thread *t;

	while ((t = runq_take_any(rq)) != NULL)
		sched_place(t);
}

/* The thread that asks may run there. */
static void interrupt(unsigned hart)
{
	ipi_send(hart, IPI_RESCHED);
	race_point(hart_told, hart);
	sched_yield_current();
}

static const struct sleep_kind leaving_sleep = {
	.name = "hotplug",
	.awaits = "its timer, to see whether a hart has left",
};

/* The hart itself could wake nobody any more, so he looks now and then.  It
 * leaves when the last thread on it has come to where it may be left. */
static void wait_until_gone(unsigned hart)
{
	while (!hart_has_left(hart)) {
		block_prepare(false);
		watchdog_sleeps(&leaving_sleep, NULL, NULL, __func__);
		(void)block_schedule_until(clock_ticks() + ticks_per_second /
							   LOOKS_PER_SECOND);
	}
}

static int have_leave(unsigned hart)
{
	if (hartmask_count(sched_online_harts()) == 1)
		return -EBUSY;
	hartmask_clear_atomic(&active_harts, hart);
	race_point(hart_inactive, hart);
	runq_close(&runqs[hart], true);
	empty_queue(&runqs[hart]);
	interrupt(hart);
	wait_until_gone(hart);
	return 0;
}

static int have_come(unsigned hart)
{
	int err = hart_return(hart);

	if (err != 0)
		return err;
	spin_until_by(hart, !READ_ONCE(runqs[hart].is_closed));
	hartmask_set_atomic(&active_harts, hart);
	return 0;
}

int hart_set_online(unsigned hart, bool online)
{
	int err = 0;

	mutex_lock(&hotplug_lock);
	if (hartmask_has(sched_online_harts(), hart) != online)
		err = online ? have_come(hart) : have_leave(hart);
	mutex_unlock(&hotplug_lock);
	return err;
}
