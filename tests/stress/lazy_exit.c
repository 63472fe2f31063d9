/*
 * tests/stress/lazy_exit.c
 *
 * Claim    A process may end while a hart that it has left, and that is idle
 *          since, still has its page tables in satp.
 * Method   The parent stays on hart 0. A child runs on another hart, moves to
 *          hart 0 and exits there. Then the parent fills new memory, so that
 *          the child's frames are used again, and visits the idle hart.
 * Harts:   2
 * Catches  Page tables that are freed without asking idle harts (race 26): the
 *          kernel's own check panics.
 * -X       The child does not exit as it was told to.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { PAGES = 32, EXIT = 42 };

static int nr_harts(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		bail_out("sched_getaffinity: %s", strerror(errno));
	return CPU_COUNT(&set);
}

static void use_frames(struct rng *rng)
{
	volatile long *mem = stress_map(PAGES * PAGE, MAP_PRIVATE);

	for (int i = 0; i < PAGES * PAGE / (int)sizeof(long); i++)
		mem[i] = rng_next(rng);
	munmap((void *)mem, PAGES * PAGE);
}

int main(int argc, char **argv)
{
	struct rng rng;
	int harts, status;

	stress_begin(argc, argv, 1, "an idle hart survives whom it served");
	harts = nr_harts();
	rng = rng_of(0);
	while (stress_go_on()) {
		int hart = harts > 1 ? 1 + rng_below(&rng, harts - 1) : 0;

		stay_on(0);
		if (tap_fork() == 0) {
			stay_on(hart);
			stay_on(0);
			_exit(stress.wrong ? 0 : EXIT);
		}
		wait(&status);
		stress_check(WIFEXITED(status) && WEXITSTATUS(status) == EXIT,
			     "the child's wait status: %#x", status);
		use_frames(&rng);
		stay_on(hart);
		use_frames(&rng);
		stress_round();
	}
	return stress_end();
}
