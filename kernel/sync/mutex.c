/*
 * sync/mutex.c - the sleeping lock.
 *
 * `owner` is the lock: 0, or the thread that has it, changed by one atomic
 * operation.  Who does not get it announces itself in `waiting`, tries for as
 * long as the owner runs on another hart (lockspin.h), and then sleeps in the
 * queue; unlock looks at `waiting` and wakes one, who then tries again.
 * A thread that comes by just then may be faster; nothing is handed over, so
 * a lock that is taken often does not force a switch for each time: handed to
 * a sleeper, it would be of no use to anybody until he runs, and all who want
 * it meanwhile would go to sleep, too.
 *
 * So that nobody is passed for ever, who stands first in the queue and has
 * slept in vain PATIENCE times keeps the lock for himself: with MUTEX_KEPT in
 * `owner` nobody but he can take it, and unlock leaves it there.  He is awake
 * when he does that, and one who sleeps again is woken by the next unlock.
 *
 *	owner			first in the queue	another
 *	has the lock
 *				woken; too late again
 *				sets MUTEX_KEPT
 *	unlock: 0|KEPT				finds KEPT: not free
 *	wakes the first		takes it, KEPT goes
 */

#include "sync/mutex.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "sync/lockspin.h"

/* Beside the owner: the first in the queue is the next. */
#define MUTEX_KEPT ((uintptr_t)1)
#define PATIENCE 8

static struct thread *owner_of(const struct mutex *m)
{
	return (struct thread *)(READ_ONCE(m->owner) & ~MUTEX_KEPT);
}

#if LAB
#define MUTEX_RANK(m) ((enum lock_rank)(m)->rank)
#define mutex_set_rank(m, r) ((void)((m)->rank = (r)))
#define mutex_set_told(m, is) WRITE_ONCE((m)->told, (is))

/* Dropped, and whoever was woken then has had it since: an unlock that found
 * somebody asleep has woken nobody. */
static const char *is_left_free(const struct thread *t UNUSED,
				const struct sleep_watch *watch)
{
	const struct mutex *m = watch->arg;

	return owner_of(m) == NULL && !READ_ONCE(m->told) ?
	       "it is free" : NULL;
}
#else
#define MUTEX_RANK(m) ((void)(m), (enum lock_rank)0)
#define mutex_set_rank(m, r) ((void)(m), (void)(r))
#define mutex_set_told(m, is) ((void)(is))
#define is_left_free NULL
#endif

static const struct sleep_kind mutex_sleep = {
	.name = "mutex",
	.over = is_left_free,
	.awaits = "its owner",
	.is_lock = true,
};

void mutex_init(struct mutex *m, enum lock_rank rank)
{
	m->owner = 0;
	m->waiting = 0;
	waitq_init(&m->waiters);
	mutex_set_rank(m, rank);
	mutex_set_told(m, false);
}

/*
 * @free: as the word is when this thread may take the lock.
 *
 * ORDER mutex, taking side; the other is in mutex_unlock().
 * Acquire: what the last owner did is visible to us.
 */
static bool try_own(struct mutex *m, uintptr_t free)
{
	if (!atomic_replace(&m->owner, free, (uintptr_t)current_thread()))
		return false;
	mutex_set_told(m, false);
	return true;
}

/* Reading is cheaper for the owner's hart than trying. */
static bool spin_and_own(struct mutex *m, uintptr_t free)
{
	struct lockspin spin = { 0 };

	do {
		if (READ_ONCE(m->owner) == free && try_own(m, free))
			return true;
	} while (lockspin_turn(&spin, owner_of(m)));
	return false;
}

/* Nobody overtakes here, so once first is first until it leaves. */
static bool is_first(const struct mutex *m, const struct waiter *w)
{
	return READ_ONCE(m->waiters.sleepers.next) == &w->link;
}

/* How @m has to look for @w, which has slept in vain @lost times. */
static uintptr_t free_for(struct mutex *m, const struct waiter *w, unsigned lost)
{
	if (lost < PATIENCE || !is_first(m, w))
		return 0;
	(void)__atomic_fetch_or(&m->owner, MUTEX_KEPT, __ATOMIC_RELAXED);
	return MUTEX_KEPT;
}

static NOINLINE void wait_and_own(struct mutex *m)
{
	struct waiter w = { .thread = current_thread(), .exclusive = true };
	uintptr_t free = 0;

	lockorder_waits(m, MUTEX_RANK(m));
	/*
	 * ORDER mutex-waiting, waiting side; the other is in mutex_unlock().
	 * Store buffering: we announce ourselves and then try the owner word;
	 * unlock clears the owner and then reads the announcement.  Both use
	 * a full fence: either we get the lock or we are woken.
	 */
	atomic_fetch_add_full(&m->waiting, 1);
	for (unsigned lost = 0; !spin_and_own(m, free); lost++) {
		waitq_prepare(&m->waiters, &w, false);
		free = free_for(m, &w, lost);
		if (try_own(m, free))
			break;
		race_point(waitq_tested, &m->waiters);
		watchdog_sleeps(&mutex_sleep, m, m, "mutex_lock");
		block_schedule();
	}
	lockorder_got(m, MUTEX_RANK(m));
	waitq_finish(&w);
	__atomic_fetch_sub(&m->waiting, 1, __ATOMIC_RELAXED);
}

static ALWAYS_INLINE void NO_THREAD_SAFETY own(struct mutex *m) ACQUIRES(m)
{
	if (unlikely(!try_own(m, 0)))
		wait_and_own(m);
}

void mutex_lock(struct mutex *m)
{
	lockorder_acquire(m, MUTEX_RANK(m));
	own(m);
}

void mutex_lock_below(struct mutex *m)
{
	lockorder_below(m, MUTEX_RANK(m));
	own(m);
}

bool NO_THREAD_SAFETY mutex_trylock(struct mutex *m)
{
	if (!try_own(m, 0))
		return false;
	lockorder_try(m, MUTEX_RANK(m));
	return true;
}

void NO_THREAD_SAFETY mutex_unlock(struct mutex *m)
{
	assert(mutex_is_held(m));
	lockorder_release(m, MUTEX_RANK(m));
	/*
	 * ORDER mutex, dropping side; the other is in try_own().
	 * ORDER mutex-waiting, waking side; the other is in wait_and_own().
	 */
	(void)atomic_fetch_and_full(&m->owner, MUTEX_KEPT);
	noise_point();
	if (unlikely(READ_ONCE(m->waiting) != 0))
		mutex_set_told(m, waitq_wake_one(&m->waiters) != 0);
}

bool mutex_is_held(const struct mutex *m)
{
	return owner_of(m) == current_thread();
}
