/*
 * tests/stress/requeue_storm.c
 *
 * Claim    Who waits for a word, to be moved to a mutex that lends priority,
 *          owns the mutex when his call says so, and else does not: however
 *          his being moved, his time, a signal and the owner's giving up meet.
 *          Nobody is forgotten on the way.
 * Method   Threads that wait, many of them for a moment only, and count in two
 *          words when they own the mutex; threads that move a few of them, with
 *          the mutex or without, and interrupt one.
 * Catches  requeue_pi_timeout; a waiter who is forgotten (is_moved set, and not
 *          made to wait: seen, it hangs).
 * -X       Whose time is up counts as if he owned the mutex.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>

enum { SIGNALLERS = 2 };

static uint32_t condition, mutex;
static volatile long first, second;
static pthread_t threads[MAX_THREADS];
static int nr_back;

static long futex(uint32_t *at, int op, uint32_t value, const void *arg,
		  uint32_t *at2, uint32_t value3)
{
	return syscall(SYS_futex, at, op | FUTEX_PRIVATE_FLAG, value, arg, at2,
		       value3);
}

static bool swap(uint32_t *at, uint32_t old, uint32_t new)
{
	return __atomic_compare_exchange_n(at, &old, new, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static bool owns_it(void)
{
	return (__atomic_load_n(&mutex, __ATOMIC_SEQ_CST) & FUTEX_TID_MASK) ==
	       (uint32_t)gettid();
}

static void lock(void)
{
	if (!swap(&mutex, 0, gettid()))
		stress_check(futex(&mutex, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0,
			     "lock: errno %d", errno);
}

static void unlock(void)
{
	if (!swap(&mutex, gettid(), 0))
		stress_check(futex(&mutex, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0,
			     "unlock: errno %d", errno);
}

static void use(void)
{
	stress_check(first == second, "two have it: %ld, %ld", first, second);
	first++;
	sched_yield();
	second++;
}

static void wait_once(struct rng *rng)
{
	struct timespec until = stress_soon(rng, CLOCK_MONOTONIC, 400000);
	uint32_t seen;
	int err = 0;

	lock();
	seen = condition;
	unlock();
	if (futex(&condition, FUTEX_WAIT_REQUEUE_PI, seen,
		  rng_below(rng, 4) ? &until : NULL, &mutex, 0) < 0)
		err = errno;
	if (err == 0 || (stress.wrong && err == ETIMEDOUT)) {
		stress_check(stress.wrong || owns_it(),
			     "it comes back, and does not own the mutex");
		use();
		if (!stress.wrong)
			unlock();
	} else {
		stress_check(err == EAGAIN || err == ETIMEDOUT, "errno %d", err);
		stress_check(!owns_it(), "errno %d, and it owns the mutex", err);
	}
}

static void *waits(void *arg)
{
	struct rng rng = rng_of((long)arg);

	while (stress_go_on())
		wait_once(&rng);
	__atomic_fetch_add(&nr_back, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Another may have changed the word, who has no mutex: then nobody is moved. */
static void move(long more, bool with_mutex)
{
	uint32_t value;

	if (with_mutex)
		lock();
	value = __atomic_add_fetch(&condition, 1, __ATOMIC_SEQ_CST);
	stress_check(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)more,
			   &mutex, value) >= 0 || errno == EAGAIN,
		     "move: errno %d", errno);
	if (with_mutex)
		unlock();
}

static void *moves(void *arg)
{
	struct rng rng = rng_of((long)arg);

	while (stress_go_on()) {
		move(rng_below(&rng, 4), rng_below(&rng, 4) != 0);
		if (rng_below(&rng, 8) == 0)
			pthread_kill(threads[rng_below(&rng, stress.threads)],
				     SIGUSR1);
		if (rng_below(&rng, 4) == 0)
			usleep(rng_below(&rng, 300));
		stress_round();
	}
	return NULL;
}

static void hear(int sig TAP_UNUSED)
{
}

int main(int argc, char **argv)
{
	pthread_t signallers[SIGNALLERS];

	stress_begin(argc, argv, 6, "who is moved to a mutex comes back as its owner");
	signal(SIGUSR1, hear);
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&threads[i], NULL, waits, (void *)i);
	for (long i = 0; i < SIGNALLERS; i++)
		tap_thread(&signallers[i], NULL, moves, (void *)(100 + i));
	for (int i = 0; i < SIGNALLERS; i++)
		pthread_join(signallers[i], NULL);
	while (__atomic_load_n(&nr_back, __ATOMIC_SEQ_CST) < stress.threads) {
		move(INT_MAX, true);
		usleep(1000);
	}
	for (int i = 0; i < stress.threads; i++)
		pthread_join(threads[i], NULL);
	return stress_end();
}
