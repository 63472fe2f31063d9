/*
 * tests/stress/tlb_dontneed.c
 *
 * Claim    After a thread's own madvise(DONTNEED), it reads zero, also when
 *          others dropped the same pages at the same moment; the first thread
 *          to touch a page again finds zero, and no store to it is lost.
 * Method   Rounds between barriers: one thread fills the pages, all read them,
 *          all drop them at once and read at once; then all write their own
 *          word at once and each checks all words.
 * Catches  A flush skipped because the PTE was empty already (race 20), a page
 *          published before it is zero (31), a fault that kills a thread whose
 *          sibling was faster (28), a double first touch.
 * -X       One thread does not drop the pages, and writes again.
 */
#include "libstress.h"

enum { PAGES = 4, WORDS = PAGE / sizeof(long) };

static volatile long *mem;
static struct meeting begin, filled, seen_by_all, dropped, written,
		      read_by_all;
static bool last_round;

static void fill(long value)
{
	for (int i = 0; i < PAGES * (int)WORDS; i += 8)
		mem[i] = value;
}

static void check_zero(long me)
{
	for (int p = 0; p < PAGES; p++)
		stress_check(mem[p * WORDS + 8 * me] == 0,
			     "thread %ld reads %ld after DONTNEED", me,
			     mem[p * WORDS + 8 * me]);
}

static void *play(void *arg)
{
	long me = (long)arg, n = stress.threads;
	struct rng rng = rng_of(me);

	for (long round = 1;; round++) {
		if (me == 0)
			last_round = !stress_go_on();
		meet(&begin, n);
		if (last_round)
			return NULL;
		if (me == round % n)
			fill(round);
		meet(&filled, n);
		stress_check(mem[8 * me] == round, "the filled page reads %ld",
			     mem[8 * me]);
		meet(&seen_by_all, n);
		rng_dither(&rng);
		madvise((void *)mem, PAGES * PAGE, MADV_DONTNEED);
		if (stress.wrong && me == 0)
			fill(round);
		check_zero(me);
		meet(&dropped, n);
		for (int p = 0; p < PAGES; p++)
			mem[p * WORDS + 8 * me] = me + 1;
		meet(&written, n);
		for (int i = 0; i < PAGES * n; i++) {
			long seen = mem[i / n * WORDS + 8 * (i % n)];

			stress_check(seen == i % n + 1,
				     "thread %ld's store reads %ld", i % n,
				     seen);
		}
		meet(&read_by_all, n);
		stress_round();
	}
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 4, "dropped pages are zero, for everybody");
	mem = stress_map(PAGES * PAGE, MAP_PRIVATE);
	stress_threads(stress.threads, play);
	return stress_end();
}
