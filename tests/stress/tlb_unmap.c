/*
 * tests/stress/tlb_unmap.c
 *
 * Claim    A page that was unmapped is not read or written by anybody who
 *          still has its old translation when it belongs to another.
 * Method   One thread maps, fills, and unmaps pages while its siblings read
 *          and write them, taking SIGSEGV for an answer. Meanwhile other
 *          processes fill whatever frames get free with their own pid and
 *          check that they keep it.
 * Catches  Freeing before the shootdown (race 19), flushes that are skipped
 *          or batched away (20), harts missing from the mask (24).
 * -X       The strangers' memory is shared with the readers' page.
 */
#include "libstress.h"

#include <setjmp.h>

enum { PAGES = 8, WORDS = PAGE / sizeof(long), STRANGERS = 2,
       STRANGER_PAGES = 64 };

static const long ours = 0x6f757273;	/* every word of our pages, or zero */
static volatile long *window;
static bool stop;
static __thread sigjmp_buf out;

static void on_fault(int sig TAP_UNUSED)
{
	siglongjmp(out, 1);
}

static void *read_and_write(void *me)
{
	struct rng rng = rng_of((long)me);

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		volatile long *p = window + rng_below(&rng, PAGES * WORDS);
		long seen;

		if (sigsetjmp(out, 1))
			continue;
		seen = *p;
		if (!stress_check(seen == 0 || seen == ours,
				  "read a stranger's %#lx", seen))
			return NULL;
		*p = ours;
	}
	return NULL;
}

/* Owns frames for a short while, and looks whether they stay its own. */
static void be_stranger(void)
{
	long mark = getpid();
	volatile long *p;

	while (stress_go_on()) {
		p = stress.wrong ? window
				 : stress_map(STRANGER_PAGES * PAGE,
					      MAP_PRIVATE);
		int pages = stress.wrong ? PAGES : STRANGER_PAGES;

		for (int i = 0; i < pages; i++)
			p[i * WORDS] = p[i * WORDS + WORDS / 2] = mark;
		sched_yield();
		for (int i = 0; i < pages; i++)
			stress_check(p[i * WORDS] == mark &&
				     p[i * WORDS + WORDS / 2] == mark,
				     "a stranger's page was written: %#lx",
				     p[i * WORDS]);
		if (!stress.wrong)
			munmap((void *)p, STRANGER_PAGES * PAGE);
	}
}

static void map_and_unmap(struct rng *rng)
{
	int first = rng_below(rng, PAGES);
	int n = 1 + rng_below(rng, PAGES - first), failed;
	void *start = (void *)(window + first * WORDS);

	rng_dither(rng);
	if (rng_below(rng, 3) == 0)
		failed = madvise(start, n * PAGE, MADV_DONTNEED);
	else
		failed = munmap(start, n * PAGE);
	stress_check(!failed, "munmap or madvise: errno %d", errno);
	rng_dither(rng);
	mmap(start, n * PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_fault,
				 .sa_flags = SA_NODEFER };
	pthread_t t[MAX_THREADS];
	struct rng rng;

	stress_begin(argc, argv, 3, "an unmapped page is out of reach");
	window = stress_map(PAGES * PAGE,
			    stress.wrong ? MAP_SHARED : MAP_PRIVATE);
	for (int i = 0; i < STRANGERS; i++) {
		if (tap_fork() == 0) {
			be_stranger();
			_exit(0);
		}
	}
	sigaction(SIGSEGV, &act, NULL);
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&t[i], NULL, read_and_write, (void *)i);
	rng = rng_of(99);
	while (stress_go_on()) {
		if (stress.wrong)
			sched_yield();
		else
			map_and_unmap(&rng);
		stress_round();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < stress.threads; i++)
		pthread_join(t[i], NULL);
	stress_reap();
	return stress_end();
}
