/*
 * debug/watchdog_sleep.c - see watchdog.h: a thread, seen from outside.
 *
 * Two questions are asked at each look, under the signal lock of its process.
 * Has somebody told it what it has to do?  Whoever leaves a thread a signal, a
 * stop or its end sets its work bit and wakes it, under that lock; so of a
 * signal that waits, some thread that may take it is marked, and awake or in
 * a sleep too deep for it.  And if it sleeps, should that be over?
 *
 * The lock does not keep it asleep.  So its sleeps have numbers, and an answer
 * counts if it slept the same sleep before and after: then all that it has
 * lent for that time was there.
 */

#include "arch/barrier.h"
#include "arch/clock.h"
#include "arch/hart.h"
#include "debug/watchdog.h"
#include "debug/watchdog_internal.h"
#include "lib/bug.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal.h"
#include "proc/task/proc.h"

#if LAB

static uint32_t poked_in; /* (looking) the round of the last poke */

bool watchdog_is_asleep(const struct thread *t)
{
	return READ_ONCE(t->state) == THREAD_BLOCKED &&
	       READ_ONCE(t->watch.kind) != NULL;
}

/* Sleep number @nr lasts: what was read before is true of it. */
static bool still_sleeps(const struct thread *t, uint32_t nr)
{
	/* ORDER watchdog-sleep, looking side; the other is in
	 * watchdog_sleeps(). */
	smp_mb();
	bool asleep = watchdog_is_asleep(t);

	/* The number last: who has fallen asleep anew counted that before. */
	smp_mb();
	return asleep && READ_ONCE(t->watch.nr) == nr;
}

bool watchdog_copy(struct sleep_watch *copy, const struct thread *t)
{
	/* ORDER watchdog-sleep, looking side; the other is in
	 * watchdog_sleeps(). */
	uint32_t nr = load_acquire(&t->watch.nr);

	*copy = t->watch;
	return copy->kind != NULL && still_sleeps(t, nr);
}

/* ---- has it been told? ---- */

static bool sleeps_lightly(const struct thread *t)
{
	return watchdog_is_asleep(t) &&
	       READ_ONCE(t->sleep_depth) == SLEEP_INTERRUPTIBLE;
}

static bool is_told(const struct thread *t)
{
	return (READ_ONCE(t->arch.work) & WORK_SIGNAL) && !sleeps_lightly(t);
}

/* What is pending for @p and no thread is on its way to take. */
static sigset_t untaken(const struct proc *p) REQUIRES(C_signals)
{
	sigset_t left = p->signals.pending.set;
	const struct thread *t;

	list_for_each_entry(t, &p->threads, proc_link)
		if (is_told(t))
			left &= ~signal_takes(t);
	return left;
}

static const char *has_to_do(const struct thread *t, sigset_t of_proc)
	REQUIRES(C_signals)
{
	const struct proc *p = t->proc;

	if (thread_must_die(t))
		return "it has to die";
	if (signals_stopped(&p->signals) && t->stopped_in != p->signals.job.turn)
		return "its process is stopped";
	if ((t->pending.set | of_proc) & signal_takes(t))
		return "a signal is pending";
	return NULL;
}

/* To die is more than a signal: it ends a killable sleep, too. */
static bool can_hear(const struct thread *t)
{
	return !watchdog_is_asleep(t) || sleeps_lightly(t) ||
	       (READ_ONCE(t->sleep_depth) == SLEEP_KILLABLE && thread_must_die(t));
}

/* ---- should its sleep be over? ---- */

static const char *is_over(const struct thread *t)
{
	struct sleep_watch w;

	if (!watchdog_copy(&w, t))
		return NULL;
	if (deadline_is_over(w.deadline))
		return "its time is up";
	return w.kind->over == NULL ? NULL : w.kind->over(t, &w);
}

static const char *judge(const struct thread *t, sigset_t of_proc)
	REQUIRES(C_signals)
{
	const char *work = has_to_do(t, of_proc);

	if (work != NULL && can_hear(t) &&
	    (watchdog_is_asleep(t) || !is_told(t)))
		return work;
	if (watchdog_is_unkillable(t))
		return watchdog_unkillable;
	return is_over(t);
}

/* ---- the look ---- */

/* The same is wrong in the same sleep, or since the same one, for long. */
static bool is_proven(struct sleep_watch *w, const char *why, uint32_t nr)
{
	if (why == NULL || why != w->doubt || nr != w->doubt_nr) {
		w->doubt = why;
		w->doubt_nr = nr;
		w->doubt_since = READ_ONCE(watchdog_round);
		return false;
	}
	return watchdog_rounds_since(w->doubt_since) >= PATIENCE_ROUNDS;
}

static bool look_at(struct thread *t, sigset_t of_proc) REQUIRES(C_signals)
{
	struct sleep_watch *w = &t->watch;
	/* ORDER watchdog-sleep, looking side; the other is in
	 * watchdog_sleeps(). */
	uint32_t nr = load_acquire(&w->nr);
	bool asleep = watchdog_is_asleep(t);
	const char *why = judge(t, of_proc);

	if (still_sleeps(t, nr) != asleep)
		return false;
	return is_proven(w, why, nr);
}

static void poke(struct thread *t)
{
	struct sleep_watch *w = &t->watch;
	const struct sleep_kind *kind = READ_ONCE(w->kind);

	/* Who is doubted is not helped. */
	if (kind == NULL || !kind->by_poking || w->doubt != NULL ||
	    !watchdog_is_asleep(t) ||
	    watchdog_rounds_since(READ_ONCE(w->since)) < PATIENCE_ROUNDS)
		return;
	WRITE_ONCE(w->poked, 1);
	sched_poke(t);
}

/* The thread of @p that is accused, or NULL. */
static struct thread *look_at_process(struct proc *p, bool pokes)
{
	struct thread *t, *accused = NULL;

	if (!spin_trylock(&p->signals.lock))
		return NULL;

	sigset_t of_proc = untaken(p);

	list_for_each_entry(t, &p->threads, proc_link) {
		if (accused == NULL &&
		    (look_at(t, of_proc) || watchdog_is_starved(t)))
			accused = t;
		if (pokes)
			poke(t);
	}
	if (accused != NULL)
		thread_get(accused);
	spin_unlock(&p->signals.lock);
	return accused;
}

static __noreturn void accuse(const struct thread *t)
{
	const struct sleep_watch *w = &t->watch;

	watchdog_will_report();
	if (t->ready_watch.is_starved)
		watchdog_accuse_hart(t);
	if (w->doubt == watchdog_unkillable)
		watchdog_accuse_sleep(t);
	if (watchdog_is_asleep(t))
		panic("lost wake-up: thread %d (%s) sleeps in %s although %s",
		      t->tid, t->name, w->where, w->doubt);
	panic("lost wake-up: thread %d (%s) goes on although %s: its work bit is not set",
	      t->tid, t->name, w->doubt);
}

/* All pokes come at once, so that between them harts stay idle long enough
 * for what is said of idle ones. */
static bool is_time_to_poke(void)
{
	if (watchdog_rounds_since(poked_in) < PATIENCE_ROUNDS)
		return false;
	poked_in = READ_ONCE(watchdog_round);
	return true;
}

void watchdog_look_at_threads(void)
{
	struct thread *accused = NULL;
	bool pokes;

	if (init_proc == NULL || !tree_trylock())
		return;
	pokes = is_time_to_poke();
	for (struct proc *p = init_proc; p != NULL && accused == NULL;
	     p = proc_tree_next(p))
		accused = look_at_process(p, pokes);
	tree_unlock();
	if (accused != NULL)
		accuse(accused);
}

#endif
