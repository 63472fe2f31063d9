#pragma once

/*
 * lib/bitmap.h - a fixed array of bits, for numbers that are handed out.
 *
 *	uint64_t pids[BITMAP_WORDS(NR_PIDS)];
 *
 * Nothing is atomic: the owner of the array says which lock protects it.  An
 * owner without one, who claims bits by atomics, may search all the same: each
 * word is read once, and the claim tells whether the bit was still free.
 */

#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/types.h"

#define BITMAP_WORDS(nr_bits) (((nr_bits) + 63) / 64)

static inline bool bitmap_test(const uint64_t *map, size_t bit)
{
	return map[bit / 64] >> bit % 64 & 1;
}

static inline void bitmap_set(uint64_t *map, size_t bit)
{
	map[bit / 64] |= BIT(bit % 64);
}

static inline void bitmap_clear(uint64_t *map, size_t bit)
{
	map[bit / 64] &= ~BIT(bit % 64);
}

/*
 * The first bit at or after @from in a map whose words are read with @flip
 * taken as 1; @nr_bits when there is none.  Looks at whole words, so that
 * 32,768 bits cost 512 steps at most.
 */
static inline size_t bitmap_find_flipped(const uint64_t *map, size_t nr_bits,
					 size_t from, uint64_t flip)
{
	for (size_t base = from & ~63UL; base < nr_bits; base += 64) {
		uint64_t ones = READ_ONCE(map[base / 64]) ^ flip;

		if (from > base)
			ones &= ~0UL << (from - base);
		if (ones != 0)
			return min(base + ctz64(ones), nr_bits);
	}
	return nr_bits;
}

/* The first set, or clear, bit at or after @from; @nr_bits: there is none. */
static inline size_t bitmap_find_next(const uint64_t *map, size_t nr_bits,
				      size_t from)
{
	return bitmap_find_flipped(map, nr_bits, from, 0);
}

static inline size_t bitmap_find_next_zero(const uint64_t *map, size_t nr_bits,
					   size_t from)
{
	return bitmap_find_flipped(map, nr_bits, from, ~0UL);
}
