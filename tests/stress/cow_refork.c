/*
 * tests/stress/cow_refork.c
 *
 * Claim    A page shared by very many processes, through chains of forks, is
 *          kept while the last of them lives, and is nobody else's.
 * Method   A chain of 12 generations, each of which writes a quarter of the
 *          pages and checks all of them; then 300 children that hold one page
 *          at the same time and exit in no order.
 * Catches  A chained fork that loses the COW mark (race 9), frame counts that
 *          are not atomic, too narrow, or not decremented and tested in one
 *          step (10, 11, 12).
 * -X       MAP_SHARED.
 */
#include "libstress.h"

enum { PAGES = 16, GENERATIONS = 12, CROWD = 300 };

static volatile long *mem;

static volatile long *word(int page)
{
	return mem + page * (PAGE / sizeof(long));
}

/* Page @p at @generation: who wrote it last. */
static long expected(int p, int generation, long round)
{
	for (int g = generation; g > 0; g--)
		if (p % 4 == g % 4)
			return round * 1000 + g;
	return round * 1000;
}

static void check_pages(int generation, long round)
{
	for (int p = 0; p < PAGES; p++)
		stress_check(*word(p) == expected(p, generation, round),
			     "generation %d: page %d holds %ld, expected %ld",
			     generation, p, *word(p),
			     expected(p, generation, round));
}

static void live(int generation, long round)
{
	check_pages(generation - 1, round);
	for (int p = generation % 4; p < PAGES; p += 4)
		*word(p) = round * 1000 + generation;
	if (generation < GENERATIONS && tap_fork() == 0) {
		live(generation + 1, round);
		_exit(0);
	}
	check_pages(generation, round);
	stress_reap();
	check_pages(generation, round);
}

/* All hold the pages until the parent closes the gate. */
static void crowd(long round)
{
	int gate[2];
	char c;

	if (pipe(gate) < 0)
		bail_out("pipe");
	for (int i = 0; i < CROWD; i++) {
		if (tap_fork() != 0)
			continue;
		close(gate[1]);
		if (read(gate[0], &c, 1) != 0)
			_exit(1);
		check_pages(0, round);
		if (i % 3 == 0)
			*word(i % PAGES) = -1;
		_exit(0);
	}
	close(gate[1]);
	close(gate[0]);
	stress_reap();
	check_pages(0, round);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 1, "pages survive chains and crowds of forks");
	mem = stress_map(PAGES * PAGE, stress_private());
	for (long round = 1; stress_go_on(); round++) {
		for (int p = 0; p < PAGES; p++)
			*word(p) = round * 1000;
		if (round % 8 == 1) {
			crowd(round);
		} else if (tap_fork() == 0) {
			live(1, round);
			_exit(0);
		}
		stress_reap();
		check_pages(0, round);
		stress_round();
	}
	return stress_end();
}
