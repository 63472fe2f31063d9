/*
 * futex_paths.c - the less travelled ways through futexes, between processes.
 *
 * Claim:  a waiter is woken by who wakes its word and one of its bits, once,
 *         by whichever call, in whichever process, and may end at once.
 * Method: threads of several processes wait on some words of memory that all
 *         share, with a set of bits and a short time, and end when they are
 *         back; others take their place.  Wakers use FUTEX_WAKE,
 *         FUTEX_WAKE_BITSET, FUTEX_WAKE_OP and FUTEX_CMP_REQUEUE on pairs of
 *         the words, which lie in different buckets; what WAKE_OP adds to is
 *         added to by plain instructions, too.
 * Oracle: as many come back woken as wakes were reported, of each bit at least
 *         as many as were woken by it alone.  All additions are there.
 * -X:     some wakes are not counted.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <linux/futex.h>
#include <sys/syscall.h>

enum { WORDS = 3, APART = 17, BITS = 2, WAITERS = 6, WAITING_PROCESSES = 2,
       ADDITIONS = 300 };

/* What FUTEX_WAKE_OP does: add, and wake the second word's if it was >= 0. */
#define ADD(n) ((int)FUTEX_OP(FUTEX_OP_ADD, n, FUTEX_OP_CMP_GE, 0))

static struct shared {
	int words[WORDS * APART];  /* always 0, each APART from the next */
	int sums[WORDS];           /* what FUTEX_WAKE_OP adds to */
	long added[WORDS];
	long woken[BITS], wakes[BITS]; /* of one bit alone */
	long any_wakes;            /* of both */
	bool over;
} *shared;

static long futex(int *word, int op, long value, const void *arg, int *word2,
		  long value3)
{
	return syscall(SYS_futex, word, op, value, arg, word2, value3);
}

static int *some_word(struct rng *rng)
{
	return &shared->words[rng_below(rng, WORDS) * APART];
}

static void add(long *count, long n)
{
	if (stress_check(n >= 0, "a wake fails with errno %d", errno))
		__atomic_fetch_add(count, n, __ATOMIC_RELAXED);
}

/* ---- those who wait ---- */

static bool is_over(void)
{
	return __atomic_load_n(&shared->over, __ATOMIC_RELAXED);
}

/* The end of the thread is the end of its stack, where the waiter was. */
static void *wait_once(void *seed)
{
	struct rng rng = rng_of((uint64_t)seed);
	unsigned bit = (unsigned)rng_below(&rng, BITS);
	struct timespec until;
	long r;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)rng_below(&rng, 3000000);
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	r = futex(some_word(&rng), FUTEX_WAIT_BITSET, 0, &until, NULL, 1L << bit);
	if (r == 0)
		add(&shared->woken[bit], 1);
	else
		stress_check(errno == ETIMEDOUT, "wait: errno %d", errno);
	return NULL;
}

static void keep_waiting(long me)
{
	long seed = 1000 * (me + 1);
	pthread_t t[WAITERS];

	while (!is_over() && !stress_failed()) {
		for (int i = 0; i < WAITERS; i++)
			tap_thread(&t[i], NULL, wait_once, (void *)seed++);
		for (int i = 0; i < WAITERS; i++)
			pthread_join(t[i], NULL);
	}
}

/* ---- those who wake ---- */

static void wake_one_bit(struct rng *rng)
{
	unsigned bit = (unsigned)rng_below(rng, BITS);

	add(&shared->wakes[bit],
	    futex(some_word(rng), FUTEX_WAKE_BITSET, (long)rng_below(rng, 2) + 1,
		  NULL, NULL, 1L << bit));
}

static void wake_any(struct rng *rng)
{
	long n = futex(some_word(rng), FUTEX_WAKE, 1, NULL, NULL, 0);

	add(&shared->any_wakes, stress.wrong && n > 0 ? n - 1 : n);
}

static void wake_and_add(struct rng *rng)
{
	unsigned i = (unsigned)rng_below(rng, WORDS);

	add(&shared->any_wakes, futex(some_word(rng), FUTEX_WAKE_OP, 1, (void *)1L,
				      &shared->sums[i], ADD(1)));
	__atomic_fetch_add(&shared->added[i], 1, __ATOMIC_RELAXED);
}

/* As a program would that has no need to wake. */
static void add_only(struct rng *rng)
{
	unsigned i = (unsigned)rng_below(rng, WORDS);

	for (int n = 0; n < ADDITIONS; n++)
		__atomic_fetch_add(&shared->sums[i], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&shared->added[i], ADDITIONS, __ATOMIC_RELAXED);
}

/* One of each word. */
static void wake_both(struct rng *rng)
{
	add(&shared->any_wakes, futex(some_word(rng), FUTEX_WAKE_OP, 1, (void *)1L,
				      some_word(rng), ADD(0)));
}

/* Wakes none. */
static void move(struct rng *rng)
{
	int *from = some_word(rng), *to = some_word(rng);

	stress_check(futex(from, FUTEX_CMP_REQUEUE, 0, (void *)2L, to, 0) >= 0,
		     "requeue: errno %d", errno);
}

static void keep_waking(long me)
{
	static void (*const ways[])(struct rng *) = {
		wake_one_bit, wake_one_bit, wake_any, wake_and_add, add_only,
		wake_both, move, move,
	};
	struct rng rng = rng_of((uint64_t)me);

	while (stress_go_on()) {
		ways[rng_below(&rng, sizeof(ways) / sizeof(*ways))](&rng);
		rng_dither(&rng);
		if (rng_below(&rng, 8) == 0)
			sched_yield();
		stress_round();
	}
	__atomic_store_n(&shared->over, true, __ATOMIC_RELAXED);
}

static void run_worker(long me)
{
	if (me < WAITING_PROCESSES)
		keep_waiting(me);
	else
		keep_waking(me);
}

int main(int argc, char **argv)
{
	const struct shared *s;
	long woken, wakes;

	stress_begin(argc, argv, WAITING_PROCESSES + 2, "each wake reaches one waiter, and each waiter is woken for a reason");
	if (stress.threads <= WAITING_PROCESSES)
		stress.threads = WAITING_PROCESSES + 1;
	s = shared = stress_map(sizeof(*shared), MAP_SHARED);
	stress_children(stress.threads, run_worker);
	woken = s->woken[0] + s->woken[1];
	wakes = s->wakes[0] + s->wakes[1] + s->any_wakes;
	stress_check(woken == wakes, "%ld were woken, %ld wakes counted", woken,
		     wakes);
	for (int bit = 0; bit < BITS; bit++)
		stress_check(s->woken[bit] >= s->wakes[bit],
			     "bit %d: %ld were woken, and %ld by it alone", bit,
			     s->woken[bit], s->wakes[bit]);
	for (int i = 0; i < WORDS; i++)
		stress_check(s->sums[i] == (int)s->added[i], "%ld additions make %d",
			     s->added[i], s->sums[i]);
	return stress_end();
}
