/*
 * sync/lockspin.c - see lockspin.h.
 */
#include "sync/lockspin.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "lib/compiler.h"
#include "sync/work.h"

/* Others were faster so often: now it takes its place in the queue. */
#define MAX_CHANGES 64
/* Readers do not stay long, and no list says who they are. */
#define MAX_BLIND 5000

static bool runs_on(const struct thread *t, unsigned hart)
{
	return READ_ONCE(harts[hart].current) == (const struct arch_thread *)t;
}

/* It is looked for again only when it is not where it was. */
static bool runs(struct lockspin *spin, const struct thread *owner)
{
	if (runs_on(owner, spin->hart))
		return true;
	for_each_present_hart(hart) {
		if (runs_on(owner, hart)) {
			spin->hart = hart;
			return true;
		}
	}
	return false;
}

static bool is_worth_it(struct lockspin *spin, const struct thread *owner)
{
	if (is_asked_to(WORK_RESCHED))
		return false;
	if (owner == NULL)
		return ++spin->blind < MAX_BLIND;
	if (owner != spin->owner) {
		spin->owner = owner;
		spin->changes++;
	}
	return spin->changes < MAX_CHANGES && runs(spin, owner);
}

bool lockspin_turn(struct lockspin *spin, const struct thread *owner)
{
	if (!is_worth_it(spin, owner))
		return false;
	spin_pause();
	return true;
}
