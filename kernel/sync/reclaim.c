/*
 * sync/reclaim.c - the thread that waits for grace periods: sync/rcu.h.
 *
 *	gathers		a while, for a period costs the same for one and for many
 *	collects	what is there; if there is nothing, gathers for longer each
 *			time, and at last rests until something is given up
 *	waits		until each hart has been seen not to read
 *	frees		what it has collected
 *
 * Harts that idle or are away are not disturbed. One that runs has some time to
 * come by, for most do by themselves; then it is asked once, by an interrupt.
 */
#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/race.h"
#include "debug/watchdog.h"
#include "sync/block.h"
#include "sync/grace.h"
#include "sync/rcu.h"
#include "sync/rcu_internal.h"
#include "sync/work.h"

#define GATHER_MS 10U
#define GATHER_LONGEST_MS 640U
#define LOOK_MS 4U
#define PATIENT_LOOKS 25U

static struct thread *reclaimer; /* (c) from its first step on; or NULL */
static uint32_t is_resting;      /* (a) ORDER rcu-rest */
static uint32_t is_much;         /* (a) a hint */
static struct hartmask asked;    /* (a) it writes: whom it has interrupted */

/* ---- waking it ---- */

void rcu_was_given(bool much)
{
	if (much)
		WRITE_ONCE(is_much, 1);
	/*
	 * ORDER rcu-rest, giving side; the other is rest().
	 * Store buffering: it was given and then we look whether the thread
	 * rests; that one says that it does and then looks at what was given.
	 */
	smp_mb();
	if ((much || READ_ONCE(is_resting)) && READ_ONCE(reclaimer) != NULL)
		(void)wake_thread(reclaimer);
}

static const char *given_by_now(const struct thread *t UNUSED,
				const struct sleep_watch *w UNUSED)
{
	return rcu_has_given() ? "something was given up" : NULL;
}

static const struct sleep_kind rest_sleep = {
	.name = "rcu",
	.over = given_by_now,
	.awaits = "something to free",
};

static const struct sleep_kind nap_sleep = {
	.name = "grace",
	.awaits = "its timer, to see whether a grace period is over",
};

static void rest(void)
{
	block_prepare(false);
	WRITE_ONCE(is_resting, 1);
	/* ORDER rcu-rest, resting side; the other is rcu_was_given(). */
	smp_mb();
	if (rcu_has_given()) {
		block_cancel();
	} else {
		watchdog_sleeps(&rest_sleep, NULL, NULL, __func__);
		block_schedule();
	}
	WRITE_ONCE(is_resting, 0);
}

/* Who gives up much wakes it earlier. */
static void nap(unsigned ms)
{
	block_prepare(false);
	watchdog_sleeps(&nap_sleep, NULL, NULL, __func__);
	(void)block_schedule_until(clock_ticks() + ms * ticks_per_second / 1000);
}

static void gather(unsigned ms)
{
	if (!READ_ONCE(is_much))
		nap(ms);
	WRITE_ONCE(is_much, 0);
}

/* ---- a grace period ---- */

static uint64_t quiet_of(unsigned hart)
{
	return READ_ONCE(harts[hart].quiet);
}

static void rcu_grace_begins(struct grace *g)
{
	/*
	 * ORDER rcu-quiet, beginning side; the other is rcu_hart_reads().
	 * Store buffering: what we have collected was taken out, and then we
	 * look at the harts; a hart changes its number and then reads.  Of
	 * which we see the old number, that does not find it any more.
	 */
	smp_mb();
	grace_begin(g, nr_harts, quiet_of);
}

static bool rcu_grace_is_over(struct grace *g)
{
	if (!grace_look(g, quiet_of))
		return false;
	/*
	 * ORDER rcu-quiet, ending side; the other is rcu_hart_rests().
	 * Whoever had found something before has done with it before we free.
	 */
	smp_mb();
	return true;
}

bool rcu_is_awaited(unsigned hart)
{
	return hartmask_has(hartmask_read(&asked), hart);
}

void rcu_ipi(void)
{
	if (rcu_is_awaited(hart_id()))
		(void)atomic_fetch_or_relaxed(&hart_self()->current->work,
					      WORK_RESCHED);
}

/* Who was asked comes by as soon as it may. */
static void ask(struct hartmask awaited)
{
	const struct hartmask rest = { awaited.bits & ~asked.bits };
	unsigned h;

	WRITE_ONCE(asked.bits, awaited.bits);
	for_each_hart(h, rest) {
		count(grace_asks);
		ipi_send(h, IPI_RESCHED);
	}
}

static void wait_for_grace(void)
{
	static struct grace g;

	rcu_grace_begins(&g);
	rcu_quiet(); /* nobody reads below this thread */
	for (unsigned looks = 0; !rcu_grace_is_over(&g); looks++) {
		if (looks >= PATIENT_LOOKS || READ_ONCE(is_much))
			ask(g.awaited);
		nap(LOOK_MS);
	}
	WRITE_ONCE(asked.bits, 0);
	count(grace_periods);
}

void rcu_reclaim(void *unused UNUSED)
{
	unsigned ms = GATHER_MS;

	WRITE_ONCE(reclaimer, current_thread());
	for (;;) {
		gather(ms);
		if (rcu_collect()) {
			wait_for_grace();
			rcu_free_collected();
			ms = GATHER_MS;
		} else if (ms < GATHER_LONGEST_MS) {
			ms *= 2;
		} else {
			rest();
			ms = GATHER_MS;
		}
	}
}
