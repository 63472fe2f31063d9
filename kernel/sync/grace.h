#pragma once

/*
 * sync/grace.h - a grace period: every hart has been seen not to read.
 *
 * Each hart has a number that tells what it has done (struct hart.quiet):
 *
 *	even		it idles or is away, and reads nothing
 *	odd		it may be reading
 *	another one	it has not been reading between the two
 *
 * A period looks at all numbers when it begins, and now and then afterwards.
 * It awaits those harts whose number was odd until it is another one: whoever
 * was reading when the period began is done then.
 *
 * Nothing here orders anything: that is what sync/rcu.c is for.
 */

#include "lib/compiler.h"
#include "lib/hartmask.h"
#include "lib/types.h"

/* What tells the number of @hart. */
typedef uint64_t quiet_number(unsigned hart);

/* Its owner's alone. */
struct grace {
	struct hartmask awaited;
	uint64_t seen[MAX_HARTS]; /* of those, when it began */
};

static inline bool grace_may_read(uint64_t number)
{
	return number & 1;
}

/* Of harts 0 to @nr - 1. */
static inline void grace_begin(struct grace *g, unsigned nr, quiet_number *number)
{
	g->awaited = HARTMASK_NONE;
	for (unsigned h = 0; h < nr; h++) {
		g->seen[h] = number(h);
		if (grace_may_read(g->seen[h]))
			hartmask_add(&g->awaited, h);
	}
}

/* Look at those that are awaited. True: there are none any more. */
static inline bool grace_look(struct grace *g, quiet_number *number)
{
	unsigned h;

	for_each_hart(h, g->awaited)
		if (number(h) != g->seen[h])
			hartmask_remove(&g->awaited, h);
	return hartmask_is_empty(g->awaited);
}
