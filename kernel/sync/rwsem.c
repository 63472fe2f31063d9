/*
 * sync/rwsem.c - the sleeping reader-writer lock.
 *
 * `state` counts the readers in steps of READER and has two bits: WRITER,
 * somebody holds it exclusively, and WAITING, the queue is not empty.  While
 * WAITING is clear, every operation is one atomic change of state.  While it
 * is set, nobody gets in past the queue: newcomers of both kinds join its
 * end, and whoever releases the lock hands it to the first in the queue (a
 * writer, or all readers up to the next writer).  So it is first come, first
 * served, and a waiting writer keeps new readers out.
 *
 * The queue's lock covers: the queue, setting and clearing WAITING, and every
 * grant to a waiter.  Only releases change state without it then.
 */

#include "sync/rwsem.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bug.h"

#define WRITER BIT(0)
#define WAITING BIT(1)
#define READER BIT(8)
#define READERS (~(READER - 1))

struct rwsem_waiter {
	struct list link;      /* (queue's lock) */
	struct thread *thread; /* (c) */
	bool writer;           /* (c) */
	bool granted;          /* (queue's lock) it holds the lock now */
};

#if LAB
#define RWSEM_RANK(s) ((enum lock_rank)(s)->rank)
#define rwsem_set_rank(s, r) ((void)((s)->rank = (r)))

static const char *is_granted(const struct thread *t UNUSED,
				const struct sleep_watch *watch)
{
	const struct rwsem_waiter *w = watch->arg;
	const struct rwsem *s = watch->object;

	if (READ_ONCE(w->granted))
		return "it has been given the lock";
	return READ_ONCE(s->state) & (WRITER | READERS) ? NULL : "it is free";
}
#else
#define RWSEM_RANK(s) ((void)(s), (enum lock_rank)0)
#define rwsem_set_rank(s, r) ((void)(s), (void)(r))
#define is_granted NULL
#endif

static const struct sleep_kind rwsem_sleep = {
	.name = "rwsem",
	.over = is_granted,
	.awaits = "its holders",
	.is_lock = true,
};

void rwsem_init(struct rwsem *s, enum lock_rank rank)
{
	s->state = 0;
	spin_init(&s->lock, RANK_WAITQ);
	list_init(&s->waiters);
	rwsem_set_rank(s, rank);
}

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

/* The lock is s->lock.  Hand the lock to whoever is first, if it is free. */
static void grant_first(struct rwsem *s)
{
	while (!list_is_empty(&s->waiters)) {
		struct rwsem_waiter *w = list_entry(s->waiters.next,
						    struct rwsem_waiter, link);
		/* ORDER rwsem, granting side; the other is rwsem_unlock(). */
		uint64_t state = load_acquire(&s->state);

		if (state & WRITER || (w->writer && state & READERS))
			return;
		atomic_fetch_add_full(&s->state, w->writer ? WRITER : READER);
		list_remove(&w->link);
		WRITE_ONCE(w->granted, true);
		wake_thread(w->thread);
	}
	atomic_fetch_and_full(&s->state, ~WAITING);
}

static void grant(struct rwsem *s)
{
	unsigned long irq = spin_lock_irqsave(&s->lock);

	grant_first(s);
	spin_unlock_irqrestore(&s->lock, irq);
}

/* Announce a sleep; false when the lock is ours already. */
static bool prepare(struct rwsem *s, const struct rwsem_waiter *w)
{
	unsigned long irq = spin_lock_irqsave(&s->lock);
	bool granted = w->granted;

	if (!granted)
		block_prepare(false);
	spin_unlock_irqrestore(&s->lock, irq);
	return !granted;
}

static NOINLINE void wait_for_grant(struct rwsem *s, bool writer)
{
	struct rwsem_waiter w = { .thread = current_thread(), .writer = writer };
	unsigned long irq = spin_lock_irqsave(&s->lock);

	lockorder_waits(s, RWSEM_RANK(s));
	list_push_back(&s->waiters, &w.link);
	/* From here on a release looks at the queue; one that came before
	 * left the lock free, which the look of our own finds. */
	atomic_fetch_or_full(&s->state, WAITING);
	grant_first(s);
	spin_unlock_irqrestore(&s->lock, irq);

	while (prepare(s, &w)) {
		watchdog_sleeps(&rwsem_sleep, s, &w,
				writer ? "rwsem_lock" : "rwsem_lock_shared");
		block_schedule();
	}
	lockorder_got(s, RWSEM_RANK(s));
}

void NO_THREAD_SAFETY rwsem_lock_shared(struct rwsem *s)
{
	lockorder_acquire(s, RWSEM_RANK(s));
	if (unlikely(!try_shared(s)))
		wait_for_grant(s, false);
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
	/* ORDER rwsem, dropping side; the others are in try_exclusive() and
	 * grant_first(). */
	uint64_t old = __atomic_fetch_sub(&s->state, READER, __ATOMIC_SEQ_CST);

	assert((old & READERS) != 0 && !(old & WRITER));
	noise_point();
	if (unlikely(old & WAITING) && (old & READERS) == READER)
		grant(s);
}

void NO_THREAD_SAFETY rwsem_lock(struct rwsem *s)
{
	lockorder_acquire(s, RWSEM_RANK(s));
	if (unlikely(!try_exclusive(s)))
		wait_for_grant(s, true);
}

void NO_THREAD_SAFETY rwsem_unlock(struct rwsem *s)
{
	lockorder_release(s, RWSEM_RANK(s));
	/* ORDER rwsem, dropping side; the others are in try_shared(),
	 * try_exclusive() and grant_first(). */
	uint64_t old = atomic_fetch_and_full(&s->state, ~WRITER);

	assert(old & WRITER);
	noise_point();
	if (unlikely(old & WAITING))
		grant(s);
}

bool rwsem_is_held(const struct rwsem *s)
{
	return READ_ONCE(s->state) & (WRITER | READERS);
}

bool rwsem_is_held_exclusive(const struct rwsem *s)
{
	return READ_ONCE(s->state) & WRITER;
}
