/*
 * cow_reuse.c - a page that is written in place while fork shares it.
 *
 * Claim:  memory of a child is what it was at fork, even where the parent may
 *         go on with a page instead of a copy because it is the only owner.
 * Method: a child that exits at once leaves the parent pages that are marked
 *         COW and have one owner. A thread counts upwards in them, page after
 *         page, while the first one forks again.
 * Oracle: the second child looks at its pages over and over, until the thread
 *         has been at each of them again: they stay.  Until then, since the one
 *         page that was judged too early may have been left for this turn when
 *         the child looks first.
 * -X:     MAP_SHARED: the child sees the thread count.
 */
#include "libstress.h"

enum { PAGES = 64, COUNTS = 20, LOOK_MS = 4 };

static volatile unsigned long (*pages)[PAGE / sizeof(long)];
static unsigned long *turns;	/* pages the thread has done; shared memory */
static bool stop;

static void *count_upwards(void *unused)
{
	struct rng rng = rng_of(stress.shared->rounds);

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (int p = 0; p < PAGES; p++) {
			for (int i = 0; i < COUNTS; i++) {
				pages[p][0]++;
				rng_dither(&rng);
			}
			__atomic_fetch_add(turns, 1, __ATOMIC_RELAXED);
		}
	}
	return unused;
}

static unsigned long count_of_turns(void)
{
	return __atomic_load_n(turns, __ATOMIC_RELAXED);
}

static void watch_pages(void)
{
	unsigned long first[PAGES], before = count_of_turns();
	long end = stress_now_ms() + LOOK_MS;

	for (int p = 0; p < PAGES; p++)
		first[p] = pages[p][0];
	while ((stress_now_ms() < end || count_of_turns() - before <= PAGES) &&
	       !stress_failed()) {
		sched_yield();
		for (int p = 0; p < PAGES; p++)
			stress_check(pages[p][0] == first[p],
				     "page %d: the snapshot changed from %lu to %lu",
				     p, first[p], pages[p][0]);
	}
}

int main(int argc, char **argv)
{
	pthread_t counter;

	stress_begin(argc, argv, 1, "pages written in place belong to one process");
	pages = stress_map(PAGES * PAGE, stress_private());
	turns = stress_map(PAGE, MAP_SHARED);
	while (stress_go_on()) {
		for (int p = 0; p < PAGES; p++)
			pages[p][0]++;
		if (tap_fork() == 0)
			_exit(0);
		stress_reap();
		stop = false;
		tap_thread(&counter, NULL, count_upwards, NULL);
		if (tap_fork() == 0) {
			watch_pages();
			_exit(0);
		}
		stress_reap();
		__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
		pthread_join(counter, NULL);
		stress_round();
	}
	return stress_end();
}
