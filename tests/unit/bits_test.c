/* sources: lib/rng.c */
/*
 * Claim    The bit functions agree with the compiler's builtins, which the
 *          kernel cannot use, on every single bit and on random words.
 */

#include "unit.h"

#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/rng.h"

static void check_word(uint64_t x)
{
	assert_int_equal(ctz64(x), __builtin_ctzl(x));
	assert_int_equal(ilog2(x), 63 - __builtin_clzl(x));
	assert_int_equal(ffs64(x), __builtin_ffsl(x));
	assert_int_equal(popcount64(x), __builtin_popcountl(x));
	assert_int_equal(is_power_of_2(x), __builtin_popcountl(x) == 1);
}

static void test_single_bits(void **state UNUSED)
{
	for (unsigned n = 0; n < 64; n++) {
		assert_int_equal(bit_number(BIT(n)), n);
		check_word(BIT(n));
		check_word(~0UL << n);
		check_word(~0UL >> n);
	}
}

static void test_random_words(void **state UNUSED)
{
	struct rng rng;

	rng_seed(&rng, 1);
	for (int i = 0; i < 10000; i++)
		check_word(rng_next(&rng) >> rng_below(&rng, 64) | 1UL << 63);
	for (int i = 0; i < 10000; i++)
		check_word(rng_next(&rng) << rng_below(&rng, 64) | 1);
}

static void test_zero(void **state UNUSED)
{
	assert_int_equal(ffs64(0), 0);
	assert_int_equal(popcount64(0), 0);
	assert_false(is_power_of_2(0));
}

static void test_masks(void **state UNUSED)
{
	assert_int_equal(GENMASK(63, 0), ~0UL);
	assert_int_equal(GENMASK(7, 4), 0xf0);
	assert_int_equal(GENMASK(63, 63), 1UL << 63);
	assert_int_equal(GENMASK(0, 0), 1);
}

static void test_align(void **state UNUSED)
{
	assert_int_equal(align_up(0UL, 4096), 0);
	assert_int_equal(align_up(1UL, 4096), 4096);
	assert_int_equal(align_up(4096UL, 4096), 4096);
	assert_int_equal(align_down(4095UL, 4096), 0);
	assert_int_equal(align_down(~0UL, 4096), ~0UL - 4095);
	assert_true(is_aligned(8192UL, 4096));
	assert_false(is_aligned(8193UL, 4096));

	/* A narrow alignment must not cut off the high bits of a wide value. */
	assert_int_equal(align_down(0x123456789abcUL, 16u), 0x123456789ab0UL);
}

static void test_min_max_evaluate_once(void **state UNUSED)
{
	int calls = 0;

	assert_int_equal(min(++calls, 10), 1);
	assert_int_equal(max(++calls, 1), 2);
	assert_int_equal(calls, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single_bits),
		cmocka_unit_test(test_random_words),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_align),
		cmocka_unit_test(test_min_max_evaluate_once),
	};

	return UNIT_RUN(tests);
}
