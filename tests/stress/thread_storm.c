/*
 * tests/stress/thread_storm.c
 *
 * Claim    Threads made and ended as fast as can be, joined or detached, each
 *          run once, on their own stack, with their own thread id.
 * Method   Workers create small gangs of threads, which fill their stacks and
 *          thread-local storage, check them after a yield and report; joins
 *          rely on CLONE_CHILD_CLEARTID's wake-up.
 * Catches  A kernel stack or a user stack freed while in use (race 38), a
 *          lost wake-up at thread exit, a thread on two harts (37).
 * -X       The gang's threads share one variable instead of their own.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { GANG = 6 };

static __thread long own[64];
static long not_own[64];
static unsigned long nr_run, nr_made;

static void *fill_and_check(void *arg)
{
	long mark = (long)arg, *where = stress.wrong ? not_own : own;
	volatile long on_stack[200];

	for (int i = 0; i < 200; i++)
		on_stack[i] = mark + i;
	for (int i = 0; i < 64; i++)
		where[i] = mark;
	sched_yield();
	for (int i = 0; i < 200; i++)
		stress_check(on_stack[i] == mark + i,
			     "a stack holds %ld, expected %ld", on_stack[i],
			     mark + i);
	for (int i = 0; i < 64; i++)
		stress_check(where[i] == mark,
			     "thread-local %ld, expected %ld", where[i], mark);
	__atomic_fetch_add(&nr_run, 1, __ATOMIC_RELAXED);
	return (void *)mark;
}

static void run_detached(long mark)
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 64 << 10);
	if (stress_check(pthread_create(&t, &attr, fill_and_check,
					(void *)mark) == 0, "pthread_create"))
		__atomic_fetch_add(&nr_made, 1, __ATOMIC_RELAXED);
	pthread_attr_destroy(&attr);
}

static void *run_gangs(void *me)
{
	struct rng rng = rng_of((long)me);
	pthread_t t[GANG];
	void *result;

	while (stress_go_on()) {
		long mark = rng_next(&rng) >> 8;
		int n = 1 + rng_below(&rng, GANG);

		for (int i = 0; i < n; i++)
			stress_check(pthread_create(&t[i], NULL, fill_and_check,
						    (void *)(mark + i)) == 0,
				     "pthread_create: errno %d", errno);
		for (int i = 0; i < n; i++) {
			pthread_join(t[i], &result);
			stress_check(result == (void *)(mark + i),
				     "joined %p, expected %#lx", result,
				     mark + i);
		}
		__atomic_fetch_add(&nr_made, n, __ATOMIC_RELAXED);
		if (rng_below(&rng, 4) == 0)
			run_detached(mark);
		stress_round();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 4, "every thread runs once, on its own stack");
	stress_threads(stress.threads, run_gangs);
	while (!stress_failed() && __atomic_load_n(&nr_run, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&nr_made, __ATOMIC_RELAXED))
		usleep(1000);	/* the detached ones; the watchdog limits it */
	return stress_end();
}
