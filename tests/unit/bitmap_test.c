/* sources: lib/rng.c */
/*
 * Claim    bitmap_find_next() and bitmap_find_next_zero() find what a loop over
 *          single bits finds, for sizes that are and are not whole words, and
 *          read no word beyond the last.
 */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/bitmap.h"
#include "lib/compiler.h"
#include "lib/rng.h"

static size_t find_slowly(const uint64_t *map, size_t nr_bits, size_t from,
			  bool wanted)
{
	while (from < nr_bits && bitmap_test(map, from) != wanted)
		from++;
	return from < nr_bits ? from : nr_bits;
}

static void check_all(const uint64_t *map, size_t nr_bits)
{
	for (size_t from = 0; from <= nr_bits + 64; from++) {
		assert_int_equal(bitmap_find_next_zero(map, nr_bits, from),
				 find_slowly(map, nr_bits, from, false));
		assert_int_equal(bitmap_find_next(map, nr_bits, from),
				 find_slowly(map, nr_bits, from, true));
	}
}

static void check_size(size_t nr_bits, struct rng *rng)
{
	uint64_t *map = calloc(BITMAP_WORDS(nr_bits), sizeof(*map));

	for (int round = 0; round < 100; round++) {
		/* Mostly full, or empty, so that the search has a way to go;
		 * what stands behind the last bit must not matter. */
		memset(map, round % 2 ? 0xff : 0,
		       BITMAP_WORDS(nr_bits) * sizeof(*map));
		if (nr_bits % 64 != 0)
			bitmap_set(map, nr_bits);
		for (int n = 0; n < round / 20; n++) {
			size_t bit = rng_below(rng, nr_bits);

			if (round % 2)
				bitmap_clear(map, bit);
			else
				bitmap_set(map, bit);
		}
		check_all(map, nr_bits);
	}
	free(map);
}

static void test_find(void **state UNUSED)
{
	static const size_t sizes[] = { 1, 63, 64, 65, 127, 128, 129, 200 };
	struct rng rng;

	rng_seed(&rng, 3);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
		check_size(sizes[i], &rng);
}

static void test_set_and_clear(void **state UNUSED)
{
	uint64_t map[BITMAP_WORDS(130)] = { 0 };

	assert_int_equal(ARRAY_SIZE(map), 3);
	for (size_t bit = 0; bit < 130; bit++) {
		assert_false(bitmap_test(map, bit));
		bitmap_set(map, bit);
		assert_true(bitmap_test(map, bit));
	}
	assert_int_equal(bitmap_find_next_zero(map, 130, 0), 130);
	for (size_t bit = 0; bit < 130; bit++) {
		bitmap_clear(map, bit);
		assert_int_equal(bitmap_find_next_zero(map, 130, 0), bit);
		bitmap_set(map, bit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_set_and_clear),
	};

	return UNIT_RUN(tests);
}
