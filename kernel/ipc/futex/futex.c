/*
 * ipc/futex/futex.c - waiting for words of user memory to change; see futex.h.
 */
#include "ipc/futex/futex.h"

#include "debug/race.h"
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

#define NR_BUCKETS 256

/* A store to the word of FUTEX_WAKE_OP that others are faster than, under the
 * locks: so often in a row, then they are dropped for a moment. */
#define CHANGES_MAX 64

struct bucket {
	struct LOCK_OF(spinlock, futex) lock; /* RANK_FUTEX */
	struct list waiters GUARDED_BY(C_futex); /* oldest first */
	uint32_t nr_waiters;    /* (a) ORDER futex-waiters */
} __aligned(64);

struct futex_waiter {
	struct list link GUARDED_BY(C_futex);
	struct bucket *bucket;  /* (a) changed under both buckets' locks; NULL: woken */
	struct word_name key GUARDED_BY(C_futex); /* from it is queued on */
	uint32_t bitset;        /* (c) */
	struct thread *thread;  /* (c) */
};

static struct bucket buckets[NR_BUCKETS];

void futex_init(void)
{
	for (unsigned i = 0; i < NR_BUCKETS; i++) {
		spin_init(&buckets[i].lock, RANK_FUTEX);
		list_init(&buckets[i].waiters);
	}
}

static int make_key(struct futex_address at, struct word_name *key)
{
	if (at.addr % sizeof(uint32_t) != 0)
		return -EINVAL;
	if (at.addr >= USER_END)
		return -EFAULT;
	if (at.shared)
		return user_word_name(at.addr, key);
	*key = user_word_name_private(at.addr);
	return 0;
}

static int make_keys(struct futex_address at, struct futex_address at2,
		     struct word_name *key, struct word_name *key2)
{
	int err = make_key(at, key);

	return err != 0 ? err : make_key(at2, key2);
}

static bool key_same(const struct word_name *a, const struct word_name *b)
{
	return a->object == b->object && a->offset == b->offset;
}

static struct bucket *bucket_of(const struct word_name *key)
{
	uint64_t x = (key->offset >> 2) ^ (key->object << 20);

	return &buckets[x * 0x9e3779b97f4a7c15UL >> 56];
}

_Static_assert(NR_BUCKETS == 1 << 8, "bucket_of() keeps eight bits");

/* ---- waiting ---- */

static void enqueue_locked(struct bucket *b, struct futex_waiter *w)
	REQUIRES(C_futex)
{
	w->bucket = b;
	list_push_back(&b->waiters, &w->link);
}

static void dequeue_locked(struct futex_waiter *w) REQUIRES(C_futex)
{
	list_remove(&w->link);
	atomic_fetch_add_relaxed(&w->bucket->nr_waiters, -1U);
	/*
	 * ORDER futex-woken, waker side; the other is leave().  The last
	 * thing done to @w: its thread may return at once.
	 */
	store_release(&w->bucket, NULL);
}

/*
 * Join the queue if the word is as expected.  The word cannot be read while
 * its page is missing, and not faulted in under a spinlock: then -EFAULT,
 * and the caller faults it in and comes again.
 */
static int join(struct bucket *b, struct futex_waiter *w, vaddr_t addr,
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

/* The word was not there to be touched under a lock: bring it in, for another
 * attempt.  -EFAULT: it cannot be. */
static int fault_in(struct retry *r, vaddr_t addr, bool write)
{
	if (!retry_again(r))
		return -EINTR;
	return fault_in_user(addr, write);
}

/*
 * Leave the queue, whichever it is by now: a requeue may move us until we
 * hold the right lock.  True when somebody has woken us instead.
 */
static bool leave(struct futex_waiter *w)
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
	return leave(w) ? 0 : why;
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
		err = make_key(at, &w.key);
		if (err != 0)
			return err;
		err = join(bucket_of(&w.key), &w, at.addr, expected);
	} while (err == -EFAULT && (err = fault_in(&r, at.addr, false)) == 0);
	return err != 0 ? err : sleep_until_woken(&w, deadline);
}

/* ---- waiting for any of several words ---- */

/*
 * One sleep in several queues.  Whoever takes one of the waiters off ends it,
 * and we leave the others.
 *
 * Each join() announces the sleep anew, and so overwrites that somebody has
 * woken us for a word joined before.  That is not lost: he has taken the waiter
 * off before he changed our state, we look at all of them after we did, with a
 * fence in between (block_prepare()), and do not sleep.
 */
