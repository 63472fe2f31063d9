/*
 * tests/stress/cow_storm.c
 *
 * Claim    After fork, what one process writes no other process reads.
 * Method   Rounds of: fill pages with the round's number and fork; children
 *          and parent then write all pages at the same time, each its own
 *          mark, in its own order; some children fork again in between; all
 *          re-read what they wrote.
 * Catches  A COW break that does not re-check the PTE, reuse of a page that is
 *          still shared, fork that leaves a PTE writable, chains of forks that
 *          lose the COW mark, a frame count that is not atomic.
 * -X       MAP_SHARED in place of MAP_PRIVATE.
 */
#include "libstress.h"

enum { PAGES = 64, WORDS = PAGE / sizeof(long), CHILDREN = 4 };

static volatile long *mem;

/* Writes @mark over @expect in every page; 2 words a page are looked at. */
static void overwrite(long expect, long mark, struct rng *rng)
{
	int start = rng_below(rng, PAGES), step = 2 * rng_below(rng, 8) + 1;

	for (int i = 0; i < PAGES; i++) {
		volatile long *p = mem + (start + i * step) % PAGES * WORDS;

		stress_check(p[0] == expect && p[WORDS - 1] == expect,
			     "page %d holds %ld and %ld, expected %ld",
			     (start + i * step) % PAGES, p[0], p[WORDS - 1],
			     expect);
		p[0] = p[WORDS - 1] = mark;
	}
	for (int i = 0; i < PAGES; i++)
		stress_check(mem[i * WORDS] == mark &&
			     mem[i * WORDS + WORDS - 1] == mark,
			     "page %d lost a write: %ld, wrote %ld", i,
			     mem[i * WORDS], mark);
}

static void child(long round, long number)
{
	struct rng rng = rng_of(round * 100 + number);
	long mark = round * 1000 + number;

	if (number % 2 == 0) {
		overwrite(round, mark, &rng);
		return;
	}
	/* A grandchild shares the pages with three processes or more. */
	if (tap_fork() == 0) {
		overwrite(round, mark + 100, &rng);
		_exit(0);
	}
	overwrite(round, mark, &rng);
	if (tap_fork() == 0) {
		overwrite(mark, mark + 200, &rng);
		_exit(0);
	}
	overwrite(mark, mark + 300, &rng);
	stress_reap();
}

int main(int argc, char **argv)
{
	struct rng rng;

	stress_begin(argc, argv, CHILDREN,
		     "after fork nobody sees another's writes");
	mem = stress_map(PAGES * PAGE, stress_private());
	rng = rng_of(0);
	for (long round = 1; stress_go_on(); round++) {
		for (int i = 0; i < PAGES * (int)WORDS; i++)
			mem[i] = round;
		for (long number = 1; number <= stress.threads; number++) {
			if (tap_fork() == 0) {
				child(round, number);
				_exit(0);
			}
		}
		overwrite(round, round * 1000, &rng);
		stress_reap();
		stress_round();
	}
	return stress_end();
}
