/*
 * lib/rng.c - xoshiro256** by Blackman and Vigna, seeded by splitmix64.
 *
 * The seed is stretched because the generator itself is slow to leave states
 * that are mostly zeros.
 */

#include "lib/rng.h"

#include "lib/bug.h"

static uint64_t rotate_left(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

/* One step of splitmix64: a counter, scrambled. */
static uint64_t stretch(uint64_t *seed)
{
	uint64_t x = *seed += 0x9e3779b97f4a7c15UL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9UL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebUL;
	return x ^ x >> 31;
}

void rng_seed(struct rng *rng, uint64_t seed)
{
	for (unsigned i = 0; i < 4; i++)
		rng->s[i] = stretch(&seed);
}

uint64_t rng_next(struct rng *rng)
{
	uint64_t *s = rng->s;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t carried = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= carried;
	s[3] = rotate_left(s[3], 45);
	return result;
}

/*
 * 2^64 is seldom a multiple of @limit; the values below the remainder are
 * drawn again, and every result is as likely as any other.
 */
uint64_t rng_below(struct rng *rng, uint64_t limit)
{
	assert(limit != 0);

	uint64_t surplus = -limit % limit;
	uint64_t x;

	do {
		x = rng_next(rng);
	} while (x < surplus);
	return x % limit;
}

uint64_t rng_skewed(struct rng *rng, unsigned low, unsigned high)
{
	uint64_t power = 1UL << (low + rng_below(rng, high - low));

	return power + rng_below(rng, power);
}
