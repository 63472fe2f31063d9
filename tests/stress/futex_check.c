/*
 * futex_check.c - a futex word that changes just before its waiter sleeps.
 *
 * Claim:  FUTEX_WAIT sleeps only while the word has the expected value:
 *         whoever changes the word and then wakes finds the waiter in the
 *         queue, or the waiter finds the word changed.
 * Method: two threads meet; one waits for the word to leave 0, the other sets
 *         it to 1 and wakes, after a delay that varies.
 * Oracle: after the wake the waiter comes back. If it is found asleep again
 *         and again while the word is 1 and nobody else will wake it, its
 *         wake-up was lost.
 * -X:     every 16th time the waker forgets to wake.
 */
#define _GNU_SOURCE
#include "libstuck.h"

#include <linux/futex.h>
#include <sys/syscall.h>

static uint32_t word;
static volatile long returns;
static volatile bool enters;		/* the waiter is about to wait */
static volatile pid_t waiter_tid;
static struct meeting start, end, next;
static volatile bool more = true;

static long futex(int op, uint32_t value)
{
	return syscall(SYS_futex, &word, op | FUTEX_PRIVATE_FLAG, value, NULL,
		       NULL, 0);
}

static void *waiter(void *arg)
{
	struct rng rng = rng_of(1);

	(void)arg;
	waiter_tid = gettid();
	do {
		meet(&start, 2);
		rng_dither(&rng);
		while (__atomic_load_n(&word, __ATOMIC_ACQUIRE) == 0) {
			enters = true;
			futex(FUTEX_WAIT, 0);
		}
		returns++;
		meet(&end, 2);
		meet(&next, 2);
	} while (more);
	return NULL;
}

static void wait_for_return(long before)
{
	for (int i = 0; returns == before; i++) {
		if (i < 1000) {
			sched_yield();
			continue;
		}
		if (!stays_in_state(getpid(), waiter_tid, 'S', &returns,
				    before))
			continue;
		stress_check(false, "a thread sleeps in futex_wait() for 0 although the word is %u",
			     word);
		futex(FUTEX_WAKE, 1);
		i = 0;
	}
}

int main(int argc, char **argv)
{
	pthread_t thread;
	struct rng rng;

	stress_begin(argc, argv, 2, "a futex word is tested and slept on in one step");
	rng = rng_of(0);
	tap_thread(&thread, NULL, waiter, NULL);
	do {
		long before = returns;

		meet(&start, 2);
		while (!enters)
			sched_yield();
		enters = false;
		for (int i = rng_below(&rng, 40); i > 0; i--)
			rng_dither(&rng);
		__atomic_store_n(&word, 1, __ATOMIC_RELEASE);
		if (!stress.wrong || rng_below(&rng, 16) != 0)
			futex(FUTEX_WAKE, 1);
		wait_for_return(before);
		meet(&end, 2);
		stress_round();
		__atomic_store_n(&word, 0, __ATOMIC_RELEASE);
		more = stress_go_on();
		meet(&next, 2);
	} while (more);
	pthread_join(thread, NULL);
	return stress_end();
}
