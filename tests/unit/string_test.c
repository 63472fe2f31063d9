/* sources: lib/rng.c */
/*
 * Claim    The kernel's memory and string functions do what the C library's
 *          do, at every alignment, and touch nothing outside their ranges.
 * Method   string.c is compiled into this file with other names, so that the
 *          program still has the host's functions to compare with.
 */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/compiler.h"
#include "lib/rng.h"

#define memcpy	kernel_memcpy
#define memmove	kernel_memmove
#define memset	kernel_memset
#define memcmp	kernel_memcmp
#define memchr	kernel_memchr
#define strlen	kernel_strlen
#define strnlen	kernel_strnlen
#define strcmp	kernel_strcmp
#define strncmp	kernel_strncmp
#define strchr	kernel_strchr
#define strrchr	kernel_strrchr
#define strstr	kernel_strstr
#define strlcpy	kernel_strlcpy

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *mem, int byte, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *needle);

#include "lib/string.c"

#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strstr
#undef strlcpy

enum { MAX_LEN = 200, MAX_SKEW = 8 };

static uint8_t pattern[MAX_LEN + 4 * MAX_SKEW];

static int setup(void **state UNUSED)
{
	struct rng rng;

	rng_seed(&rng, 6);
	for (unsigned i = 0; i < sizeof(pattern); i++)
		pattern[i] = rng_next(&rng);
	return 0;
}

/* A block of @len bytes, @skew bytes past a word, that ends at its end. */
struct block {
	uint8_t *memory, *start;
};

static struct block block_make(unsigned skew, unsigned len)
{
	struct block b = { .memory = malloc(skew + len) };

	b.start = b.memory + skew;
	memset(b.memory, 0xee, skew);
	memcpy(b.start, pattern, len);
	return b;
}

static void block_free(struct block *b, unsigned skew)
{
	for (unsigned i = 0; i < skew; i++)
		assert_int_equal(b->memory[i], 0xee);
	free(b->memory);
}

static void check_memcpy(unsigned to, unsigned from, unsigned len)
{
	struct block src = block_make(from, len);
	struct block dst = block_make(to, len);

	memset(dst.start, 0x11, len);
	assert_ptr_equal(kernel_memcpy(dst.start, src.start, len), dst.start);
	assert_memory_equal(dst.start, pattern, len);
	assert_memory_equal(src.start, pattern, len);
	block_free(&src, from);
	block_free(&dst, to);
}

static void test_memcpy(void **state UNUSED)
{
	for (unsigned to = 0; to < MAX_SKEW; to++)
		for (unsigned from = 0; from < MAX_SKEW; from++)
			for (unsigned len = 1; len < MAX_LEN;
			     len += 1 + len / 32)
				check_memcpy(to, from, len);
	kernel_memcpy(pattern, pattern + 1, 0);
}

/* Both ranges in one block, at every distance that matters. */
static void test_memmove(void **state UNUSED)
{
	uint8_t ours[sizeof(pattern)], theirs[sizeof(pattern)];

	for (unsigned to = 0; to < 3 * MAX_SKEW; to++)
		for (unsigned from = 0; from < 3 * MAX_SKEW; from++)
			for (unsigned len = 0; len < MAX_LEN; len++) {
				memcpy(ours, pattern, sizeof(pattern));
				memcpy(theirs, pattern, sizeof(pattern));
				kernel_memmove(ours + to, ours + from, len);
				memmove(theirs + to, theirs + from, len);
				assert_memory_equal(ours, theirs,
						    sizeof(pattern));
			}
}

static void test_memset(void **state UNUSED)
{
	for (unsigned skew = 0; skew < MAX_SKEW; skew++)
		for (unsigned len = 1; len < MAX_LEN; len++) {
			struct block b = block_make(skew, len);

			assert_ptr_equal(kernel_memset(b.start, 0x1a5, len),
					 b.start);
			for (unsigned i = 0; i < len; i++)
				assert_int_equal(b.start[i], 0xa5);
			block_free(&b, skew);
		}
}

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void test_memcmp_and_memchr(void **state UNUSED)
{
	static const uint8_t a[] = { 1, 2, 0x80, 0 }, b[] = { 1, 2, 0x7f, 9 };

	for (size_t n = 0; n <= 4; n++)
		assert_int_equal(sign(kernel_memcmp(a, b, n)),
				 sign(memcmp(a, b, n)));
	assert_true(kernel_memcmp(b, a, 4) < 0);
	assert_ptr_equal(kernel_memchr(a, 0x80, 4), a + 2);
	assert_ptr_equal(kernel_memchr(a, 0x180, 4), a + 2);
	assert_null(kernel_memchr(a, 0x80, 2));
	assert_null(kernel_memchr(a, 1, 0));
}

static const char *const words[] = {
	"", "a", "b", "ab", "aab", "abc", "abcabc", "bca", "drover", "rover",
	"over\xff", "over\x01", "aaaaaaab",
};

static void check_pair(const char *a, const char *b)
{
	assert_int_equal(sign(kernel_strcmp(a, b)), sign(strcmp(a, b)));
	for (size_t n = 0; n < 9; n++)
		assert_int_equal(sign(kernel_strncmp(a, b, n)),
				 sign(strncmp(a, b, n)));
	assert_ptr_equal(kernel_strstr(a, b), strstr(a, b));
}

static void test_strings(void **state UNUSED)
{
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
		const char *s = words[i];

		assert_int_equal(kernel_strlen(s), strlen(s));
		for (size_t max = 0; max < 10; max++)
			assert_int_equal(kernel_strnlen(s, max),
					 strnlen(s, max));
		for (int c = 0; c < 256; c++) {
			assert_ptr_equal(kernel_strchr(s, c), strchr(s, c));
			assert_ptr_equal(kernel_strrchr(s, c), strrchr(s, c));
		}
		for (unsigned j = 0; j < ARRAY_SIZE(words); j++)
			check_pair(s, words[j]);
	}
}

static void test_strlcpy(void **state UNUSED)
{
	for (size_t size = 0; size < 10; size++) {
		char *dst = malloc(size + 1);

		memset(dst, '~', size + 1);
		assert_int_equal(kernel_strlcpy(dst, "drover", size), 6);
		if (size > 0) {
			size_t n = size - 1 < 6 ? size - 1 : 6;

			assert_memory_equal(dst, "drover", n);
			assert_int_equal(dst[n], '\0');
		}
		assert_int_equal(dst[size], '~');
		free(dst);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memcpy),
		cmocka_unit_test(test_memmove),
		cmocka_unit_test(test_memset),
		cmocka_unit_test(test_memcmp_and_memchr),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_strlcpy),
	};

	return cmocka_set_message_output(CM_OUTPUT_TAP),
	       cmocka_run_group_tests(tests, setup, NULL);
}
