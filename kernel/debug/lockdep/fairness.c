/*
 * debug/lockdep/fairness.c - see fairness.h.
 *
 * Who waits says so; others who ask meanwhile count themselves there.  Nearly
 * always nobody waits, and that costs one load.  What is read and written
 * here orders nothing: a hart that looks too early is not counted.
 */
#include "debug/lockdep/fairness.h"

#include "arch/barrier.h"
#include "arch/hart.h"

#if LAB

static uint32_t nr_waiting; /* (a) harts */

static struct {
	const void *lock; /* (a) its hart writes */
	const void *word; /* (a) its hart writes; NULL: it does not say */
	uint32_t passed;  /* (a) by those who have asked since */
} __aligned(64) waits[MAX_HARTS];

void fairness_asks(const void *lock)
{
	if (likely(READ_ONCE(nr_waiting) == 0))
		return;
	for_each_present_hart(h)
		if (READ_ONCE(waits[h].lock) == lock && h != hart_id())
			atomic_fetch_add_relaxed(&waits[h].passed, 1);
}

/* An interrupt on top of one who waits may take his place: he is not counted. */
void fairness_waits(const void *lock)
{
	unsigned self = hart_id();

	WRITE_ONCE(waits[self].passed, 0);
	if (READ_ONCE(waits[self].lock) == NULL)
		atomic_fetch_add_relaxed(&nr_waiting, 1);
	WRITE_ONCE(waits[self].word, NULL);
	WRITE_ONCE(waits[self].lock, lock);
}

/* Where hart @h spins, if it is for @lock, and it says so.  Between two looks it
 * may have gone on to another lock. */
static const void *spins_at(unsigned h, const void *lock)
{
	const void *word;

	if (READ_ONCE(waits[h].lock) != lock)
		return NULL;
	word = READ_ONCE(waits[h].word);
	return READ_ONCE(waits[h].lock) == lock ? word : NULL;
}

void fairness_spins(const void *lock, const void *word)
{
	unsigned self = hart_id();
	bool crowded = false, queued = false;

	for (unsigned h = 0; word != NULL && h < nr_harts; h++) {
		const void *other = h == self ? NULL : spins_at(h, lock);

		crowded |= other == word;
		queued |= other != NULL && other != word;
	}
	if (crowded)
		count(lock_crowded);
	if (queued)
		count(lock_queued);
	WRITE_ONCE(waits[self].word, word);
}

void fairness_got(const void *lock)
{
	unsigned self = hart_id();

	if (READ_ONCE(waits[self].lock) != lock)
		return;
	if (READ_ONCE(waits[self].passed) > nr_harts)
		count(lock_overtaken);
	WRITE_ONCE(waits[self].word, NULL);
	WRITE_ONCE(waits[self].lock, NULL);
	atomic_fetch_add_relaxed(&nr_waiting, -1U);
}

#endif
