/*
 * tests/stress/rseq_storm.c
 *
 * Claim    Counters that belong to a hart, and are counted by plain loads and
 *          stores in restartable sequences, lose nothing, whoever preempts,
 *          signals or moves whom.
 * Method   More threads than harts count, with many turns between load and
 *          store; a timer's signal counts in its handler, on top of whatever
 *          it interrupts; threads move. At the end all counters together are
 *          what all threads have counted.
 * Catches  An abort that is lost: at a switch (drop `t->rseq.event = true` in
 *          rseq_leave(): seen, one in 70 counts), at a signal (drop
 *          rseq_signal() in run_handler(): seen, one in 1,100); a hart that is
 *          told wrong.
 * -X       The counting is in no sequence.
 */
#define _GNU_SOURCE
#include "libstress.h"
#include "../librseq.h"

enum { TURNS = 20000, RING_NS = 700000, STRIDE = 8 };

static volatile long counters[MAX_THREADS * STRIDE]; /* one in 64 bytes */
static volatile long all_counted;

static bool count_plainly(long turns)
{
	volatile long *counter = &counters[rseq_own()->cpu_id * STRIDE];
	long value = *counter;

	while (turns-- > 0)
		__asm__ volatile("");
	*counter = value + 1;
	return true;
}

static bool count(long turns)
{
	return stress.wrong ? count_plainly(turns) : rseq_count(counters, turns);
}

static void count_until_done(long turns)
{
	while (!count(turns))
		;
	__atomic_fetch_add(&all_counted, 1, __ATOMIC_RELAXED);
}

static __thread bool has_begun;

static void ring(int sig TAP_UNUSED)
{
	if (has_begun)
		count_until_done(10);
}

/* Another hart than the one that we are on, or all again. */
static void move(struct rng *rng)
{
	cpu_set_t set;

	if (rng_below(rng, 2)) {
		memset(&set, -1, sizeof(set));
	} else {
		CPU_ZERO(&set);
		CPU_SET(rng_below(rng, (int)sysconf(_SC_NPROCESSORS_ONLN)), &set);
	}
	sched_setaffinity(0, sizeof(set), &set);
}

static void *work(void *arg)
{
	struct rng rng = rng_of((long)arg);

	rseq_begin();
	has_begun = true;
	while (stress_go_on()) {
		count_until_done(rng_below(&rng, TURNS));
		if (rng_below(&rng, 20) == 0)
			move(&rng);
		if (rng_below(&rng, 10) == 0)
			sched_yield();
		stress_round();
	}
	has_begun = false;
	return NULL;
}

static timer_t start_ringing(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };
	struct itimerspec every = { { 0, RING_NS }, { 0, RING_NS } };
	timer_t timer;

	signal(SIGUSR1, ring);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 ||
	    timer_settime(timer, 0, &every, NULL) < 0)
		bail_out("timer: %s", strerror(errno));
	return timer;
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];
	sigset_t rings;
	timer_t timer;
	long sum = 0;

	if (!rseq_begin())
		skip_all("there are no restartable sequences here");
	stress_begin(argc, argv, 8, "counters of harts lose nothing");
	timer = start_ringing();
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&threads[i], NULL, work, (void *)i);
	/* The others are interrupted, not who waits for them. */
	sigemptyset(&rings);
	sigaddset(&rings, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &rings, NULL);
	for (int i = 0; i < stress.threads; i++)
		pthread_join(threads[i], NULL);
	timer_delete(timer);
	for (int i = 0; i < MAX_THREADS * STRIDE; i++)
		sum += counters[i];
	stress_check(sum == all_counted, "%ld of %ld were lost",
		     all_counted - sum, all_counted);
	return stress_end();
}
