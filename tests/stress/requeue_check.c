/*
 * tests/stress/requeue_check.c
 *
 * Claim    FUTEX_CMP_REQUEUE looks at the word and wakes in one step: who waits for
 *          another value than is expected is not woken.
 * Method   A thread makes the word 1, waits for a while, as nobody is to wake it, and
 *          makes it 0 again. Another one wakes all the time, expecting 0.
 * Oracle   Nobody who waits is woken: while he does, the word is 1.
 * Catches  A word that is compared before the locks of the queues are taken.
 * -X       1 is expected now and then.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <linux/futex.h>
#include <sys/syscall.h>

enum { WAIT_NS = 300000, EXPECTS_WRONGLY = 64 };

static uint32_t word, other_word;
static int is_over; /* told by tap_tell() */

/* As long as it is 1 we wait, or are about to, or have just done so. */
static void wait_once(void)
{
	const struct timespec a_while = { 0, WAIT_NS };
	long err;

	__atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
	err = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, &a_while, NULL, 0);
	stress_check(err != 0, "who waits for 1 was woken by who expected 0");
	__atomic_store_n(&word, 0, __ATOMIC_SEQ_CST);
}

static void *wake_always(void *unused TAP_UNUSED)
{
	for (unsigned long n = 1; !tap_told(&is_over); n++) {
		uint32_t expected = stress.wrong && n % EXPECTS_WRONGLY == 0;

		syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, 1, 0UL, &other_word,
			expected);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct rng rng;
	pthread_t t;

	stress_begin(argc, argv, 2, "a word is compared and its waiters woken in one step");
	rng = rng_of(stress.seed);
	tap_thread(&t, NULL, wake_always, NULL);
	while (stress_go_on()) {
		wait_once();
		rng_dither(&rng);
		stress_round();
	}
	tap_tell(&is_over, 1);
	pthread_join(t, NULL);
	return stress_end();
}
