/* sources: lib/rng.c */
/*
 * Claim    A seed repeats its sequence on every machine, other seeds give
 *          other ones, and rng_below() stays below and reaches everything.
 */

#include "unit.h"

#include "lib/compiler.h"
#include "lib/rng.h"

/* The published xoshiro256** from the state 1, 2, 3, 4. */
static void test_known_sequence(void **state UNUSED)
{
	struct rng rng = { { 1, 2, 3, 4 } };

	assert_int_equal(rng_next(&rng), 11520UL);
	assert_int_equal(rng_next(&rng), 0UL);
	assert_int_equal(rng_next(&rng), 1509978240UL);
	assert_int_equal(rng_next(&rng), 1215971899390074240UL);
}

/* The published splitmix64 from 0 fills the state. */
static void test_known_seed(void **state UNUSED)
{
	struct rng rng;

	rng_seed(&rng, 0);
	assert_int_equal(rng.s[0], 0xe220a8397b1dcdafUL);
	assert_int_equal(rng.s[1], 0x6e789e6aa1b965f4UL);
	assert_int_equal(rng.s[2], 0x06c45d188009454fUL);
}

/* Each power of two is as likely as the next, and nothing is outside. */
static void test_skewed(void **state UNUSED)
{
	unsigned seen[10] = { 0 };
	struct rng rng;

	rng_seed(&rng, 5);
	for (unsigned i = 0; i < 7000; i++) {
		uint64_t x = rng_skewed(&rng, 3, 10);

		assert_true(x >= 8 && x < 1024);
		seen[63 - __builtin_clzl(x)]++;
	}
	for (unsigned k = 3; k < 10; k++)
		assert_in_range(seen[k], 800, 1200);
}

static void test_seeds(void **state UNUSED)
{
	struct rng a, b, c;

	rng_seed(&a, 42);
	rng_seed(&b, 42);
	rng_seed(&c, 43);
	for (int i = 0; i < 1000; i++) {
		uint64_t x = rng_next(&a);

		assert_int_equal(x, rng_next(&b));
		assert_int_not_equal(x, rng_next(&c));
	}
}

static void test_below(void **state UNUSED)
{
	unsigned hits[7] = { 0 };
	struct rng rng;

	rng_seed(&rng, 4);
	for (int i = 0; i < 70000; i++) {
		uint64_t x = rng_below(&rng, 7);

		assert_in_range(x, 0, 6);
		hits[x]++;
	}
	for (int i = 0; i < 7; i++)
		assert_in_range(hits[i], 9500, 10500);
	for (int i = 0; i < 100; i++)
		assert_int_equal(rng_below(&rng, 1), 0);
	expect_assert_failure(rng_below(&rng, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_sequence),
		cmocka_unit_test(test_known_seed),
		cmocka_unit_test(test_skewed),
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_below),
	};

	return UNIT_RUN(tests);
}
