/*
 * proc/sched/sched.c - the switch from one thread to the next.
 *
 * schedule() decides with interrupts off, switches, and on the other side
 * finish_switch() settles what becomes of the thread that was left: only
 * then is its stack free to be run, moved or freed elsewhere.
 *
 *	left as		finish_switch() makes it
 *	RUNNING		READY again, on the queue of a hart that may run it
 *	BLOCKED		nothing: its waker takes it once on_hart is clear
 *	DEAD		freed
 */
#include "proc/sched/sched.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/tlb.h"
#include "debug/race.h"
#include "debug/seeded.h"
#include "debug/trace.h"
#include "lib/bug.h"
#include "mm/mm.h"
#include "proc/sched/account_internal.h"
#include "proc/sched/owner_internal.h"
#include "proc/sched/place_internal.h"
#include "proc/sched/rseq_leave.h"
#include "proc/sched/rt_internal.h"
#include "proc/sched/runq_internal.h"
#include "sync/block.h"
#include "sync/rcu.h"

/* A thread for this hart from another one's queue. */
static struct thread *steal(void)
{
	unsigned self = hart_id();

	race_point(steal_begun, 0);
	for (unsigned i = 1; i < nr_harts; i++) {
		struct runq *victim = &runqs[(self + i) % nr_harts];
		struct thread *t = runq_pop(victim, self, NULL);

		if (t != NULL) {
			count(steals);
			return t;
		}
	}
	return NULL;
}

static struct thread *go_idle(struct runq *rq)
{
	WRITE_ONCE(rq->idle->on_hart, 1);
	return rq->idle;
}

/* Nobody waits here. */
static NOINLINE struct thread *steal_or_idle(struct runq *rq)
{
	struct thread *next = steal();

	return next != NULL ? next : go_idle(rq);
}

/* Who runs next; @prev if nobody else wants to and it can go on. */
static struct thread *pick_next(struct runq *rq, struct thread *prev)
{
	bool goes_on = READ_ONCE(prev->state) == THREAD_RUNNING && prev != rq->idle &&
		       may_run_here(prev);
	struct thread *runs = goes_on ? prev : NULL;
	struct thread *next;

	if (unlikely(hart_is_to_leave()))
		return go_idle(rq);
	next = rt_pull(rq, runs);
	if (likely(next == NULL))
		next = runq_pop(rq, rq->hart, runs);
	if (unlikely(next == NULL))
		next = goes_on ? prev : steal_or_idle(rq);
	return next;
}

static void switch_to(struct runq *rq, struct thread *prev, struct thread *next)
{
	assert(next->state == THREAD_RUNNING && next->on_hart == 1);
	count(switches);
	seeded_switch(next->tid, next == rq->idle);
	trace(switch, next->tid, READ_ONCE(prev->state));
	if (next->arch.mm != prev->arch.mm)
		tlb_enter(next->arch.mm == NULL ? NULL : &next->arch.mm->tlb);
	rseq_leave(prev);
	rq->left = prev;
	owner_take(next);
	arch_switch(&prev->arch, &next->arch);
	switch_context(&prev->arch.context, &next->arch.context);
	finish_switch();
}

/* Interrupts are off, as they were when the switch began. */
void finish_switch(void)
{
	struct runq *rq = this_runq();
	struct thread *prev = rq->left;
	uint32_t state = READ_ONCE(prev->state);

	rq->left = NULL;
	owner_leave(prev);
	/*
	 * ORDER thread-on-hart, release side; acquire is in wake_thread().
	 * All that this hart did as @prev, its saved registers included,
	 * happens before another hart may run it.
	 */
	store_release(&prev->on_hart, 0);
	/* A BLOCKED thread may be running elsewhere by now; the other two
	 * are still ours. */
	if (state == THREAD_RUNNING && prev != rq->idle)
		sched_put_back(prev);
	else if (state == THREAD_DEAD)
		thread_put(prev);
}

/* Before the running thread may be left; interrupts are off afterwards. */
static struct thread *begin_switch(void)
{
	struct thread *self = current_thread();

	assert(irq_enabled());
	lockorder_assert_may_sleep();
	irq_disable();
	atomic_fetch_and_relaxed(&self->arch.work, ~(uint32_t)WORK_RESCHED);
	return self;
}

/* Run who is next, and return when @prev is.  *@switches counts that it had
 * to wait.  Interrupts off. */
static void run_next(struct thread *prev, uint64_t *switches)
{
	struct runq *rq = this_runq();
	struct thread *next = pick_next(rq, prev);

	/* ORDER signal-run, running side; the other is sched_signal_thread().  Plain:
	 * rcu_quiet() is a full fence.  @next runs; then it looks for work. */
	rcu_quiet();
	rt_publish(rq, next);
	if (next == prev) {
		sched_renew_turn(prev);
		return;
	}
	WRITE_ONCE(*switches, *switches + 1);
	sched_account_switch(rq, prev, next);
	switch_to(rq, prev, next);
}

/*
 * The running thread has no more to do here, until somebody wakes it if it
 * has announced a sleep.
 *
 * ORDER sleep-state, sleeper side; the other is wake_thread().  Exactly one
 * of two replacements happens: ours, and the waker takes a BLOCKED thread
 * when we are off the hart; or the waker's, and we go on soon.
 */
void schedule(void)
{
	struct thread *self = begin_switch();

	atomic_replace(&self->state, THREAD_SLEEPING, THREAD_BLOCKED);
	race_point(thread_blocked, self);
	race_point(thread_leaving, self);
	run_next(self, &self->nr_voluntary);
	irq_enable();
}

/*
 * The running thread could go on, but others wait.  It comes back by itself,
 * so one that has announced a sleep and not begun it stays: nobody would.
 */
void sched_leave(void)
{
	struct thread *self = begin_switch();

	if (READ_ONCE(self->state) != THREAD_SLEEPING)
		run_next(self, &self->nr_involuntary);
	irq_enable();
}

void sched_yield_current(void)
{
	struct thread *self = current_thread();

	if (READ_ONCE(this_runq()->nr_ready) == 0 && may_run_here(self))
		return;
	self->ends_turn = true;
	sched_leave();
	self->ends_turn = false;
}
