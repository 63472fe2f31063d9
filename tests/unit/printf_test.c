/* sources: lib/printf.c */
/*
 * Claim    The formatter prints what the host's snprintf() prints, for every
 *          combination of flags, width, precision and length it knows.
 */

#include "unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compiler.h"
#include "lib/printf.h"

/* The formats are put together at run time, on purpose. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-overflow"

/* The same arguments to both; the texts and results must be equal. */
#define CHECK(...) do {							\
	char ours[256], theirs[256];					\
	int n = ksnprintf(ours, sizeof(ours), __VA_ARGS__);		\
									\
	assert_int_equal(n, snprintf(theirs, sizeof(theirs), __VA_ARGS__)); \
	assert_string_equal(ours, theirs);				\
} while (0)

static const char *const flags[] = {
	"", "-", "0", "#", "+", " ", "-0", "0#", "-#", "+0", " 0", "+-", "0#-",
};

static const char *const sizes[] = {
	"", "1", "5", "12", "40", ".", ".0", ".1", ".5", ".25", "12.5", "40.20",
	"5.12",
};

static const char *const lengths[] = { "hh", "h", "", "l", "ll", "z" };

static const int64_t values[] = {
	0, 1, -1, 7, 8, -8, 9, 10, 255, 256, 65535, 65536, -32769, INT_MAX,
	INT_MIN, UINT_MAX, LONG_MAX, LONG_MIN, 0x123456789abcdef0,
};

static void check_value(const char *length, const char *fmt, int64_t value)
{
	if (length[0] == 'l' || length[0] == 'z')
		CHECK(fmt, value);
	else
		CHECK(fmt, (int)value);
}

static void check_conversion(char conversion)
{
	char fmt[64];

	for (unsigned f = 0; f < ARRAY_SIZE(flags); f++)
		for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++)
			for (unsigned l = 0; l < ARRAY_SIZE(lengths); l++) {
				snprintf(fmt, sizeof(fmt), "<%%%s%s%s%c>",
					 flags[f], sizes[s], lengths[l],
					 conversion);
				for (unsigned v = 0; v < ARRAY_SIZE(values);
				     v++)
					check_value(lengths[l], fmt, values[v]);
			}
}

static void test_integers(void **state UNUSED)
{
	for (const char *c = "diuoxX"; *c != '\0'; c++)
		check_conversion(*c);
}

static void test_strings(void **state UNUSED)
{
	char fmt[64];

	for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++)
		for (int left = 0; left < 2; left++) {
			snprintf(fmt, sizeof(fmt), "<%%%s%ss>",
				 left ? "-" : "", sizes[s]);
			CHECK(fmt, "");
			CHECK(fmt, "drover");
			CHECK(fmt, "a text that is longer than the field");
		}
	CHECK("%s and %s", "one", "another");
	CHECK("[%5c|%-5c|%c]", 'a', 'b', 'c');
}

static void test_stars(void **state UNUSED)
{
	CHECK("<%*d>", 8, 42);
	CHECK("<%*d>", -8, 42);
	CHECK("<%-*d>", 8, 42);
	CHECK("<%.*d>", 5, 42);
	CHECK("<%.*d>", -5, 42);
	CHECK("<%*.*x>", 12, 6, 0xbeef);
	CHECK("<%.*s>", 3, "drover");
	CHECK("<%*.*s>", 10, 3, "drover");
}

/* %.*s may be given text without a NUL: one byte more is an error. */
static void test_precision_limits_reading(void **state UNUSED)
{
	char *text = unit_copy("abc", 3);
	char out[16];

	assert_int_equal(ksnprintf(out, sizeof(out), "%.*s", 3, text), 3);
	assert_string_equal(out, "abc");
	free(text);
}

static void test_pointers_and_the_rest(void **state UNUSED)
{
	CHECK("%p|%20p|%-20p|", (void *)0x1000, (void *)0xabc, (void *)-1L);
	CHECK("100%%");
	CHECK("%d%%%d", 1, 2);
	CHECK("%zu %zd %td %jd", (size_t)-1, (ssize_t)-1, (ptrdiff_t)-2,
	      (intmax_t)-3);
	CHECK("%d %s %lx %c %u", -5, "mixed", 0xffffffffffUL, 'z', 7u);
}

static void test_what_the_host_does_otherwise(void **state UNUSED)
{
	char out[16];

	ksnprintf(out, sizeof(out), "%p", NULL);
	assert_string_equal(out, "0x0");
	ksnprintf(out, sizeof(out), "%s", (char *)NULL);
	assert_string_equal(out, "(null)");
	ksnprintf(out, sizeof(out), "a%qb");
	assert_string_equal(out, "aqb");
	ksnprintf(out, sizeof(out), "a%");
	assert_string_equal(out, "a");
	ksnprintf(out, sizeof(out), "a%-5l");
	assert_string_equal(out, "a");
}

static void test_cut_off(void **state UNUSED)
{
	char expect[64];
	int len = snprintf(expect, sizeof(expect), "%s=%08x!", "value", 0xabc);

	for (int size = 0; size <= len + 2; size++) {
		char *out = malloc(size + 1);

		memset(out, '~', size + 1);
		assert_int_equal(ksnprintf(out, size, "%s=%08x!", "value",
					   0xabc), len);
		if (size > 0) {
			assert_memory_equal(out, expect,
					    size <= len ? size - 1 : len + 1);
			assert_int_equal(out[size <= len ? size - 1 : len], 0);
		}
		assert_int_equal(out[size], '~');
		free(out);
	}
}

static void count_sink(void *ctx, const char *s UNUSED, size_t n)
{
	assert_int_not_equal(n, 0);
	*(size_t *)ctx += n;
}

static void test_sink_gets_everything(void **state UNUSED)
{
	size_t total = 0;

	assert_int_equal(printf_to(count_sink, &total, "%50d|%-50s|%050x", 1,
				   "x", 2), 152);
	assert_int_equal(total, 152);
	assert_int_equal(printf_to(count_sink, &total, "%s", ""), 0);
	assert_int_equal(total, 152);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_stars),
		cmocka_unit_test(test_precision_limits_reading),
		cmocka_unit_test(test_pointers_and_the_rest),
		cmocka_unit_test(test_what_the_host_does_otherwise),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_sink_gets_everything),
	};

	return UNIT_RUN(tests);
}
