/*
 * proc/sched/account.c - how long each thread has run, and may.
 *
 * What the running thread ran since charged_at is charged at each clock
 * interrupt, to user or system time as the interrupt finds it, and when it
 * leaves the hart; each time it is taken off the thread's credit, too
 * (turn.c).  All else follows: the time a thread has run is its user and
 * system time, the time a hart was idle is that of its idle thread.
 */
#include "proc/sched/account_internal.h"

#include "arch/hart.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "proc/sched/rt.h"
#include "proc/sched/rt_internal.h"
#include "proc/sched/sched.h"
#include "proc/time/timer.h"
#include "sync/block.h"

#define SLICE_MS 10UL
#define SLICE_MIN_TICKS(full) ((full) / 100)
#define SLICE_MAX_TICKS(full) ((full) * 20)

/* The weight of nice 0 is 1024; each step is a factor of 1.25, so that one
 * level is about 10 % of the processor between two threads. */
static uint64_t nice_weight(int nice)
{
	uint64_t weight = 1024;

	for (; nice < 0; nice++)
		weight = weight * 5 / 4;
	for (; nice > 0; nice--)
		weight = weight * 4 / 5;
	return weight;
}

static uint64_t slice_of(unsigned policy, int nice)
{
	uint64_t full = ticks_per_second / 1000 * SLICE_MS;
	uint64_t slice;

	if (policy == SCHED_RR)
		return ticks_per_second / 1000 * READ_ONCE(sched_rr_slice_ms);
	if (policy == SCHED_IDLE)
		return SLICE_MIN_TICKS(full);
	if (nice == 0)
		return full;
	slice = full * nice_weight(nice) / 1024;
	return max(SLICE_MIN_TICKS(full), min(slice, SLICE_MAX_TICKS(full)));
}

void sched_set_slice(struct thread *t)
{
	WRITE_ONCE(t->slice, slice_of(t->policy, t->nice));
}

static ALWAYS_INLINE void charge(struct thread *t, bool user, uint64_t now)
{
	uint64_t *to = user ? &t->user_ticks : &t->system_ticks;
	uint64_t ran = now - t->charged_at;

	WRITE_ONCE(*to, *to + ran);
	WRITE_ONCE(t->credit, t->credit - (int64_t)ran);
	rt_charge(t, ran);
	t->charged_at = now;
}

void sched_charge(struct thread *t, bool user, uint64_t now)
{
	charge(t, user, now);
}

/*
 * The clock interrupt tells where a thread spends its time; what it ran
 * since the last one is charged to that.  What is left when it gives the
 * hart up counts as the program's own.
 */
void sched_sample_time(bool user)
{
	sched_charge(current_thread(), user, clock_ticks());
}

static uint64_t charged(const struct thread *t)
{
	return READ_ONCE(t->user_ticks) + READ_ONCE(t->system_ticks);
}

void sched_account_start(struct thread *t, uint64_t now)
{
	WRITE_ONCE(t->run_epoch, now - charged(t));
	t->charged_at = now;
}

/* Who has overrun its turns, and runs since nobody else can, gets a whole. */
static uint64_t rest_of_turn(const struct thread *t)
{
	uint64_t slice = sched_slice(t);

	if (t->credit <= 0)
		return rt_turn(t, slice);
	return rt_turn(t, max((uint64_t)t->credit, slice / 100));
}

void sched_account_switch(struct runq *rq, struct thread *prev,
			  struct thread *next)
{
	uint64_t now = clock_ticks();

	charge(prev, true, now);
	WRITE_ONCE(prev->run_epoch, 0);
	sched_account_start(next, now);
	rq->began = now;
	timer_set_slice(next == rq->idle ? TIMER_NEVER : now + rest_of_turn(next));
}

void sched_renew_turn(struct thread *t)
{
	sched_charge(t, true, clock_ticks());
	if (t->credit <= 0)
		WRITE_ONCE(t->credit, t->credit + (int64_t)sched_slice(t));
}

void sched_forgive(struct thread *t)
{
	sched_charge(t, true, clock_ticks());
	WRITE_ONCE(t->credit, (int64_t)sched_slice(t));
}

/* A snapshot: @t may be switching on another hart. */
uint64_t sched_thread_runtime(const struct thread *t)
{
	uint64_t epoch = READ_ONCE(t->run_epoch);

	return epoch != 0 ? clock_ticks() - epoch : charged(t);
}

uint64_t sched_idle_ticks(unsigned hart)
{
	return sched_thread_runtime(runqs[hart].idle);
}

unsigned sched_runq_length(unsigned hart)
{
	return READ_ONCE(runqs[hart].nr_ready);
}
