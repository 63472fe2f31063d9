/*
 * ipc/futex/waitv.c - waiting for any of several words: futex_waitv().
 *
 * One sleep in several queues.  Whoever takes one of the waiters off ends it,
 * and we leave the others.
 *
 * Each futex_join() announces the sleep anew, and so overwrites that somebody
 * has woken us for a word joined before.  That is not lost: he has taken the
 * waiter off before he changed our state, we look at all of them after we did,
 * with a fence in between (block_prepare()), and do not sleep.
 */
#include "ipc/futex/futex_internal.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "proc/signal/signal.h"
#include "proc/task/proc.h"

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
		if (futex_leave(&any->waiters[i]))
			woken = i;
	return woken;
}

/* A word without a name gets none by another attempt, although it is there. */
static int name_all(const struct any_wait *any)
{
	int err = 0;

	for (unsigned i = 0; i < any->n && err == 0; i++)
		err = futex_key(any->words[i].at, &any->waiters[i].key);
	return err;
}

static int join_one(const struct any_wait *any, unsigned i)
{
	const struct futex_word *word = &any->words[i];
	struct futex_waiter *w = &any->waiters[i];

	w->bitset = FUTEX_ANY;
	w->thread = current_thread();
	return futex_join(futex_bucket(&w->key), w, word->at.addr, word->expected);
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

	do {
		err = name_all(any);
		if (err != 0)
			return err;
		err = join_all(any, &woken, &failed);
	} while (err == -EFAULT &&
		 (err = futex_fault_in(&r, any->words[failed].at.addr, false)) == 0);
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
