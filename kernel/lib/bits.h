#pragma once

/*
 * lib/bits.h - bits of a word, and rounding.
 *
 * The kernel is built without the bit-manipulation extension and without
 * libgcc, where the compiler's own count-zeros builtins would end up; so the
 * few that are needed are spelled out.
 */

#include "lib/types.h"

#define BIT(n) (1UL << (n))

/* Bits @high down to @low, both included. */
#define GENMASK(high, low) ((~0UL << (low)) & (~0UL >> (63 - (high))))

/* @a is a power of two; the result has the type of @x. */
#define align_down(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define align_up(x, a)   align_down((x) + ((__typeof__(x))(a) - 1), a)
#define is_aligned(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)

#define min(a, b) ({							\
	__typeof__(a) min_a_ = (a);					\
	__typeof__(b) min_b_ = (b);					\
	min_a_ < min_b_ ? min_a_ : min_b_;				\
})

#define max(a, b) ({							\
	__typeof__(a) max_a_ = (a);					\
	__typeof__(b) max_b_ = (b);					\
	max_a_ > max_b_ ? max_a_ : max_b_;				\
})

static inline bool is_power_of_2(uint64_t x)
{
	return x != 0 && (x & (x - 1)) == 0;
}

/*
 * The number of the one bit set in @bit.  The multiplier is a de Bruijn
 * sequence: each shift of it has other top six bits, which name the shift.
 */
static inline unsigned bit_number(uint64_t bit)
{
	static const uint8_t number[64] = {
		0,  1,  2,  53, 3,  7,  54, 27, 4,  38, 41, 8,  34, 55, 48, 28,
		62, 5,  39, 46, 44, 42, 22, 9,  24, 35, 59, 56, 49, 18, 29, 11,
		63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21, 23, 58, 17, 10,
		51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12,
	};

	return number[bit * 0x022fdd63cc95386dUL >> 58];
}

/* The number of the lowest bit set; @x is not 0. */
static inline unsigned ctz64(uint64_t x)
{
	return bit_number(x & -x);
}

/* One more than ctz64(), and 0 when no bit is set. */
static inline unsigned ffs64(uint64_t x)
{
	return x == 0 ? 0 : ctz64(x) + 1;
}

/* The number of the highest bit set: log2 rounded down.  @x is not 0. */
static inline unsigned ilog2(uint64_t x)
{
	for (unsigned n = 1; n < 64; n *= 2)
		x |= x >> n;
	return bit_number(x - (x >> 1));
}

/* How many bits are set. */
static inline unsigned popcount64(uint64_t x)
{
	x -= x >> 1 & 0x5555555555555555UL;
	x = (x & 0x3333333333333333UL) + (x >> 2 & 0x3333333333333333UL);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fUL;
	return x * 0x0101010101010101UL >> 56;
}
