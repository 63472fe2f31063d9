/*
 * ipc/futex/futex.c - waiting for a word of user memory to change, waking who
 * waits, and moving him to another one; see futex.h.
 */
#include "ipc/futex/futex_internal.h"

#include "debug/race.h"
#include "ipc/futex/pi.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "proc/task/proc.h"
#include "sync/retry.h"
#include "sync/spin_pair.h"

struct bucket futex_buckets[FUTEX_BUCKETS];

void futex_init(void)
{
	futex_pi_init();
	for (unsigned i = 0; i < FUTEX_BUCKETS; i++) {
		spin_init(&futex_buckets[i].lock, RANK_FUTEX);
		list_init(&futex_buckets[i].waiters);
	}
}

int futex_key(struct futex_address at, struct word_name *key)
{
	if (at.addr % sizeof(uint32_t) != 0)
		return -EINVAL;
	if (at.addr >= user_end)
		return -EFAULT;
	if (at.shared)
		return user_word_name(at.addr, key);
	*key = user_word_name_private(at.addr);
	return 0;
}

int futex_keys(struct futex_address at, struct futex_address at2,
	       struct word_name *key, struct word_name *key2)
{
	int err = futex_key(at, key);

	return err != 0 ? err : futex_key(at2, key2);
}

/* ---- waiting ---- */

/* Who of @b is the first to be woken after one of @priority. */
static struct list *next_after(struct bucket *b, uint8_t priority)
	REQUIRES(C_futex)
{
	struct futex_waiter *other;

	list_for_each_entry(other, &b->waiters, link)
		if (other->priority < priority)
			return &other->link;
	return &b->waiters;
}

/* Few have a priority, and they stand in front: who has none looks at nobody. */
static void insert_locked(struct bucket *b, struct futex_waiter *w)
	REQUIRES(C_futex)
{
	list_insert_before(w->priority == 0 ? &b->waiters :
					      next_after(b, w->priority), &w->link);
}

static void enqueue_locked(struct bucket *b, struct futex_waiter *w)
	REQUIRES(C_futex)
{
	w->priority = READ_ONCE(w->thread->rt_priority);
	w->bucket = b;
	insert_locked(b, w);
}

static void dequeue_locked(struct futex_waiter *w) REQUIRES(C_futex)
{
	list_remove(&w->link);
	atomic_fetch_add_relaxed(&w->bucket->nr_waiters, -1U);
	/*
	 * ORDER futex-woken, waker side; the other is futex_leave().  The last
	 * thing done to @w: its thread may return at once.
	 */
	store_release(&w->bucket, NULL);
}

int futex_join(struct bucket *b, struct futex_waiter *w, vaddr_t addr,
	       uint32_t expected)
{
	uint32_t value;
	int err;

	/*
	 * ORDER futex-waiters, waiter side; the other is futex_wake().
	 * Store buffering: we count ourselves and then read the word; the
	 * waker's program changed the word and then reads the count.
	 */
	atomic_fetch_add_full(&b->nr_waiters, 1);
	smp_mb();
	spin_lock(&b->lock);
	err = get_user_u32_nofault(&value, addr);
	if (err == 0 && value != expected)
		err = -EAGAIN;
	if (err == 0) {
		enqueue_locked(b, w);
		block_prepare(true);
	}
	spin_unlock(&b->lock);
	if (err != 0)
		atomic_fetch_add_relaxed(&b->nr_waiters, -1U);
	return err;
}

int futex_fault_in(struct retry *r, vaddr_t addr, bool write)
{
	if (!retry_again(r))
		return -EINTR;
	return fault_in_user(addr, write);
}

bool futex_try_again(struct retry *r, int *err, vaddr_t addr)
{
	if (*err == -EFAULT)
		*err = futex_fault_in(r, addr, true);
	else if (*err == -EAGAIN)
		*err = retry_again(r) ? 0 : -EINTR;
	else
		return false;
	return *err == 0;
}

bool futex_leave(struct futex_waiter *w)
{
	struct retry r = { 0 };

	for (;;) {
		/* ORDER futex-woken, waiter side; the other is
		 * dequeue_locked(). */
		struct bucket *b = load_acquire(&w->bucket);

		if (b == NULL)
			return true;
		spin_lock(&b->lock);
		if (w->bucket == b) {
			dequeue_locked(w);
			spin_unlock(&b->lock);
			return false;
		}
		spin_unlock(&b->lock);
		/* A thread that is to die has to leave, too. */
		(void)!retry_again(&r);
	}
}

static const char *is_woken(const struct thread *t UNUSED,
				const struct sleep_watch *watch)
{
	const struct futex_waiter *w = watch->arg;

	return READ_ONCE(w->bucket) == NULL ? "it was taken off the queue" : NULL;
}

static const struct sleep_kind futex_sleep = {
	.name = "futex",
	.over = is_woken,
	.awaits = "FUTEX_WAKE",
};

/* Its sleep has been announced.  A requeue may change the key meanwhile; the
 * watchdog gets one or the other. */
static bool sleep(const struct futex_waiter *w, uint64_t deadline)
{
	watchdog_sleeps(&futex_sleep, (const void *)READ_ONCE(w->key.offset), w, "futex_wait");
	return block_schedule_until(deadline);
}

static long sleep_until_woken(struct futex_waiter *w, uint64_t deadline)
{
	long why = 0;

	race_point(futex_joined, w->thread);
	while (READ_ONCE(w->bucket) != NULL && why == 0) {
		if (block_interrupted())
			why = -ERESTARTSYS;
		else if (!sleep(w, deadline))
			why = -ETIMEDOUT;
		else if (READ_ONCE(w->bucket) != NULL)
			block_prepare(true);
	}
	block_cancel();
	return futex_leave(w) ? 0 : why;
}

