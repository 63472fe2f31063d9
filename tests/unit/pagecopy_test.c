/* sources: lib/pagecopy.c lib/rng.c */
/*
 * Claim    A whole page is copied or cleared, and not a byte more.
 */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/compiler.h"
#include "lib/rng.h"
#include "lib/string.h"

static uint64_t *alloc_page(struct rng *rng)
{
	uint64_t *page = aligned_alloc(PAGE_SIZE, PAGE_SIZE);

	for (unsigned i = 0; i < PAGE_SIZE / sizeof(*page); i++)
		page[i] = rng_next(rng);
	return page;
}

static void test_copy_and_zero(void **state UNUSED)
{
	static const uint64_t zeros[PAGE_SIZE / sizeof(uint64_t)];
	struct rng rng;

	rng_seed(&rng, 5);
	uint64_t *a = alloc_page(&rng), *b = alloc_page(&rng);
	uint64_t *was = unit_copy(a, PAGE_SIZE);

	page_copy(b, a);
	assert_memory_equal(b, was, PAGE_SIZE);
	assert_memory_equal(a, was, PAGE_SIZE);
	page_zero(a);
	assert_memory_equal(a, zeros, PAGE_SIZE);
	free(a);
	free(b);
	free(was);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy_and_zero),
	};

	return UNIT_RUN(tests);
}
