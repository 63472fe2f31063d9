#pragma once

/*
 * ipc/futex/futex.h - wait on a word of user memory, and wake who waits.
 *
 * The waiter sleeps only if the word still has the expected value, and the
 * test and the joining of the queue are one step to every waker: both happen
 * under the lock of the word's bucket, which a waker takes after the user
 * program has changed the word.
 *
 * Source: futex(2); H. Franke et al., "Fuss, Futexes and Furwocks", 2002.
 */

#include "lib/types.h"

#define FUTEX_ANY ~0U

/* Words of one process are known by address; those of shared mappings by the
 * place in the object behind, so that processes meet: mm/word.c. */
struct futex_address {
	vaddr_t addr;
	bool shared;
};

/* 0 when woken; -EAGAIN: the word is not @expected; -ETIMEDOUT,
 * -ERESTARTSYS, -EFAULT, -EINVAL (not aligned).  Sleeps. */
long futex_wait(struct futex_address at, uint32_t expected, uint32_t bitset,
		uint64_t deadline);
/* The same for up to FUTEX_WORDS_MAX words at once: the number of one that was
 * woken.  -ENOMEM, too. */
#define FUTEX_WORDS_MAX 128
struct futex_word {
	struct futex_address at;
	uint32_t expected;
};
long futex_wait_any(const struct futex_word *words, unsigned n,
		    uint64_t deadline);
/* How many were woken, at most @max. */
long futex_wake(struct futex_address at, int max, uint32_t bitset);
/* Wake @max_wake, move up to @max_move others to @to.  With @expected the
 * word must have that value (-EAGAIN).  Returns how many in all. */
long futex_requeue(struct futex_address from, struct futex_address to,
		   int max_wake, int max_move, const uint32_t *expected);
/* FUTEX_WAKE_OP: change the word at @to as @op says, wake waiters of both. */
long futex_wake_op(struct futex_address from, struct futex_address to,
		   int max_wake, int max_wake2, uint32_t op);

void futex_init(void);
