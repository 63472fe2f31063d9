/*
 * debug/watchdog_progress.c - see watchdog.h: a thread that does not get on,
 * though no wake-up was lost.
 *
 * One that is ready, and is not run.  The turns of its hart are the measure:
 * it waits for its own behind all who are there, once for each turn that it has
 * overrun, and no turn is longer than the time between two looks of that hart.
 * A hart that the host does not run does not look either.
 *
 * A hart that a grace period awaits, by the same measure.  And a thread that has
 * to die, in a sleep that only its waker ends.
 */

#include "debug/lockwatch.h"
#include "debug/rcuwatch.h"
#include "debug/watchdog.h"
#include "debug/watchdog_internal.h"
#include "lib/bug.h"
#include "proc/sched/rt.h"
#include "proc/sched/sched.h"
#include "proc/task/proc.h"

#if LAB

/*
 * Where a program's timers ring all the time, on a host that has little time
 * for a slow kernel, interrupts may leave next to nothing to threads for a
 * minute: that is bad, and no mistake of the scheduler's.
 */
#define STARVED_LOOKS 200U
#define UNKILLABLE_ROUNDS 200U
/* Those who are woken go first, each once for each of its turns. */
#define TURNS_PER_THREAD 2U

static uint32_t hurried; /* (a) debug/provoke.h: as little patience as may be */

void watchdog_hurry(void)
{
	WRITE_ONCE(hurried, 1);
}

static uint32_t patience(uint32_t n)
{
	return READ_ONCE(hurried) ? PATIENCE_ROUNDS : n;
}

/* ---- awaited, and not come by ---- */

void watchdog_look_at_readers(void)
{
	rcu_watch_look(patience(STARVED_LOOKS));
}

/* ---- ready, and not run ---- */

/* How often it has left a hart. */
static uint64_t runs_of(const struct thread *t)
{
	return READ_ONCE(t->nr_voluntary) + READ_ONCE(t->nr_involuntary);
}

static uint64_t bound(const struct thread *t, unsigned hart)
{
	uint64_t turns = sched_turns_owed(t) + 1;

	return patience(STARVED_LOOKS) +
	       TURNS_PER_THREAD * turns * sched_runq_length(hart);
}

static void begin(struct ready_watch *w, const struct thread *t, unsigned hart)
{
	w->runs = runs_of(t);
	w->hart = hart;
	w->since = watchdog_looks(hart);
	w->bound = bound(t, hart);
}

/* Real-time threads may keep their equals and lower ones waiting for ever, and
 * all others, if root says so. */
static bool is_to_run(const struct thread *t)
{
	return rt_priority_of(t) == 0 && READ_ONCE(sched_rt_runtime_us) >= 0;
}

bool watchdog_is_starved(struct thread *t)
{
	struct ready_watch *w = &t->ready_watch;
	unsigned hart = READ_ONCE(t->hart);
	bool is_ready = READ_ONCE(t->state) == THREAD_READY && is_to_run(t);

	if (!is_ready || !w->was_ready || w->runs != runs_of(t) || w->hart != hart)
		begin(w, t, hart);
	w->was_ready = is_ready;
	w->is_starved = is_ready && watchdog_looks(hart) - w->since > w->bound;
	return w->is_starved;
}

void watchdog_accuse_hart(const struct thread *t)
{
	const struct ready_watch *w = &t->ready_watch;

	lockwatch_print();
	panic("starved: thread %d (%s) is ready, and hart %u has looked %lu times and not run it",
	      t->tid, t->name, w->hart, watchdog_looks(w->hart) - w->since);
}

/* ---- to die, and asleep ---- */

const char watchdog_unkillable[] = "it has to die";

bool watchdog_is_unkillable(const struct thread *t)
{
	uint32_t rounds = watchdog_rounds_since(READ_ONCE(t->watch.since));

	return thread_must_die(t) && watchdog_is_asleep(t) &&
	       READ_ONCE(t->sleep_depth) == SLEEP_UNINTERRUPTIBLE &&
	       rounds >= patience(UNKILLABLE_ROUNDS);
}

void watchdog_accuse_sleep(const struct thread *t)
{
	const struct sleep_watch *w = &t->watch;

	panic("unkillable: thread %d (%s) has to die, and has slept in %s for %u rounds",
	      t->tid, t->name, w->where, watchdog_rounds_since(w->since));
}

#endif
