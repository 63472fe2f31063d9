/*
 * proc/sched/load.c - the load averages.
 *
 * No timer takes the samples: it would wake a hart that idles.  The end of
 * every slice asks whether one is due, on whichever hart that is, and so does
 * who reads.  Where nobody has asked for several periods no hart had anything
 * to run, so of those the load is known as well: none.
 *
 * Threads in an uninterruptible sleep do not count, as they do on Linux: here
 * they wait for each other, and for no disk.
 */
#include "proc/sched/load.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "proc/sched/runq_internal.h"
#include "sync/spinlock.h"

/* A hart that comes when another is about a sample has nothing to do. */
static uint64_t next_sample;     /* (a) ticks; who moves it takes the sample */
static uint64_t averages[NR_LOADS]; /* (a) written by who has moved it */

static uint64_t period(void)
{
	return LOAD_PERIOD_S * ticks_per_second;
}

static bool is_busy(const struct runq *rq)
{
	return READ_ONCE(rq->idle->run_epoch) == 0;
}

unsigned load_nr_active(void)
{
	unsigned sum = 0;

	for_each_present_hart(hart)
		sum += READ_ONCE(runqs[hart].nr_ready) + is_busy(&runqs[hart]);
	return sum;
}

static uint64_t average_after(uint64_t avg, uint64_t decay, uint64_t idle,
			      uint64_t active)
{
	if (idle != 0)
		avg = load_faded(avg, decay, idle);
	return load_next(avg, decay, active);
}

/* One sample, after @idle periods in which nothing ran. */
static void sample(uint64_t idle)
{
	uint64_t active = load_nr_active();

	for (unsigned i = 0; i < NR_LOADS; i++)
		WRITE_ONCE(averages[i],
			   average_after(READ_ONCE(averages[i]), load_decay[i],
					 idle, active));
}

void load_tick(uint64_t now)
{
	uint64_t due = READ_ONCE(next_sample);

	if (likely(now < due))
		return;

	uint64_t missed = (now - due) / period();

	/* The next is a period away: nobody else comes here before we are
	 * done, or what he does is lost, and it is an average.
	 * No ORDER: for the same reason. */
	if (atomic_replace(&next_sample, due, due + (missed + 1) * period()) &&
	    due != 0)
		sample(missed);
}

void load_averages(uint64_t loads[NR_LOADS])
{
	load_tick(clock_ticks());
	for (unsigned i = 0; i < NR_LOADS; i++)
		loads[i] = READ_ONCE(averages[i]);
}
