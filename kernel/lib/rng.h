#pragma once

/*
 * lib/rng.h - pseudo-random numbers that a seed repeats (xoshiro256**).
 *
 * Good statistics, no secrecy.  A generator is one owner's: nothing locks.
 */

#include "lib/types.h"

struct rng {
	uint64_t s[4]; /* never all zero */
};

/* Any seed will do, 0 too; equal seeds give equal sequences. */
void rng_seed(struct rng *rng, uint64_t seed);

uint64_t rng_next(struct rng *rng);

/* Evenly from 0 to @limit - 1; @limit is not 0. */
uint64_t rng_below(struct rng *rng, uint64_t limit);

/*
 * Mostly small, seldom large: as likely from 2^k to 2^(k+1) - 1 for each k from
 * @low to @high - 1.  0 <= @low < @high < 64.
 */
uint64_t rng_skewed(struct rng *rng, unsigned low, unsigned high);
