/* sources: */
/*
 * Claim    A hart mask is a set, for each of its 64 members, and its two
 *          atomic changes report what was there before.
 */

#include "unit.h"

#include "lib/compiler.h"
#include "lib/hartmask.h"

static void test_members(void **state UNUSED)
{
	struct hartmask mask = HARTMASK_NONE;

	assert_true(hartmask_is_empty(mask));
	for (unsigned h = 0; h < MAX_HARTS; h++) {
		assert_false(hartmask_has(mask, h));
		hartmask_add(&mask, h);
		assert_true(hartmask_has(mask, h));
		assert_int_equal(hartmask_count(mask), h + 1);
	}
	for (unsigned h = 0; h < MAX_HARTS; h++) {
		assert_int_equal(hartmask_first(mask), h);
		hartmask_remove(&mask, h);
	}
	assert_true(hartmask_is_empty(mask));
}

static void test_making(void **state UNUSED)
{
	assert_int_equal(hartmask_below(0).bits, 0);
	assert_int_equal(hartmask_below(4).bits, 0xf);
	assert_int_equal(hartmask_below(64).bits, ~0UL);
	assert_int_equal(hartmask_of(63).bits, 1UL << 63);
	assert_int_equal(hartmask_but(hartmask_below(3), 1).bits, 5);
	assert_int_equal(hartmask_and(hartmask_below(3), hartmask_of(2)).bits,
			 4);
	assert_int_equal(hartmask_or(hartmask_below(2), hartmask_of(2)).bits,
			 7);
}

static void test_loop(void **state UNUSED)
{
	struct hartmask mask = { 1UL << 63 | 1UL << 17 | 1 };
	const unsigned expect[] = { 0, 17, 63 };
	unsigned hart, n = 0;

	for_each_hart(hart, mask) {
		assert_int_equal(hart, expect[n++]);
		mask = HARTMASK_NONE;		/* the loop has its own copy */
	}
	assert_int_equal(n, 3);
	for_each_hart(hart, HARTMASK_NONE)
		fail();
}

static void test_atomic(void **state UNUSED)
{
	struct hartmask mask = HARTMASK_NONE;

	for (unsigned h = 0; h < MAX_HARTS; h++) {
		assert_false(hartmask_set_atomic(&mask, h));
		assert_true(hartmask_set_atomic(&mask, h));
	}
	assert_int_equal(hartmask_read(&mask).bits, ~0UL);
	for (unsigned h = 0; h < MAX_HARTS; h++) {
		assert_true(hartmask_clear_atomic(&mask, h));
		assert_false(hartmask_clear_atomic(&mask, h));
	}
	assert_int_equal(hartmask_read(&mask).bits, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_making),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_atomic),
	};

	return UNIT_RUN(tests);
}
