/*
 * tests/stress/futex_storm.c
 *
 * Claim    A futex waiter that is woken, moved by requeue, timed out or
 *          interrupted leaves its queue once, wherever it is by then; the
 *          number of waiters woken is the number of wakes reported.
 * Method   Waiters wait on the first of two words with short timeouts; others
 *          wake it, move waiters to the second and wake that. Every waiter
 *          counts how it came back; at the end the counts must agree.
 * Catches  A waiter that times out while it is moved between buckets (race
 *          46), the value tested without the bucket's lock (45), a wake that
 *          is counted but reaches nobody.
 * -X       Some wakes are not counted.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>

static int word[2];		/* always 0 */
static unsigned long nr_woken, nr_wakes;
static bool stop;

static long futex(int *uaddr, int op, int value, const void *arg, int *uaddr2)
{
	return syscall(SYS_futex, uaddr, op | FUTEX_PRIVATE_FLAG, value, arg,
		       uaddr2, 0);
}

static void count_wakes(long n)
{
	if (stress_check(n >= 0, "a wake fails with errno %d", errno) && n)
		__atomic_fetch_add(&nr_wakes, stress.wrong ? n - 1 : n,
				   __ATOMIC_RELAXED);
}

static void *wait_for_wake(void *me)
{
	struct rng rng = rng_of((long)me);

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		struct timespec ts = { 0, 1 + rng_below(&rng, 3000000) };
		long r;

		r = futex(&word[0], FUTEX_WAIT, 0, &ts, NULL);
		if (r == 0)
			__atomic_fetch_add(&nr_woken, 1, __ATOMIC_RELAXED);
		else
			stress_check(errno == ETIMEDOUT, "wait: errno %d",
				     errno);
	}
	return NULL;
}

static void *wake_and_move(void *me)
{
	struct rng rng = rng_of(100 + (long)me);
	long n;

	while (stress_go_on()) {
		int some = rng_below(&rng, 3);

		switch (rng_below(&rng, 4)) {
		case 0:
			count_wakes(futex(&word[0], FUTEX_WAKE, some, NULL,
					  NULL));
			break;
		case 1:
			count_wakes(futex(&word[1], FUTEX_WAKE, INT_MAX, NULL,
					  NULL));
			break;
		default:
			/* Wakes none and moves some: gives how many. */
			n = futex(&word[0], FUTEX_CMP_REQUEUE, 0,
				  (void *)(long)some, &word[1]);
			stress_check(n >= 0 && n <= some,
				     "requeue of %d gives %ld", some, n);
		}
		rng_dither(&rng);
		if (rng_below(&rng, 16) == 0)
			usleep(200);
		stress_round();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t t[MAX_THREADS];
	int waiters;

	stress_begin(argc, argv, 6, "futex wakes and requeues lose nobody");
	waiters = stress.threads;
	for (long i = 0; i < waiters; i++)
		tap_thread(&t[i], NULL, wait_for_wake, (void *)i);
	stress_threads(2, wake_and_move);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < waiters; i++)
		pthread_join(t[i], NULL);
	stress_check(nr_woken == nr_wakes, "%lu were woken, %lu wakes counted",
		     nr_woken, nr_wakes);
	return stress_end();
}
