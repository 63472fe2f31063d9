/*
 * sync/rwsem.c - the sleeping reader-writer lock.
 *
 * `state` counts the readers in steps of READER and has three bits: WRITER,
 * somebody holds it exclusively; WAITING, the queue is not empty; KEPT, the
 * first in the queue is the next.  While WAITING is clear, every operation is
 * one atomic change of state.
 *
 * Who does not get it tries for as long as the writer runs on another hart
 * (lockspin.h), past those who sleep: a lock that goes to who is awake keeps
 * nobody waiting.  Then it joins the queue.  From there only the first takes
 * the lock: whoever gives it up wakes him, and a reader that took it wakes a
 * reader behind him.
 *
 * Two things keep others from passing the queue for ever.  A newcomer does not
 * join readers when somebody waits: so they come to an end, and then the first
 * is woken.  And one that was woken PATIENCE times, too late each time, keeps
 * the lock for himself: with KEPT in state only he can take it.
 *
 *	holder			first in the queue	newcomer
 *	has the lock		asleep			spins
 *	gives it up
 *	wakes the first					takes it
 *				too late: sleeps		(so often, then)
 *	gives it up
 *	sets KEPT, wakes				finds KEPT: not free
 *				takes it, KEPT goes
 *
 * The queue's lock covers: the queue, setting and clearing WAITING and KEPT,
 * and the first's taking of the lock.
 */

#include "sync/rwsem.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "sync/lockspin.h"

#define WRITER RWSEM_WRITER
#define WAITING BIT(1)
#define KEPT BIT(2)
#define READER BIT(8)
#define READERS (~(READER - 1))
#define PATIENCE 8

struct rwsem_waiter {
	struct list link;      /* (queue's lock) */
	struct thread *thread; /* (c) */
	bool writer;           /* (c) */
	unsigned woken;        /* (queue's lock) how often, as the first */
};

/* Free for the first in the queue. */
static bool is_free_for(uint64_t state, bool writer)
{
	return !(state & WRITER) && !(writer && state & READERS);
}

static bool is_first(const struct rwsem *s, const struct rwsem_waiter *w)
{
	return READ_ONCE(s->waiters.next) == &w->link;
}

#if LAB
#define RWSEM_RANK(s) ((enum lock_rank)(s)->rank)
#define rwsem_set_rank(s, r) ((void)((s)->rank = (r)))

/* Whoever gave it up, or became first by it, has had to wake this one. */
static const char *is_left_free(const struct thread *t UNUSED,
				const struct sleep_watch *watch)
{
	const struct rwsem_waiter *w = watch->arg;
	const struct rwsem *s = watch->object;

	return is_first(s, w) && is_free_for(READ_ONCE(s->state), w->writer) ?
	       "it is free" : NULL;
}
#else
#define RWSEM_RANK(s) ((void)(s), (enum lock_rank)0)
#define rwsem_set_rank(s, r) ((void)(s), (void)(r))
#define is_left_free NULL
#endif

static const struct sleep_kind rwsem_sleep = {
	.name = "rwsem",
	.over = is_left_free,
	.awaits = "its holders",
	.is_lock = true,
};

void rwsem_init(struct rwsem *s, enum lock_rank rank)
{
	s->state = 0;
	s->writer = NULL;
	spin_init(&s->lock, RANK_WAITQ);
	list_init(&s->waiters);
	rwsem_set_rank(s, rank);
}

/* ---- without the queue ---- */

/*
 * ORDER rwsem, taking side; the others are in rwsem_unlock() and
 * rwsem_unlock_shared().  Acquire: what those who held it before us did.
 */
