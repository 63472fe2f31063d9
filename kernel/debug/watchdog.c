/*
 * debug/watchdog.c - see watchdog.h.
 *
 * The look is made in a clock interrupt, so it takes locks only if they are
 * free.  Whatever it accuses it has seen several times, over seconds: a time
 * alone proves nothing, for the host may have stopped the whole machine.
 */

#include "debug/watchdog.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/lockwatch.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal.h"
#include "proc/task/proc.h"
#include "sync/block.h"

#define LOOKS_PER_SECOND 2
#define HUNG_SECONDS 10
#define HUNG_LOOKS 5
#define STUCK_SECONDS 2
#define STUCK_LOOKS 5
#define POKE_SECONDS 4
#define GRACE_SECONDS 2

#if LAB

/* Of one hart; by whoever looks, but beats. */
static struct hart_watch {
	uint64_t beats;                  /* (a) its hart writes */
	uint64_t seen_beats, beat_at;
	unsigned beat_looks;
	uint64_t seen_switches, idle_at; /* it idled with a thread on its queue */
	unsigned idle_looks;
} watches[MAX_HARTS];

static uint32_t looking;  /* (a) a hart looks */
static uint64_t poked_at; /* (looking) */

static uint64_t seconds(uint64_t n)
{
	return n * ticks_per_second;
}

uint64_t watchdog_deadline(void)
{
	return clock_ticks() + max(nr_harts, 1U) * ticks_per_second / LOOKS_PER_SECOND;
}

/* ---- harts ---- */

static void look_at_beats(unsigned hart, uint64_t now)
{
	struct hart_watch *w = &watches[hart];
	uint64_t beats = READ_ONCE(w->beats);

	if (beats != w->seen_beats || w->beat_at == 0) {
		w->seen_beats = beats;
		w->beat_at = now;
		w->beat_looks = 0;
		return;
	}
	if (++w->beat_looks >= HUNG_LOOKS &&
	    now - w->beat_at > seconds(HUNG_SECONDS)) {
		lockwatch_print();
		panic("hart %u has taken no interrupt for %d seconds", hart,
		      HUNG_SECONDS);
	}
}

static void look_at_idle(unsigned hart, uint64_t now)
{
	struct hart_watch *w = &watches[hart];
	uint64_t switches = READ_ONCE(harts[hart].counters[COUNT_switches]);

	if (!sched_is_idle(hart) || sched_runq_length(hart) == 0 ||
	    switches != w->seen_switches) {
		w->seen_switches = switches;
		w->idle_at = now;
		w->idle_looks = 0;
		return;
	}
	if (++w->idle_looks >= STUCK_LOOKS &&
	    now - w->idle_at > seconds(STUCK_SECONDS))
		panic("lost wake-up: hart %u idles although %u threads are ready on it",
		      hart, sched_runq_length(hart));
}

/* ---- threads ---- */

static bool waits_for_signals(const struct thread *t)
{
	return READ_ONCE(t->state) == THREAD_BLOCKED &&
	       READ_ONCE(t->sleep_depth) == SLEEP_INTERRUPTIBLE;
}

/* What is pending for @p and no thread that is awake, or sleeps too deep for
 * a signal, will take: the others should have been told. */
static sigset_t untaken(const struct proc *p)
{
	sigset_t left = p->signals.pending.set;
	const struct thread *t;

	list_for_each_entry(t, &p->threads, proc_link)
		if (!waits_for_signals(t))
			left &= ~signal_takes(t);
	return left;
}

static void look_at_signal(sigset_t of_proc, struct thread *t)
{
	struct sleep_watch *w = &t->watch;
	sigset_t pending = t->pending.set | of_proc;
	uint64_t switches = READ_ONCE(t->nr_voluntary);

	if (!waits_for_signals(t) || !(pending & signal_takes(t)) ||
	    switches != w->switches) {
		w->switches = switches;
		w->looks = 0;
	} else if (++w->looks > STUCK_LOOKS * LOOKS_PER_SECOND) {
		panic("lost wake-up: thread %d (%s) sleeps in %s although a signal is pending",
		      t->tid, t->name, w->where != NULL ? w->where : "the kernel");
	}
}

static void poke(struct thread *t, uint64_t now)
{
	struct sleep_watch *w = &t->watch;

	if (READ_ONCE(w->where) == NULL ||
	    READ_ONCE(t->state) != THREAD_BLOCKED ||
	    now - READ_ONCE(w->since) < seconds(POKE_SECONDS))
		return;
	WRITE_ONCE(w->poked, 1);
	sched_poke(t);
}

static void look_at_process(struct proc *p, bool pokes, uint64_t now)
{
	struct spinlock *lock = &p->signals.lock;
	struct thread *t;

	if (!spin_trylock(lock))
		return;

	sigset_t of_proc = untaken(p);

	list_for_each_entry(t, &p->threads, proc_link) {
		look_at_signal(of_proc, t);
		if (pokes)
			poke(t, now);
	}
	spin_unlock(lock);
}

/* All pokes come at once, so that between them harts stay idle long enough
 * for look_at_idle(). */
static void look_at_threads(uint64_t now)
{
	bool pokes = now - poked_at > seconds(POKE_SECONDS);

	if (init_proc == NULL || !spin_trylock(&proc_tree_lock))
		return;
	if (pokes)
		poked_at = now;
	for (struct proc *p = init_proc; p != NULL; p = proc_tree_next(p))
		look_at_process(p, pokes, now);
	spin_unlock(&proc_tree_lock);
}

void watchdog_tick(void)
{
	struct hart_watch *own = &watches[hart_id()];
	uint64_t now = clock_ticks();

	WRITE_ONCE(own->beats, own->beats + 1);
	/* ORDER watchdog-look, looking side; the other is in watchdog_tick(). */
	if (!atomic_replace(&looking, 0, 1))
		return;
	for (unsigned hart = 0; hart < nr_harts; hart++) {
		if (hart == hart_id())
			continue;
		look_at_beats(hart, now);
		look_at_idle(hart, now);
	}
	look_at_threads(now);
	/* ORDER watchdog-look, done side; the other is in watchdog_tick(). */
	store_release(&looking, 0);
}

/* ---- sleepers ---- */

void watchdog_sleeps(const char *where)
{
	struct sleep_watch *w = &current_thread()->watch;

	w->seen = READ_ONCE(w->wakes);
	WRITE_ONCE(w->poked, 0);
	WRITE_ONCE(w->since, clock_ticks());
	WRITE_ONCE(w->where, where);
}

void watchdog_woke(void)
{
	WRITE_ONCE(current_thread()->watch.where, NULL);
}

void watchdog_waking(struct thread *t)
{
	atomic_fetch_add_relaxed(&t->watch.wakes, 1);
}

/*
 * The one who made it true may be about to wake us, so there is time for
 * that; our own timer's is one wake-up more.  The sleep has been announced.
 */
void watchdog_found_true(const char *where, const char *what)
{
	struct thread *self = current_thread();
	struct sleep_watch *w = &self->watch;

	if (likely(!READ_ONCE(w->poked)))
		return;
	WRITE_ONCE(w->poked, 0);
	if (READ_ONCE(w->wakes) != w->seen ||
	    block_schedule_until(clock_ticks() + seconds(GRACE_SECONDS)) ||
	    READ_ONCE(w->wakes) != w->seen + 1)
		return;
	panic("lost wake-up: thread %d (%s) sleeps in %s although %s",
	      self->tid, self->name, where, what);
}

#endif
