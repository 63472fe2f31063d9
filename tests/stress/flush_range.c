/*
 * flush_range.c - more pages than one shootdown takes are unmapped at once.
 *
 * Claim:  every page of a range that was discarded or unmapped is out of
 *         reach for all threads, the last one of each batch like the first.
 * Method: one thread fills some hundred pages and discards them all; while
 *         they are full its siblings read them, and afterwards one of them
 *         each.
 * Oracle: after the discard that page reads as zero.  On an
 *         emulator that forgets all translations at any flush this shows
 *         nothing: there the lab kernel's shadow TLB compares the range of
 *         each shootdown with what was unmapped.
 * -X:     the run is shared memory, which a discard leaves as it is.
 */
#include "libstress.h"

enum { PAGES = 200, WORDS = PAGE / sizeof(long) };

static volatile long *pages;
static struct meeting filled, read_full, discarded, read_empty;
static long turn;

static void *reader(void *arg)
{
	long me = (long)arg, n = stress.threads, sum = 0;
	struct rng rng = rng_of(me + turn * n);
	int one = rng_below(&rng, PAGES);

	if (me == 0)
		for (int p = 0; p < PAGES; p++)
			pages[p * WORDS] = turn;
	meet(&filled, n);
	for (int p = 0; p < PAGES; p++)
		sum += pages[p * WORDS];
	stress_check(sum == PAGES * turn, "a full page is not what was written");
	meet(&read_full, n);
	if (me == 0)
		madvise((void *)pages, PAGES * PAGE, MADV_DONTNEED);
	meet(&discarded, n);
	stress_check(pages[one * WORDS] == 0, "page %d reads %ld after DONTNEED",
		     one, pages[one * WORDS]);
	meet(&read_empty, n);
	return NULL;
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 3, "all of a discarded range is out of reach");
	pages = stress_map(PAGES * PAGE, stress_private());
	while (stress_go_on()) {
		turn++;
		stress_threads(stress.threads, reader);
		stress_round();
	}
	return stress_end();
}
