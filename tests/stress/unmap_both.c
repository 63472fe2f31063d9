/*
 * tests/stress/unmap_both.c
 *
 * Claim    Two threads that unmap the two parts of one mapping at once leave
 *          nothing behind, neither pages nor page tables; and what is mapped there
 *          next is empty.
 * Method   Some pages are alone below their page table, or go from one to the next.
 *          They are written, and one thread unmaps the lower ones while another one
 *          unmaps the upper ones.  Whoever comes last takes the table, in which
 *          the other one may still be at his entries: he has many, the other has one.
 *          Then the place is mapped again and read.  All is done in a process that
 *          ends: the lab kernel counts its page tables, and its pages.
 * Catches  Who unmaps the last of what a page table covers, and does not wait for
 *          the neighbour, who has kept his range and given the lock back.
 * -X       The pages are found as they were.
 */
#include "libstress.h"

#include <sys/wait.h>

enum { TABLE = 2 << 20, PAGES = 400, TIMES = 20 };

static char *room;		/* three tables' worth, of which nothing is mapped */
static char *pages;
static int lower;		/* so many belong to the lower part */
static struct meeting *begin, *end;

static void map_again(void)
{
	char *at = mmap(pages, PAGES * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at != pages)
		bail_out("mmap: %s", strerror(errno));
}

static void unmap_part(long upper, struct rng *rng)
{
	int first = upper ? lower : 0, end = upper ? PAGES : lower;

	for (uint64_t n = rng_below(rng, 40); n > 0; n--)
		rng_dither(rng);
	stress_check(munmap(pages + first * PAGE, (size_t)(end - first) * PAGE) == 0,
		     "munmap: %s", strerror(errno));
}

/* In the middle of a table, or so that the two parts meet at a border of two. */
static void choose(struct rng *rng)
{
	lower = rng_below(rng, 2) ? 1 : PAGES - 1;
	pages = room + TABLE + (rng_below(rng, 4) ? PAGE : -lower * PAGE);
}

static void write_all(void)
{
	map_again();
	for (int i = 0; i < PAGES; i++)
		pages[i * PAGE] = 1;
}

static void look_and_unmap(void)
{
	map_again();
	for (int i = 0; i < PAGES; i += PAGES / 8)
		stress_check(pages[i * PAGE] == stress.wrong, "page %d holds %d", i,
			     pages[i * PAGE]);
	munmap(pages, PAGES * PAGE);
}

static void *unmap_often(void *me)
{
	struct rng rng = rng_of(stress_rounds() * 2 + (long)me);

	meet(begin, 2); /* from here on nobody else maps anything */
	if (me == 0)
		munmap(room, 3 * TABLE);
	for (int n = 0; n < TIMES; n++) {
		if (me == 0) {
			choose(&rng);
			write_all();
		}
		meet(begin, 2);
		unmap_part((long)me, &rng);
		meet(end, 2);
		if (me == 0)
			look_and_unmap();
	}
	return NULL;
}

static void play(void)
{
	char *all = stress_map(4 * TABLE, MAP_PRIVATE | MAP_NORESERVE);

	room = (char *)(((uintptr_t)all + TABLE - 1) & -(uintptr_t)TABLE);
	stress_threads(2, unmap_often);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 2, "neighbours that are unmapped at once leave nothing");
	begin = stress_map(PAGE, MAP_SHARED);
	end = stress_map(PAGE, MAP_SHARED);
	while (stress_go_on()) {
		if (tap_fork() == 0) {
			play();
			_exit(0);
		}
		stress_reap();
		stress_round();
	}
	return stress_end();
}
