/*
 * tests/stress/table_idle.c
 *
 * Claim    A process may fork, and give page tables that it had alone to its
 *          child as well, while a hart that it has left, and that is idle since,
 *          still has its root in satp.
 * Method   The parent touches some whole page tables, visits another hart and
 *          comes back to hart 0. There it forks. The child ends without having
 *          touched them, or writes to them; then the parent does.
 * Harts:   2
 * Catches  A fork that takes tables away and asks the harts alone that run the
 *          process (table_shootdown_missed): the shadow TLB panics.
 * -X       The memory is shared.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { TABLE = 2 << 20, TABLES = 3, WORDS = TABLE / (int)sizeof(long) };

static volatile long *mem;

static int nr_harts(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		bail_out("sched_getaffinity: %s", strerror(errno));
	return CPU_COUNT(&set);
}

static void write_all(long value)
{
	for (int i = 0; i < TABLES; i++)
		mem[i * WORDS] = value;
}

static void check_all(long value)
{
	for (int i = 0; i < TABLES; i++)
		stress_check(mem[i * WORDS] == value,
			     "table %d holds %ld, expected %ld", i,
			     mem[i * WORDS], value);
}

int main(int argc, char **argv)
{
	struct rng rng;
	int harts;

	stress_begin(argc, argv, 1, "an idle hart walks no tables that were given on");
	harts = nr_harts();
	mem = stress_map((TABLES + 1) * (size_t)TABLE, stress_private());
	mem = (long *)(((uintptr_t)mem + TABLE - 1) & -(uintptr_t)TABLE);
	rng = rng_of(0);
	for (long round = 1; stress_go_on(); round++) {
		stay_on(0);
		write_all(round);
		if (harts > 1)
			stay_on(1 + rng_below(&rng, harts - 1));
		check_all(round);
		stay_on(0);
		if (tap_fork() == 0) {
			if (round % 2 != 0)
				write_all(-round);
			_exit(0);
		}
		stress_reap();
		check_all(round);
		stress_round();
	}
	return stress_end();
}
