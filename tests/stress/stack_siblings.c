/*
 * stack_siblings.c - two threads make the same stack grow at the same time.
 *
 * Claim:  a stack grows as far as the lowest access, whoever makes it.
 * Method: threads touch pages below a MAP_GROWSDOWN mapping at once, each its
 *         own; then the next ones.
 * Oracle: every page that was touched belongs to the mapping: mincore() knows
 *         it, and a child of a fork finds what is on it.
 * -X:     asks for the page below the lowest one.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { ROOM_PAGES = 512, STEPS = 40 };

static char *top;
static struct meeting *before, *after;

static char *page_of(long me, int step)
{
	/* In turn, so that each is at times above and at times below. */
	return top - (step * stress.threads + (me + step) % stress.threads + 1L) *
	       PAGE;
}

static void check_step(int step)
{
	unsigned char in_memory;

	for (int i = 0; i < stress.threads; i++) {
		char *page = page_of(i, step) -
			     stress.wrong * stress.threads * PAGE;

		stress_check(mincore(page, PAGE, &in_memory) == 0,
			     "page %ld below the stack is in no mapping",
			     (top - page) / PAGE);
	}
}

static void *touch(void *arg)
{
	long me = (long)arg;
	struct rng rng = rng_of(stress.shared->rounds * stress.threads + me);

	for (int step = 0; step < STEPS; step++) {
		meet(before, stress.threads);
		rng_dither(&rng);
		*page_of(me, step) = step + 1;
		meet(after, stress.threads);
		if (me == 0)
			check_step(step);
	}
	return NULL;
}

static void check_child(void)
{
	if (tap_fork() == 0) {
		for (int step = 0; step < STEPS; step++)
			for (int i = 0; i < stress.threads; i++)
				stress_check(*page_of(i, step) == step + 1,
					     "page %ld below the stack is in no mapping of the child",
					     (top - page_of(i, step)) / PAGE);
		_exit(0);
	}
	stress_reap();
}

int main(int argc, char **argv)
{
	if (under_qemu_user())
		skip_all("qemu-user: drops MAP_GROWSDOWN");
	stress_begin(argc, argv, 2, "a stack grows to the lowest access");
	before = stress_map(PAGE, MAP_SHARED);
	after = before + 1;
	while (stress_go_on()) {
		char *room = mmap(NULL, ROOM_PAGES * PAGE, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		top = room + (ROOM_PAGES - 2) * PAGE;
		munmap(room + PAGE, (ROOM_PAGES - 2) * PAGE);
		if (mmap(top, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN,
			 -1, 0) != top)
			bail_out("mmap: %s", strerror(errno));
		stress_threads(stress.threads, touch);
		if (stress_failed())
			break;
		check_child();
		munmap(room, ROOM_PAGES * PAGE);
		stress_round();
	}
	return stress_end();
}
