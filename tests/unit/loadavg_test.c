/* sources: lib/rng.c */
/*
 * Claim    The load averages move towards what is there, arrive at it, and
 *          forget at the pace that their names say; many idle periods at once
 *          are as many one after the other.
 */

#include "unit.h"

#include "lib/compiler.h"
#include "lib/loadavg.h"

static uint64_t after(uint64_t avg, unsigned i, unsigned periods,
		      uint64_t active)
{
	while (periods-- > 0)
		avg = load_next(avg, load_decay[i], active);
	return avg;
}

/* Within two hundredths of a load of 1: each step rounds towards where it goes. */
static void assert_near(uint64_t load, uint64_t expected)
{
	assert_in_range(load + LOAD_ONE / 50, expected,
			expected + LOAD_ONE / 25);
}

#define MINUTE (60 / LOAD_PERIOD_S)

/* 1 - exp(-1) of the way after the time that the average is named for. */
static void test_pace(void **state UNUSED)
{
	assert_near(after(0, 0, MINUTE, 1), LOAD_ONE * 632 / 1000);
	assert_near(after(0, 1, 5 * MINUTE, 1), LOAD_ONE * 632 / 1000);
	assert_near(after(0, 2, 15 * MINUTE, 1), LOAD_ONE * 632 / 1000);
}

static void test_arrives(void **state UNUSED)
{
	for (unsigned i = 0; i < NR_LOADS; i++) {
		assert_int_equal(after(0, i, 10000, 3), 3 * LOAD_ONE);
		assert_int_equal(after(7 * LOAD_ONE, i, 10000, 0), 0);
	}
}

static void test_stays(void **state UNUSED)
{
	for (unsigned i = 0; i < NR_LOADS; i++)
		assert_int_equal(load_next(5 * LOAD_ONE, load_decay[i], 5),
				 5 * LOAD_ONE);
}

static void test_idle_at_once(void **state UNUSED)
{
	for (unsigned i = 0; i < NR_LOADS; i++)
		for (unsigned n = 1; n < 40; n++)
			assert_near(load_faded(LOAD_ONE, load_decay[i], n),
				    after(LOAD_ONE, i, n, 0));
	assert_int_equal(load_faded(100 * LOAD_ONE, load_decay[2], 1UL << 40),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_arrives),
		cmocka_unit_test(test_stays),
		cmocka_unit_test(test_idle_at_once),
	};

	return UNIT_RUN(tests);
}
