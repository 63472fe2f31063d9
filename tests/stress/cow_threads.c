/*
 * tests/stress/cow_threads.c
 *
 * Claim    fork() of a process whose threads are writing takes a snapshot:
 *          the child's memory never changes under it, and no thread of the
 *          parent loses a store.
 * Method   Threads count upwards in their own words of shared pages and check
 *          that each word is what they last stored. The first thread forks;
 *          the child reads every word twice, some time apart, writes over them
 *          and exits.
 * Catches  fork without, or before, the shootdown of the parent's other harts
 *          (races 16, 16b), the double copy of one page by two threads (7),
 *          reuse decided without the lock (6), a copy of a page that was freed
 *          meanwhile (8).
 * -X       MAP_SHARED: the child then sees the threads count.
 */
#include "libstress.h"

enum { PAGES = 8, WORDS = PAGE / sizeof(long) };

static volatile long *mem;
static bool stop;

/* Word of @thread in page @p: threads share every page. */
static volatile long *word(int p, long thread)
{
	return mem + p * WORDS + thread * 7;
}

static void *write_own_words(void *me)
{
	long last[PAGES] = { 0 };

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (int p = 0; p < PAGES; p++) {
			volatile long *w = word(p, (long)me);

			if (!stress_check(*w == last[p],
					  "thread %ld: page %d holds %ld after "
					  "a store of %ld", (long)me, p, *w,
					  last[p]))
				return NULL;
			*w = ++last[p];
		}
	}
	return NULL;
}

static void check_snapshot(struct rng *rng)
{
	long seen[PAGES][MAX_THREADS];

	for (int p = 0; p < PAGES; p++)
		for (int t = 0; t < stress.threads; t++)
			seen[p][t] = *word(p, t);
	for (int i = rng_below(rng, 20); i > 0; i--)
		sched_yield();
	for (int p = 0; p < PAGES; p++)
		for (int t = 0; t < stress.threads; t++)
			stress_check(*word(p, t) == seen[p][t],
				     "the child's page %d changed from %ld to "
				     "%ld", p, seen[p][t], *word(p, t));
	for (int p = 0; p < PAGES; p++)
		for (int t = 0; t < stress.threads; t++)
			*word(p, t) = -1;
}

int main(int argc, char **argv)
{
	pthread_t t[MAX_THREADS];
	struct rng rng;

	stress_begin(argc, argv, 4, "fork is a snapshot while threads write");
	mem = stress_map(PAGES * PAGE, stress_private());
	rng = rng_of(0);
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&t[i], NULL, write_own_words, (void *)i);
	while (stress_go_on()) {
		if (tap_fork() == 0) {
			check_snapshot(&rng);
			_exit(0);
		}
		if (rng_below(&rng, 4) == 0)
			stress_reap();
		stress_round();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < stress.threads; i++)
		pthread_join(t[i], NULL);
	stress_reap();
	return stress_end();
}