static bool try_shared(struct rwsem *s)
{
	uint64_t old = READ_ONCE(s->state);

	while (!(old & (WRITER | WAITING)))
		if (__atomic_compare_exchange_n(&s->state, &old, old + READER,
						true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

static bool try_exclusive(struct rwsem *s)
{
	uint64_t old = 0;

	/* ORDER rwsem, excluding side; the others are in rwsem_unlock() and
	 * rwsem_unlock_shared(). */
	return __atomic_compare_exchange_n(&s->state, &old, WRITER, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* For one that may pass the queue; among readers, only if there is none. */
static bool may_pass(uint64_t state, bool writer)
{
	if (state & KEPT || !is_free_for(state, writer))
		return false;
	return !(state & WAITING && state & READERS);
}

static bool try_pass(struct rwsem *s, bool writer)
{
	uint64_t old = READ_ONCE(s->state);

	/* ORDER rwsem, passing side; the others are in rwsem_unlock() and
	 * rwsem_unlock_shared(). */
	while (may_pass(old, writer))
		if (__atomic_compare_exchange_n(&s->state, &old,
						old + (writer ? WRITER : READER),
						true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

static bool spin_and_pass(struct rwsem *s, bool writer)
{
	struct lockspin spin = { 0 };

	do {
		if (try_pass(s, writer))
			return true;
	} while (lockspin_turn(&spin, READ_ONCE(s->writer)));
	return false;
}

/* ---- the queue: the lock is s->lock ---- */

static struct list *queue_of(struct rwsem *s)
{
	assert_spin_held(&s->lock);
	return &s->waiters;
}

static struct rwsem_waiter *first_of(struct rwsem *s)
{
	return list_entry(queue_of(s)->next, struct rwsem_waiter, link);
}

/* @w is the first: this is what a queued one takes. */
static bool take_state(struct rwsem *s, const struct rwsem_waiter *w)
{
	uint64_t old = READ_ONCE(s->state), new;

	do {
		if (!is_free_for(old, w->writer))
			return false;
		new = (old & ~KEPT) + (w->writer ? WRITER : READER);
		/* ORDER rwsem, queued side; the others are in rwsem_unlock()
		 * and rwsem_unlock_shared(). */
	} while (!__atomic_compare_exchange_n(&s->state, &old, new, true,
					      __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return true;
}

static bool take_as_first(struct rwsem *s, struct rwsem_waiter *w)
{
	if (!is_first(s, w) || !take_state(s, w))
		return false;
	list_remove(&w->link);
	/* No ORDER: of a queue that only who has s->lock looks at. */
	if (list_is_empty(queue_of(s)))
		atomic_fetch_and_relaxed(&s->state, ~WAITING);
	else if (!w->writer && !first_of(s)->writer)
		wake_thread(first_of(s)->thread);
	return true;
}

/* False: it is not ours, and a sleep is announced. */
static bool take_or_announce(struct rwsem *s, struct rwsem_waiter *w)
{
	unsigned long irq = spin_lock_irqsave(&s->lock);
	bool taken = take_as_first(s, w);

	if (!taken)
		block_prepare(false);
	spin_unlock_irqrestore(&s->lock, irq);
	return taken;
}

/* From here on who gives the lock up looks at the queue; if that was before,
 * it is free now, which our own look finds. */
static void join(struct rwsem *s, struct rwsem_waiter *w)
{
	unsigned long irq = spin_lock_irqsave(&s->lock);

	list_push_back(queue_of(s), &w->link);
	/* No ORDER: giving up and our own look change this same word. */
	atomic_fetch_or_full(&s->state, WAITING);
	spin_unlock_irqrestore(&s->lock, irq);
}

/* The first has been woken: as long as it pays, it waits awake. */
static void spin_as_first(struct rwsem *s, const struct rwsem_waiter *w)
{
	struct lockspin spin = { 0 };

	while (is_first(s, w) && !is_free_for(READ_ONCE(s->state), w->writer) &&
	       lockspin_turn(&spin, READ_ONCE(s->writer)))
		;
}

static void sleep_and_take(struct rwsem *s, bool writer)
{
	struct rwsem_waiter w = { .thread = current_thread(), .writer = writer };

	join(s, &w);
	while (!take_or_announce(s, &w)) {
		watchdog_sleeps(&rwsem_sleep, s, &w,
				writer ? "rwsem_lock" : "rwsem_lock_shared");
		block_schedule();
		spin_as_first(s, &w);
	}
}

static NOINLINE void wait_and_take(struct rwsem *s, bool writer)
{
	lockorder_waits(s, RWSEM_RANK(s));
	if (!spin_and_pass(s, writer))
		sleep_and_take(s, writer);
	if (writer)
		WRITE_ONCE(s->writer, current_thread());
	lockorder_got(s, RWSEM_RANK(s));
}

/* The lock was given up, with somebody in the queue. */
static NOINLINE void wake_first(struct rwsem *s)
{
	unsigned long irq = spin_lock_irqsave(&s->lock);

	if (!list_is_empty(queue_of(s))) {
		/* No ORDER: says who may take it, in the word that is taken. */
		if (++first_of(s)->woken > PATIENCE)
			atomic_fetch_or_full(&s->state, KEPT);
		wake_thread(first_of(s)->thread);
	}
	spin_unlock_irqrestore(&s->lock, irq);
}

/* ---- what others call ---- */

void NO_THREAD_SAFETY rwsem_lock_shared(struct rwsem *s)
{
	lockorder_acquire(s, RWSEM_RANK(s));
	if (unlikely(!try_shared(s)))
		wait_and_take(s, false);
}

bool NO_THREAD_SAFETY rwsem_trylock_shared(struct rwsem *s)
{
	if (!try_shared(s))
		return false;
	lockorder_try(s, RWSEM_RANK(s));
	return true;
}

void NO_THREAD_SAFETY rwsem_unlock_shared(struct rwsem *s)
{
	lockorder_release(s, RWSEM_RANK(s));
	/* ORDER rwsem, dropping side; the others are in try_exclusive(),
	 * try_pass() and take_state(). */
	uint64_t old = __atomic_fetch_sub(&s->state, READER, __ATOMIC_SEQ_CST);

	assert((old & READERS) != 0 && !(old & WRITER));
	noise_point();
	if (unlikely(old & WAITING) && (old & READERS) == READER)
		wake_first(s);
}

void NO_THREAD_SAFETY rwsem_lock(struct rwsem *s)
{
	lockorder_acquire(s, RWSEM_RANK(s));
	if (likely(try_exclusive(s)))
		WRITE_ONCE(s->writer, current_thread());
	else
		wait_and_take(s, true);
}

void NO_THREAD_SAFETY rwsem_unlock(struct rwsem *s)
{
	lockorder_release(s, RWSEM_RANK(s));
	WRITE_ONCE(s->writer, NULL);
	/* ORDER rwsem, dropping side; the others are in try_shared(),
	 * try_exclusive(), try_pass() and take_state(). */
	uint64_t old = atomic_fetch_and_full(&s->state, ~WRITER);

	assert(old & WRITER);
	noise_point();
	if (unlikely(old & WAITING))
		wake_first(s);
}

bool rwsem_is_held(const struct rwsem *s)
{
	return READ_ONCE(s->state) & (WRITER | READERS);
}

bool rwsem_is_held_exclusive(const struct rwsem *s)
{
	return READ_ONCE(s->state) & WRITER;
}
