#pragma once

/*
 * sync/seqcount.h - words that belong together, looked at without a lock.
 *
 *	who looks				who changes, with a lock
 *	uint32_t seen = seq_begin(&s);		seq_change(&s);
 *	a = READ_ONCE(x->a);			WRITE_ONCE(x->a, ...);
 *	b = READ_ONCE(x->b);			WRITE_ONCE(x->b, ...);
 *	if (seq_was_disturbed(&s, seen))	seq_changed(&s);
 *		look with the lock;
 *
 * The count is odd while somebody changes, and another one after each change. So
 * who finds the same even count before and after has words that were there
 * together, at one moment between the two.  Who does not has nothing, not even
 * what he could follow a pointer of: pointers want sync/rcu.h besides.
 *
 * Nobody waits here. Who was disturbed takes the lock once, and so is neither
 * kept by changes that follow each other nor by a hart that stops in one.
 */

#include "arch/barrier.h"
#include "lib/bug.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct seqcount {
	uint32_t count; /* (a) written with the lock of what it counts */
};

/* ---- who looks ---- */

/*
 * What the count is if nobody changes anything.
 *
 * ORDER seqcount, beginning side; the other is in seq_changed().
 * Acquire: who finds the count of a change finds all that it changed.
 */
static inline uint32_t seq_begin(const struct seqcount *s)
{
	return load_acquire(&s->count) & ~1U;
}

/*
 * What was read since is not to be used.
 *
 * ORDER seqcount, looking side; the other is in seq_change().
 * Who has read a word of a change finds that it had begun.
 */
static inline bool MUST_CHECK seq_was_disturbed(const struct seqcount *s,
						uint32_t seen)
{
	smp_rmb();
	return READ_ONCE(s->count) != seen;
}

/* ---- who changes: one at a time ---- */

/*
 * ORDER seqcount, opening side; the other is in seq_was_disturbed().
 * The count is odd before the first word is another one.
 */
static inline void seq_change(struct seqcount *s)
{
	lab_assert(!(s->count & 1));
	WRITE_ONCE(s->count, s->count + 1);
	smp_wmb();
}

/*
 * ORDER seqcount, closing side; the other is in seq_begin().
 * Release: all words before the count that says so.
 */
static inline void seq_changed(struct seqcount *s)
{
	lab_assert(s->count & 1);
	store_release(&s->count, s->count + 1);
}
