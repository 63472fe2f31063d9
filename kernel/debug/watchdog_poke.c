/*
 * debug/watchdog_poke.c - see watchdog.h: what a sleeper does itself.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/watchdog.h"
#include "debug/watchdog_internal.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "proc/sched/sched.h"
#include "proc/task/proc.h"
#include "sync/block.h"
#include "sync/waitq.h"

#define GRACE_ROUNDS 2

#if LAB

/* ---- deaf on purpose ---- */

static const struct proc *deaf_proc; /* (a) set last; NULL: nobody */
static char deaf_kind[16];           /* (deaf_proc) */

void watchdog_deafen(const char *kind)
{
	strlcpy(deaf_kind, kind, sizeof(deaf_kind));
	WRITE_ONCE(deaf_proc, current_proc());
}

/* No ORDER: one sleep of many is meant. */
static bool is_to_be_deaf(const struct sleep_kind *kind)
{
	const struct proc *p = current_thread()->proc;

	return p != NULL && READ_ONCE(deaf_proc) == p &&
	       strcmp(kind->name, deaf_kind) == 0 &&
	       atomic_replace(&deaf_proc, p, NULL);
}

/* ---- a sleep ---- */

/* Asleep again after a poke, and nobody has come: it is the same one. */
static bool goes_on(const struct sleep_watch *w, const char *where)
{
	return w->poked && w->where == where && READ_ONCE(w->wakes) == w->seen;
}

void watchdog_sleeps(const struct sleep_kind *kind, const void *object,
		     const void *arg, const char *where)
{
	struct sleep_watch *w = &current_thread()->watch;

	if (likely(!goes_on(w, where))) {
		WRITE_ONCE(w->since, READ_ONCE(watchdog_round));
		WRITE_ONCE(w->deaf, unlikely(READ_ONCE(deaf_proc) != NULL) &&
					    is_to_be_deaf(kind));
		w->seen = READ_ONCE(w->wakes);
	}
	WRITE_ONCE(w->poked, 0);
	WRITE_ONCE(w->object, object);
	WRITE_ONCE(w->arg, arg);
	WRITE_ONCE(w->where, where);
	WRITE_ONCE(w->kind, kind);
	/* ORDER watchdog-sleep, sleeping side; the others are in look_at()
	 * and watchdog_same_sleep(). */
	store_release(&w->nr, w->nr + 1);
}

uint32_t watchdog_nr_sleeps(void)
{
	return current_thread()->watch.nr;
}

void watchdog_sleeps_until(uint64_t deadline)
{
	struct sleep_watch *w = &current_thread()->watch;

	assert(w->kind != NULL);
	WRITE_ONCE(w->deadline, deadline);
}

void watchdog_woke(void)
{
	WRITE_ONCE(current_thread()->watch.kind, NULL);
}

/* What it was poked for it has looked at. */
void watchdog_awake(void)
{
	WRITE_ONCE(current_thread()->watch.poked, 0);
}

bool watchdog_waking(struct thread *t)
{
	if (unlikely(READ_ONCE(t->watch.deaf)))
		return false;
	atomic_fetch_add_relaxed(&t->watch.wakes, 1);
	return true;
}

/* ---- what a poke finds ---- */

bool watchdog_poked(void)
{
	return unlikely(READ_ONCE(current_thread()->watch.poked));
}

/* For some rounds; our own timer's wake-ups are not somebody's.  The sleep
 * has been announced or not. */
static bool nobody_comes(struct sleep_watch *w, const char *where)
{
	static const struct sleep_kind grace = {
		.name = "grace",
		.awaits = "who made it true",
	};
	uint32_t begin = READ_ONCE(watchdog_round);
	uint32_t wakes = w->seen;

	while (READ_ONCE(w->wakes) == wakes) {
		if (watchdog_rounds_since(begin) >= GRACE_ROUNDS)
			return true;
		block_prepare(false);
		watchdog_sleeps(&grace, NULL, NULL, where);
		if (block_schedule_until(clock_ticks() + ticks_per_second))
			return false;
		wakes++;
	}
	return false;
}

/* Was it poked?  It has looked, and hears again. */
static bool end_poke(struct sleep_watch *w)
{
	if (likely(!READ_ONCE(w->poked)))
		return false;
	WRITE_ONCE(w->poked, 0);
	WRITE_ONCE(w->deaf, 0);
	return true;
}

void watchdog_lost(const char *where, const char *what)
{
	const struct thread *self = current_thread();

	watchdog_will_report();
	panic("lost wake-up: thread %d (%s) sleeps in %s although %s",
	      self->tid, self->name, where, what);
}

/* The one who made it true may be about to wake us: there is time for that. */
void watchdog_found_true(const char *where, const char *what)
{
	struct sleep_watch *w = &current_thread()->watch;

	if (end_poke(w) && nobody_comes(w, where))
		watchdog_lost(where, what);
}

/* But for the running thread. */
static bool all_sleep(struct waitq *q)
{
	unsigned long irq = spin_lock_irqsave(&q->lock);
	const struct waiter *waiter;
	bool asleep = true;

	list_for_each_entry(waiter, &q->sleepers, link)
		asleep &= waiter->thread == NULL ||
			  waiter->thread == current_thread() ||
			  READ_ONCE(waiter->thread->state) == THREAD_BLOCKED;
	spin_unlock_irqrestore(&q->lock, irq);
	return asleep;
}

bool watchdog_was_forgotten(struct waitq *q, const char *where)
{
	struct sleep_watch *w = &current_thread()->watch;

	return end_poke(w) && all_sleep(q) && nobody_comes(w, where) &&
	       all_sleep(q);
}

#endif
