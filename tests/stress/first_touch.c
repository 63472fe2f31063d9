/*
 * first_touch.c - threads touch new memory at the same time.
 *
 * Claim:  new memory is zero, and the first stores to it stay.
 * Method: all threads store at once to the same page of a fresh mapping, each
 *         to a word of its own, and go on to the next page. The memory that
 *         is given back is full of ones, so that a page which is not cleared
 *         shows.
 * Oracle: after all have stored, every thread finds all of their words, and
 *         zeros elsewhere.
 * -X:     one thread stores a second time, to a word that should be zero.
 */
#include "libstress.h"

enum { PAGES = 8, WORDS = PAGE / sizeof(long) };

static unsigned long *pages;
/* Touched before: a store to it does not fault. */
static struct meeting *before, *after;

static void check_page(int p)
{
	volatile unsigned long *page = pages + p * WORDS;

	for (int i = 0; i < WORDS; i++) {
		if (i < stress.threads)
			stress_check(page[i] != 0,
				     "page %d: thread %d lost its write", p, i);
		else
			stress_check(page[i] == 0,
				     "page %d: word %d holds what it held before: %lx",
				     p, i, page[i]);
	}
}

static void *touch(void *arg)
{
	long me = (long)arg, n = stress.threads;
	struct rng rng = rng_of(stress.shared->rounds * n + me);

	for (int p = 0; p < PAGES; p++) {
		volatile unsigned long *page = pages + p * WORDS;

		meet(before, n);
		rng_dither(&rng);
		page[me] = me + 1;
		if (stress.wrong && me == 1)
			page[n] = 1;
		meet(after, n);
		check_page(p);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 3, "new memory is zero and keeps what is stored");
	before = stress_map(PAGE, MAP_SHARED);
	after = before + 1;
	while (stress_go_on()) {
		pages = stress_map(PAGES * PAGE, MAP_PRIVATE);
		stress_threads(stress.threads, touch);
		memset(pages, 0xff, PAGES * PAGE);
		munmap(pages, PAGES * PAGE);
		stress_round();
	}
	return stress_end();
}
