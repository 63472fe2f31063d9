#pragma once

/*
 * ipc/futex/futex_internal.h - the queues of waiters, for each call that joins
 * or empties them.
 *
 * A word has a name (mm/uaccess.h), a name has a bucket, and a bucket is one queue
 * for all words that fall into it.
 */

#include "ipc/futex/futex.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/uaccess.h"
#include "sync/retry.h"
#include "sync/spinlock.h"

struct thread;

#define FUTEX_BUCKETS 256

struct bucket {
	struct LOCK_OF(spinlock, futex) lock; /* RANK_FUTEX */
	struct list waiters GUARDED_BY(C_futex); /* by priority, then oldest first */
	uint32_t nr_waiters;    /* (a) ORDER futex-waiters */
} __aligned(64);

struct futex_waiter {
	struct list link GUARDED_BY(C_futex);
	struct bucket *bucket;  /* (a) changed under both buckets' locks; NULL: woken */
	struct word_name key GUARDED_BY(C_futex); /* from it is queued on */
	uint32_t bitset;        /* (c) */
	uint8_t priority GUARDED_BY(C_futex); /* real-time, as it began to wait */
	struct thread *thread;  /* (c) */
};

extern struct bucket futex_buckets[FUTEX_BUCKETS];

static inline struct bucket *futex_bucket(const struct word_name *key)
{
	uint64_t x = (key->offset >> 2) ^ (key->object << 20);

	return &futex_buckets[x * 0x9e3779b97f4a7c15UL >> 56];
}

_Static_assert(FUTEX_BUCKETS == 1 << 8, "futex_bucket() keeps eight bits");

static inline bool key_same(const struct word_name *a,
			    const struct word_name *b)
{
	return a->object == b->object && a->offset == b->offset;
}

/* The name of a word, or of two: 0, -EINVAL (not aligned) or -EFAULT. */
int futex_key(struct futex_address at, struct word_name *key);
int futex_keys(struct futex_address at, struct futex_address at2,
	       struct word_name *key, struct word_name *key2);

/* Linux wakes one where none, or fewer, are asked for. */
static inline int futex_at_least_one(int max)
{
	return max(max, 1);
}

/*
 * Join the queue if the word is as expected (else -EAGAIN), and announce the
 * sleep.  The word cannot be read while its page is missing, and not faulted in
 * under a spinlock: then -EFAULT, and the caller faults it in and comes again.
 */
int futex_join(struct bucket *b, struct futex_waiter *w, vaddr_t addr,
	       uint32_t expected);
/*
 * Leave the queue, whichever it is by now: a requeue may move us until we
 * hold the right lock.  True when somebody has woken us instead.
 */
bool futex_leave(struct futex_waiter *w);
/* The word was not there to be touched under a lock: bring it in, for another
 * attempt.  -EFAULT: it cannot be; -EINTR: this thread is to die. */
int futex_fault_in(struct retry *r, vaddr_t addr, bool write);
/*
 * An attempt that changes the word at @addr has failed, *@err says why: is another one
 * worth it?  -EFAULT: it is not there, and is brought in; -EAGAIN: another thread was
 * faster.  False: *@err is the answer.
 */
bool futex_try_again(struct retry *r, int *err, vaddr_t addr);
/* Does anybody wait for the word? */
bool futex_has_waiters(const struct word_name *key);
/* Wake up to @max of those who wait in @b for the word: how many. */
int futex_wake_matching_locked(struct bucket *b, const struct word_name *key,
			       int max, uint32_t bitset) REQUIRES(C_futex);