struct any_wait {
	const struct futex_word *words; /* (c) */
	struct futex_waiter *waiters;   /* one for each */
	unsigned n;
};

/* There is no memory of the sleeper's stack to look at: it may be gone. */
static const struct sleep_kind any_sleep = {
	.name = "futex_waitv",
	.awaits = "FUTEX_WAKE",
};

static bool all_wait(const struct any_wait *any)
{
	for (unsigned i = 0; i < any->n; i++)
		if (READ_ONCE(any->waiters[i].bucket) == NULL)
			return false;
	return true;
}

/* Leave the first @n queues: a word that somebody has woken us for, or -1. */
static long leave_all(const struct any_wait *any, unsigned n)
{
	long woken = -1;

	for (unsigned i = 0; i < n; i++)
		if (leave(&any->waiters[i]))
			woken = i;
	return woken;
}

static int join_one(const struct any_wait *any, unsigned i)
{
	const struct futex_word *word = &any->words[i];
	struct futex_waiter *w = &any->waiters[i];
	int err = make_key(word->at, &w->key);

	w->bitset = FUTEX_ANY;
	w->thread = current_thread();
	return err != 0 ? err :
	       join(bucket_of(&w->key), w, word->at.addr, word->expected);
}

/*
 * Join all queues, or none.  0; the word that we were woken for meanwhile is
 * in *@woken, or -1; *@failed is the word of an error.
 */
static int join_all(const struct any_wait *any, long *woken, unsigned *failed)
{
	int err = 0;
	unsigned i = 0;

	*woken = -1;
	while (i < any->n && (err = join_one(any, i)) == 0)
		i++;
	if (err == 0)
		return 0;
	block_cancel();
	*failed = i;
	*woken = leave_all(any, i);
	return *woken >= 0 ? 0 : err;
}

/* Its sleep has been announced. */
static bool sleep_for_any(const struct any_wait *any, uint64_t deadline)
{
	watchdog_sleeps(&any_sleep, (const void *)any->words[0].at.addr, NULL,
			"futex_wait_any");
	return block_schedule_until(deadline);
}

static long sleep_until_any_woken(const struct any_wait *any,
				  uint64_t deadline)
{
	long why = 0, woken;

	while (all_wait(any) && why == 0) {
		if (block_interrupted())
			why = -ERESTARTSYS;
		else if (!sleep_for_any(any, deadline))
			why = -ETIMEDOUT;
		else if (all_wait(any))
			block_prepare(true);
	}
	block_cancel();
	woken = leave_all(any, any->n);
	return woken >= 0 ? woken : why;
}

static long wait_any(const struct any_wait *any, uint64_t deadline)
{
	struct retry r = { 0 };
	unsigned failed = 0;
	long woken;
	int err;

	while ((err = join_all(any, &woken, &failed)) == -EFAULT) {
		err = fault_in(&r, any->words[failed].at.addr, false);
		if (err != 0)
			break;
	}
	if (err != 0 || woken >= 0)
		return err != 0 ? err : woken;
	return sleep_until_any_woken(any, deadline);
}

long futex_wait_any(const struct futex_word *words, unsigned n,
		    uint64_t deadline)
{
	struct any_wait any = { .words = words, .n = n };
	long woken;

	any.waiters = kzalloc(n * sizeof(*any.waiters));
	if (any.waiters == NULL)
		return -ENOMEM;
	woken = wait_any(&any, deadline);
	kfree(any.waiters);
	return woken;
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

static int wake_matching_locked(struct bucket *b, const struct word_name *key,
				int max, uint32_t bitset) REQUIRES(C_futex)
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

/* Linux wakes one where none, or fewer, are asked for. */
static int at_least_one(int max)
{
	return max(max, 1);
}

long futex_wake(struct futex_address at, int max, uint32_t bitset)
{
	struct word_name key;
	int err = bitset == 0 ? -EINVAL : make_key(at, &key);

	if (err != 0)
		return err;

	struct bucket *b = bucket_of(&key);
	int woken = 0;

	/*
	 * ORDER futex-waiters, waker side; the other is join().  With the
	 * full fence either we see the waiter counted, or it sees the word
	 * that our program wrote before this call.
	 */
	smp_mb();
	if (READ_ONCE(b->nr_waiters) != 0) {
		spin_lock(&b->lock);
		woken = wake_matching_locked(b, &key, at_least_one(max),
					     bitset);
		spin_unlock(&b->lock);
	}
	race_point(futex_woken, at.addr);
	return woken;
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
	list_push_back(&to->waiters, &w->link);
	WRITE_ONCE(w->bucket, to);
}

/* Each waiter is woken, moved or left, once, however many are asked for. */
static int requeue_locked(struct bucket *from, struct bucket *to,
			  const struct word_name *key,
			  const struct word_name *new, int max_wake,
			  int max_move) REQUIRES(C_futex)
{
	struct futex_waiter *w, *next;
	int done = wake_matching_locked(from, key, max_wake, FUTEX_ANY);
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
		err = make_keys(from, to, &key, &new);
		if (err != 0)
			return err;

		struct bucket *a = bucket_of(&key), *b = bucket_of(&new);

		spin_lock_pair(&a->lock, &b->lock);
		err = compare_word(from.addr, expected);
		if (err == 0)
			done = requeue_locked(a, b, &key, &new, max_wake,
					      max_move);
		spin_unlock_pair(&a->lock, &b->lock);
	} while (err == -EFAULT && (err = fault_in(&r, from.addr, false)) == 0);
	return err != 0 ? err : done;
}

