/* sources: lib/parse.c */
/*
 * Claim    parse_u64() takes exactly the numbers that fit 64 bits, says where
 *          they end, and stores nothing when it refuses.
 */

#include "unit.h"

#include "lib/compiler.h"
#include "lib/string.h"

static void check_good(const char *s, unsigned base, uint64_t expect,
		       const char *rest)
{
	const char *end = NULL;
	uint64_t value = 12345;

	assert_true(parse_u64(s, &end, base, &value));
	assert_int_equal(value, expect);
	assert_string_equal(end, rest);
}

static void check_bad(const char *s, unsigned base)
{
	const char *end = "untouched";
	uint64_t value = 12345;

	assert_false(parse_u64(s, &end, base, &value));
	assert_int_equal(value, 12345);
	assert_string_equal(end, "untouched");
}

static void test_decimal(void **state UNUSED)
{
	check_good("0", 10, 0, "");
	check_good("007 bond", 10, 7, " bond");
	check_good("12a", 10, 12, "a");
	check_good("18446744073709551615", 10, UINT64_MAX, "");
	check_bad("18446744073709551616", 10);
	check_bad("99999999999999999999999", 10);
}

static void test_other_bases(void **state UNUSED)
{
	check_good("777", 8, 0777, "");
	check_good("78", 8, 7, "8");
	check_good("102", 2, 2, "2");
	check_good("fF", 16, 0xff, "");
	check_good("0xfFg", 16, 0xff, "g");
	check_good("0XA", 16, 10, "");
	check_good("ffffffffffffffff", 16, UINT64_MAX, "");
	check_bad("10000000000000000", 16);
	check_good("1777777777777777777777", 8, UINT64_MAX, "");
	check_bad("2000000000000000000000", 8);
}

static void test_chosen_base(void **state UNUSED)
{
	check_good("10", 0, 10, "");
	check_good("0x10", 0, 16, "");
	check_good("010", 0, 10, "");
	check_good("0x", 0, 0, "x");
	check_good("0xg", 16, 0, "xg");
}

static void test_no_digits(void **state UNUSED)
{
	check_bad("", 10);
	check_bad("", 0);
	check_bad(" 1", 10);
	check_bad("-1", 10);
	check_bad("+1", 10);
	check_bad("a", 10);
	check_bad("g", 16);
	check_bad("2", 2);
}

static void test_end_is_optional(void **state UNUSED)
{
	uint64_t value;

	assert_true(parse_u64("5x", NULL, 10, &value));
	assert_int_equal(value, 5);
}

static void test_bad_base_panics(void **state UNUSED)
{
	uint64_t value;

	expect_assert_failure((void)parse_u64("1", NULL, 1, &value));
	expect_assert_failure((void)parse_u64("1", NULL, 17, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_other_bases),
		cmocka_unit_test(test_chosen_base),
		cmocka_unit_test(test_no_digits),
		cmocka_unit_test(test_end_is_optional),
		cmocka_unit_test(test_bad_base_panics),
	};

	return UNIT_RUN(tests);
}
