/*
 * sync/mutex.c - the sleeping lock.
 *
 * `owner` is the lock: NULL, or the thread that has it, changed by one atomic
 * operation.  Who does not get it announces itself in `waiting` and sleeps in
 * the queue; unlock looks at `waiting` and wakes one, who then tries again.
 * A thread that comes by just then may be faster; nothing is handed over, so
 * a lock that is taken often does not force a switch for each time.
 */

#include "sync/mutex.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bug.h"

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

	return READ_ONCE(m->owner) == NULL && !READ_ONCE(m->told) ?
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
	m->owner = NULL;
	m->waiting = 0;
	waitq_init(&m->waiters);
	mutex_set_rank(m, rank);
	mutex_set_told(m, false);
}

/*
 * ORDER mutex, taking side; the other is in mutex_unlock().
 * Acquire: what the last owner did is visible to us.
 */
static bool try_own(struct mutex *m)
{
	if (!atomic_replace(&m->owner, NULL, current_thread()))
		return false;
	mutex_set_told(m, false);
	return true;
}

static NOINLINE void wait_and_own(struct mutex *m)
{
	struct waiter w = { .thread = current_thread(), .exclusive = true };

	lockorder_waits(m, MUTEX_RANK(m));
	/*
	 * ORDER mutex-waiting, waiting side; the other is in mutex_unlock().
	 * Store buffering: we announce ourselves and then try the owner word;
	 * unlock clears the owner and then reads the announcement.  Both use
	 * a full fence: either we get the lock or we are woken.
	 */
	atomic_fetch_add_full(&m->waiting, 1);
	for (;;) {
		waitq_prepare(&m->waiters, &w, false);
		if (try_own(m))
			break;
		race_point(waitq_tested, &m->waiters);
		watchdog_sleeps(&mutex_sleep, m, m, "mutex_lock");
		block_schedule();
	}
	lockorder_got(m, MUTEX_RANK(m));
	waitq_finish(&w);
	__atomic_fetch_sub(&m->waiting, 1, __ATOMIC_RELAXED);
}

void NO_THREAD_SAFETY mutex_lock(struct mutex *m)
{
	lockorder_acquire(m, MUTEX_RANK(m));
	if (unlikely(!try_own(m)))
		wait_and_own(m);
}

void NO_THREAD_SAFETY mutex_lock_below(struct mutex *m)
{
	lockorder_below(m, MUTEX_RANK(m));
	if (unlikely(!try_own(m)))
		wait_and_own(m);
}

bool NO_THREAD_SAFETY mutex_trylock(struct mutex *m)
{
	if (!try_own(m))
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
	(void)atomic_exchange_full(&m->owner, (struct thread *)NULL);
	noise_point();
	if (unlikely(READ_ONCE(m->waiting) != 0))
		mutex_set_told(m, waitq_wake_one(&m->waiters) != 0);
}

bool mutex_is_held(const struct mutex *m)
{
	return READ_ONCE(m->owner) == current_thread();
}
