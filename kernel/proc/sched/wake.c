/*
 * proc/sched/wake.c - sleeping and waking: sync/block.h as the scheduler does
 * it.
 */
#include "sync/block.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/race.h"
#include "debug/trace.h"
#include "lib/bug.h"
#include "proc/sched/place_internal.h"
#include "proc/sched/sched.h"
#include "proc/time/timer.h"

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
	noise_point();
}

void block_prepare(bool interruptible)
{
	announce(interruptible ? SLEEP_INTERRUPTIBLE : SLEEP_UNINTERRUPTIBLE);
}

void block_prepare_killable(void)
{
	announce(SLEEP_KILLABLE);
}

void block_cancel(void)
{
	WRITE_ONCE(current_thread()->state, THREAD_RUNNING);
	watchdog_awake();
}

void block_schedule(void)
{
	watchdog_sleeps_until(TIMER_NEVER);
	schedule();
	watchdog_woke();
}

/* @t was seen SLEEPING; false when it is so no longer.
 * ORDER sleep-state, waking side; the other is schedule(). */
static bool end_announced_sleep(struct thread *t)
{
	race_point(wake_tested, t);

	bool ended = atomic_replace(&t->state, THREAD_SLEEPING,
				    THREAD_RUNNING);

	race_point(wake_stored, t);
	return ended;
}

/* True: it was asleep, or about to be, and will run. */
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
			/* ORDER sleep-state, waker side; the other is schedule(). */
			if (atomic_replace(&t->state, THREAD_BLOCKED,
					   THREAD_WAKING))
				break;
		} else {
			trace(wake_drop, t->tid, state);
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
	spin_until_by(READ_ONCE(t->hart), load_acquire(&t->on_hart) == 0);
	sched_place(t);
	return true;
}

bool wake_thread(struct thread *t)
{
	lockorder_might_take(RANK_RUNQ);
	noise_point();
	return watchdog_waking(t) && wake(t);
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
	sched_place(t);
}

void sched_signal_thread(struct thread *t, bool fatal)
{
	atomic_fetch_or_relaxed(&t->arch.work, WORK_SIGNAL);
	/* ORDER sleep-signal, sender side; the other is announce().
	 * ORDER signal-run, sender side; the other is run_next(). */
	smp_mb();
	/* ORDER sleep-depth, sender side; the other is announce(). */
	uint32_t state = load_acquire(&t->state);

	if (state == THREAD_SLEEPING || state == THREAD_BLOCKED) {
		uint8_t depth = READ_ONCE(t->sleep_depth);

		if (depth == SLEEP_INTERRUPTIBLE ||
		    (depth == SLEEP_KILLABLE && fatal))
			wake_thread(t);
	} else if (state == THREAD_RUNNING && t != current_thread()) {
		/* In user mode it must come to the kernel to notice. */
		ipi_send(READ_ONCE(t->hart), IPI_RESCHED);
	}
	race_point(signal_sent, t);
}