long futex_wait(struct futex_address at, uint32_t expected, uint32_t bitset,
		uint64_t deadline)
{
	struct futex_waiter w = { .bitset = bitset,
				  .thread = current_thread() };
	struct retry r = { 0 };
	uint32_t value;
	int err;

	if (bitset == 0)
		return -EINVAL;
	/* Most calls that need not wait end here, without a lock. */
	if (get_user_u32_nofault(&value, at.addr) == 0 && value != expected)
		return -EAGAIN;
	race_point(futex_looked, at.addr);
	do {
		err = futex_key(at, &w.key);
		if (err != 0)
			return err;
		err = futex_join(futex_bucket(&w.key), &w, at.addr, expected);
	} while (err == -EFAULT && (err = futex_fault_in(&r, at.addr, false)) == 0);
	if (err != 0)
		return err;
	race_point(futex_queued, at.addr);
	return sleep_until_woken(&w, deadline);
}

/* ---- waking ---- */

/* The thread is held: with the queue left, it may return and be gone. */
static void wake_locked(struct futex_waiter *w) REQUIRES(C_futex)
{
	struct thread *t = w->thread;

	thread_get(t);
	dequeue_locked(w);
	wake_thread(t);
	thread_put(t);
}

int futex_wake_matching_locked(struct bucket *b, const struct word_name *key,
			       int max, uint32_t bitset)
{
	struct futex_waiter *w, *next;
	int woken = 0;

	list_for_each_entry_safe(w, next, &b->waiters, link) {
		if (woken >= max)
			break;
		if (!key_same(&w->key, key) || !(w->bitset & bitset))
			continue;
		wake_locked(w);
		woken++;
	}
	return woken;
}

long futex_wake(struct futex_address at, int max, uint32_t bitset)
{
	struct word_name key;
	int err = bitset == 0 ? -EINVAL : futex_key(at, &key);

	if (err != 0)
		return err;

	struct bucket *b = futex_bucket(&key);
	int woken = 0;

	/*
	 * ORDER futex-waiters, waker side; the other is futex_join().  With the
	 * full fence either we see the waiter counted, or it sees the word
	 * that our program wrote before this call.
	 */
	smp_mb();
	if (READ_ONCE(b->nr_waiters) != 0) {
		spin_lock(&b->lock);
		woken = futex_wake_matching_locked(b, &key,
						   futex_at_least_one(max), bitset);
		spin_unlock(&b->lock);
	}
	race_point(futex_woken, at.addr);
	return woken;
}

bool futex_has_waiters(const struct word_name *key)
{
	struct bucket *b = futex_bucket(key);
	const struct futex_waiter *w;
	bool found = false;

	spin_lock(&b->lock);
	list_for_each_entry(w, &b->waiters, link)
		found = found || key_same(&w->key, key);
	spin_unlock(&b->lock);
	return found;
}

/*
 * A waiter that goes on waiting for another word.  Where that has the same
 * bucket it keeps its place in the queue: who walks it meets it only once.
 */
static void move_locked(struct futex_waiter *w, struct bucket *to,
			const struct word_name *key) REQUIRES(C_futex)
{
	w->key = *key;
	if (w->bucket == to)
		return;
	atomic_fetch_add_relaxed(&w->bucket->nr_waiters, -1U);
	atomic_fetch_add_relaxed(&to->nr_waiters, 1);
	list_remove(&w->link);
	insert_locked(to, w);
	WRITE_ONCE(w->bucket, to);
}

/* Each waiter is woken, moved or left, once, however many are asked for. */
static int requeue_locked(struct bucket *from, struct bucket *to,
			  const struct word_name *key,
			  const struct word_name *new, int max_wake,
			  int max_move) REQUIRES(C_futex)
{
	struct futex_waiter *w, *next;
	int done = futex_wake_matching_locked(from, key, max_wake, FUTEX_ANY);
	int moved = 0;

	list_for_each_entry_safe(w, next, &from->waiters, link) {
		if (moved >= max_move)
			break;
		if (!key_same(&w->key, key))
			continue;
		move_locked(w, to, new);
		moved++;
	}
	return done + moved;
}

/* 0, or -EAGAIN: not as expected, or -EFAULT: not there now.  @expected NULL:
 * it may be anything. */
static int compare_word(vaddr_t addr, const uint32_t *expected)
{
	uint32_t value;
	int err = expected == NULL ? 0 : get_user_u32_nofault(&value, addr);

	if (err == 0 && expected != NULL && value != *expected)
		err = -EAGAIN;
	return err;
}

long futex_requeue(struct futex_address from, struct futex_address to,
		   int max_wake, int max_move, const uint32_t *expected)
{
	struct word_name key, new;
	struct retry r = { 0 };
	long done = 0;
	int err;

	if (max_wake < 0 || max_move < 0)
		return -EINVAL;
	do {
		err = futex_keys(from, to, &key, &new);
		if (err != 0)
			return err;

		struct bucket *a = futex_bucket(&key), *b = futex_bucket(&new);

		race_point(futex_requeues, from.addr);
		spin_lock_pair(&a->lock, &b->lock);
		err = compare_word(from.addr, expected);
		if (err == 0)
			done = requeue_locked(a, b, &key, &new, max_wake,
					      max_move);
		spin_unlock_pair(&a->lock, &b->lock);
	} while (err == -EFAULT && (err = futex_fault_in(&r, from.addr, false)) == 0);
	return err != 0 ? err : done;
}
