#pragma once

/*
 * lib/hartmask.h - a set of harts in one word.
 *
 * Members are logical hart numbers, 0 to MAX_HARTS - 1.  A mask that one
 * hart owns, or a lock protects, is handled by value; one that several harts
 * change at once by the *_atomic() functions and hartmask_read(), which are
 * relaxed: whoever needs an order around them adds the fence and names it.
 */

#include "lib/bits.h"
#include "lib/types.h"

#define MAX_HARTS 64

struct hartmask {
	uint64_t bits;
};

#define HARTMASK_NONE ((struct hartmask){ 0 })

static inline struct hartmask hartmask_of(unsigned hart)
{
	return (struct hartmask){ BIT(hart) };
}

/* Harts 0 to @nr - 1. */
static inline struct hartmask hartmask_below(unsigned nr)
{
	return (struct hartmask){ nr < MAX_HARTS ? BIT(nr) - 1 : ~0UL };
}

static inline void hartmask_add(struct hartmask *mask, unsigned hart)
{
	mask->bits |= BIT(hart);
}

static inline void hartmask_remove(struct hartmask *mask, unsigned hart)
{
	mask->bits &= ~BIT(hart);
}

static inline bool hartmask_has(struct hartmask mask, unsigned hart)
{
	return mask.bits >> hart & 1;
}

static inline bool hartmask_is_empty(struct hartmask mask)
{
	return mask.bits == 0;
}

static inline unsigned hartmask_count(struct hartmask mask)
{
	return popcount64(mask.bits);
}

/* The lowest hart in @mask, which is not empty. */
static inline unsigned hartmask_first(struct hartmask mask)
{
	return ctz64(mask.bits);
}

static inline struct hartmask hartmask_and(struct hartmask a, struct hartmask b)
{
	return (struct hartmask){ a.bits & b.bits };
}

static inline struct hartmask hartmask_or(struct hartmask a, struct hartmask b)
{
	return (struct hartmask){ a.bits | b.bits };
}

/* @mask without @hart. */
static inline struct hartmask hartmask_but(struct hartmask mask, unsigned hart)
{
	return (struct hartmask){ mask.bits & ~BIT(hart) };
}

/* Every member of @mask as it was when the loop began, ascending. */
#define for_each_hart(hart, mask)					\
	for (uint64_t rest_##hart = (mask).bits;			\
	     rest_##hart != 0 && ((hart) = ctz64(rest_##hart), true);	\
	     rest_##hart &= rest_##hart - 1)

static inline struct hartmask hartmask_read(const struct hartmask *mask)
{
	return (struct hartmask){
		__atomic_load_n(&mask->bits, __ATOMIC_RELAXED)
	};
}

/* Add or remove @hart; returns whether it was a member before. */
static inline bool hartmask_set_atomic(struct hartmask *mask, unsigned hart)
{
	return __atomic_fetch_or(&mask->bits, BIT(hart), __ATOMIC_RELAXED) >>
	       hart & 1;
}

static inline bool hartmask_clear_atomic(struct hartmask *mask, unsigned hart)
{
	return __atomic_fetch_and(&mask->bits, ~BIT(hart), __ATOMIC_RELAXED) >>
	       hart & 1;
}
