/*
 * sync/rwspin.c - see rwspin.h.
 *
 *	shares				wants to be alone
 *	a1 raise the own flag		b1 first in line
 *	a2 full fence			b2 alone = 1
 *	a3 look at `alone`		b3 full fence
 *					b4 wait for each flag to be down
 *
 * Of a3 and b4 one sees what the other has written before its fence. If both
 * do, a3 takes its flag down again and waits in line, so b4 goes on.
 */
#include "sync/rwspin.h"

#include "debug/race.h"
#include "lib/bug.h"

static uint32_t *own_flag(struct rwspin *lock)
{
	return &lock->hart[hart_id()].inside;
}

/* ---- alone ---- */

/* Some hart other than those below @from is inside; nr_harts: none is. */
static unsigned next_inside(const struct rwspin *lock, unsigned from)
{
	while (from < nr_harts && READ_ONCE(lock->hart[from].inside) == 0)
		from++;
	return from;
}

/* Nobody comes in any more: wait for those who are there to leave. */
static void wait_for_sharers(struct rwspin *lock)
{
	unsigned h = next_inside(lock, 0);
	bool waits = h < nr_harts;

	if (waits)
		lockorder_waits(&lock->line, SPIN_RANK(&lock->line));
	for (; h < nr_harts; h = next_inside(lock, h + 1))
		spin_until_by(h, READ_ONCE(lock->hart[h].inside) == 0);
	if (waits)
		lockorder_got(&lock->line, SPIN_RANK(&lock->line));
	/*
	 * ORDER rwspin, taking side; the other is in rwspin_unlock_shared().
	 * Each flag was seen down; what its hart did before, it did before us.
	 */
	smp_mb();
	WRITE_ONCE(lock->is_alone, 1);
}

static void keep_others_out(struct rwspin *lock)
{
	WRITE_ONCE(lock->alone, 1);
	/*
	 * ORDER rwspin-alone, alone side; the other is in
	 * rwspin_lock_shared().  Store buffering: we say that we want it and
	 * then look at the flags; who shares it raises his flag and then looks
	 * whether somebody wants it.
	 */
	smp_mb();
}

void NO_THREAD_SAFETY rwspin_lock(struct rwspin *lock)
{
	spin_lock(&lock->line);
	keep_others_out(lock);
	race_point(rwspin_alone, lock);
	wait_for_sharers(lock);
}

void NO_THREAD_SAFETY rwspin_unlock(struct rwspin *lock)
{
	WRITE_ONCE(lock->is_alone, 0);
	/*
	 * ORDER rwspin, alone side; the other is in rwspin_lock_shared().
	 * Release: who sees that nobody is alone sees what we have done.
	 */
	store_release(&lock->alone, 0);
	spin_unlock(&lock->line);
}

bool NO_THREAD_SAFETY rwspin_trylock(struct rwspin *lock)
{
	if (!spin_trylock(&lock->line))
		return false;
	keep_others_out(lock);
	if (next_inside(lock, 0) < nr_harts) {
		rwspin_unlock(lock);
		return false;
	}
	/* ORDER rwspin, trying side; the other is in rwspin_unlock_shared(). */
	smp_mb();
	WRITE_ONCE(lock->is_alone, 1);
	return true;
}

/* ---- side by side ---- */

/* Somebody is alone, or about to be: wait behind him.  Whoever is first in
 * line knows that nobody is. */
static NOINLINE void share_in_turn(struct rwspin *lock)
{
	uint32_t *inside = own_flag(lock);

	WRITE_ONCE(*inside, 0);
	spin_lock(&lock->line);
	WRITE_ONCE(*inside, 1);
	spin_unlock(&lock->line);
}

void NO_THREAD_SAFETY rwspin_lock_shared(struct rwspin *lock)
{
	WRITE_ONCE(*own_flag(lock), 1);
	/* ORDER rwspin-alone, sharing side; the other is keep_others_out(). */
	smp_mb();
	/* ORDER rwspin, sharing side; the other is in rwspin_unlock(). */
	if (unlikely(load_acquire(&lock->alone) != 0))
		share_in_turn(lock);
	lockorder_acquire(&lock->line, SPIN_RANK(&lock->line));
	race_point(rwspin_shared, lock);
}

void NO_THREAD_SAFETY rwspin_unlock_shared(struct rwspin *lock)
{
	lockorder_release(&lock->line, SPIN_RANK(&lock->line));
	lab_assert(READ_ONCE(lock->is_alone) == 0);
	/*
	 * ORDER rwspin, leaving side; the other is in wait_for_sharers().
	 * Release: who sees the flag down sees what we have done.
	 */
	store_release(own_flag(lock), 0);
}

/* ---- assertions ---- */

bool rwspin_is_alone(const struct rwspin *lock)
{
	return spin_is_held(&lock->line) && READ_ONCE(lock->is_alone) != 0;
}

bool rwspin_is_held(const struct rwspin *lock)
{
	return READ_ONCE(lock->hart[hart_id()].inside) != 0 || rwspin_is_alone(lock);
}
