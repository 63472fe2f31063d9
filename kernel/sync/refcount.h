#pragma once

/*
 * sync/refcount.h - a counter that refuses to overflow or to revive.
 *
 *	get	needs a reference that somebody already holds
 *	try_get	may be called when the object is only known to exist (it is
 *		found under a lock that its destroyer takes too)
 *	put	true for exactly one caller: it destroys the object
 */

#include "arch/barrier.h"
#include "lib/bug.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct refcount {
	uint32_t count; /* (a) ORDER refcount */
};

#define REFCOUNT_INIT(n) ((struct refcount){ (n) })
#define REFCOUNT_MAX 0x7fffffffU

static inline uint32_t refcount_read(const struct refcount *r)
{
	return READ_ONCE(r->count);
}

static inline void refcount_get(struct refcount *r)
{
	uint32_t old = atomic_fetch_add_relaxed(&r->count, 1);

	assert(old != 0 && old < REFCOUNT_MAX);
}

static inline bool refcount_try_get(struct refcount *r)
{
	uint32_t old = refcount_read(r);

	do {
		if (old == 0)
			return false;
		assert(old < REFCOUNT_MAX);
	} while (!__atomic_compare_exchange_n(&r->count, &old, old + 1, true,
					      __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

/*
 * ORDER refcount, giving side; the other is in refcount_put() on another hart.
 * Release: what we did with the object happens before the last put.
 *
 * ORDER refcount, destroying side; the other is in refcount_put() too.
 * Acquire: the last put sees all of it before it destroys the object.
 */
static inline bool MUST_CHECK refcount_put(struct refcount *r)
{
	uint32_t old = __atomic_fetch_sub(&r->count, 1, __ATOMIC_ACQ_REL);

	assert(old != 0);
	return old == 1;
}