/* ---- FUTEX_WAKE_OP ---- */

/* The operand word: op:4, compare:4, operand:12, compare operand:12. */
static int32_t field12(uint32_t op, unsigned shift)
{
	return (int32_t)(op >> shift << 20) >> 20;
}

static bool apply(uint32_t op, uint32_t old, uint32_t *new)
{
	uint32_t arg = (uint32_t)field12(op, 12);

	if (op & BIT(31))
		arg = 1U << (arg & 31);
	switch (op >> 28 & 7) {
	case 0: *new = arg; return true;
	case 1: *new = old + arg; return true;
	case 2: *new = old | arg; return true;
	case 3: *new = old & ~arg; return true;
	case 4: *new = old ^ arg; return true;
	default: return false;
	}
}

#define MAX_COMPARISON 5

static bool compare(uint32_t op, uint32_t old)
{
	int32_t value = (int32_t)old, arg = field12(op, 0);

	switch (op >> 24 & 15) {
	case 0: return value == arg;
	case 1: return value != arg;
	case 2: return value < arg;
	case 3: return value <= arg;
	case 4: return value > arg;
	case 5: return value >= arg;
	default: return false;
	}
}

/* 0, -ENOSYS, -EFAULT: not there now, or -EAGAIN: others change it, too. */
static int change_word(vaddr_t addr, uint32_t op, uint32_t *old)
{
	uint32_t seen, new;
	int err = get_user_u32_nofault(old, addr);

	if ((op >> 24 & 15) > MAX_COMPARISON)
		return -ENOSYS;
	for (unsigned i = 0; err == 0 && i < CHANGES_MAX; i++) {
		if (!apply(op, *old, &new))
			return -ENOSYS;
		err = cmpxchg_user_u32_nofault(addr, *old, new, &seen);
		if (err != 0 || seen == *old)
			return err;
		*old = seen;
	}
	return err != 0 ? err : -EAGAIN;
}

static int wake_both_locked(struct bucket *a, struct bucket *b,
			    const struct word_name *key,
			    const struct word_name *key2, int max_wake,
			    int max_wake2) REQUIRES(C_futex)
{
	int woken = wake_matching_locked(a, key, max_wake, FUTEX_ANY);

	return woken + wake_matching_locked(b, key2, max_wake2, FUTEX_ANY);
}

long futex_wake_op(struct futex_address from, struct futex_address to,
		   int max_wake, int max_wake2, uint32_t op)
{
	struct word_name key, key2;
	struct retry r = { 0 };
	uint32_t old;
	long woken = 0;
	int err;

	do {
		err = make_keys(from, to, &key, &key2);
		if (err != 0)
			return err;

		struct bucket *a = bucket_of(&key), *b = bucket_of(&key2);

		spin_lock_pair(&a->lock, &b->lock);
		err = change_word(to.addr, op, &old);
		if (err == 0)
			woken = wake_both_locked(a, b, &key, &key2,
				at_least_one(max_wake), compare(op, old) ?
				at_least_one(max_wake2) : 0);
		spin_unlock_pair(&a->lock, &b->lock);
	} while ((err == -EFAULT || err == -EAGAIN) &&
		 (err = fault_in(&r, to.addr, true)) == 0);
	return err != 0 ? err : woken;
}
