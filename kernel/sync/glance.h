#pragma once

/*
 * sync/glance.h - to look something up without a lock, and be waited for.
 *
 *	who looks				who takes it out
 *	glance_begin();				empties the slot
 *	p = what is in the slot			glances_wait();
 *	if (p != NULL)				gives up the slot's reference
 *		get a reference
 *	glance_end();
 *
 * As with sync/rcu.h nobody is kept away, and what was found stays as it is until
 * whoever may have found it is done.  But a reader of RCU says nothing, so to wait
 * for him takes milliseconds, and what waits for that comes late: memory, say, that
 * is to be free when a call returns.  Who glances says so in a number of his own
 * hart, which is odd meanwhile; nobody else writes there.  It costs him two stores
 * and a fence, and a glance is some instructions: so it can be waited for awake,
 * like a spinlock that is just held, and only by who takes something out.
 *
 *	glances					takes out
 *	a1 number: odd				b1 empties the slot
 *	a2 full fence				b2 full fence
 *	a3 looks into the slot			b3 looks at the number of each hart
 *	a4 gets a reference			b4 waits where it is odd, until it is
 *	a5 number: even, by a release		   another one
 *						b5 full fence
 *						b6 gives up the slot's reference
 *
 * Of a3 and b3 one sees what the other has written before its fence: the slot is
 * found empty, or the glance is waited for.  A number that has changed is enough: who
 * glances anew has begun behind b3.  So as long as a glance lasts each slot that it
 * finds filled has its reference, and to get one more no count has to be asked
 * whether it is zero.
 *
 * While he glances nobody sleeps, takes a lock or waits for anything, nor glances
 * within his glance; interrupts may come, and do not glance.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/rcuwatch.h"
#include "lib/bug.h"
#include "lib/compiler.h"

static inline bool glance_is_on(uint64_t number)
{
	return number & 1;
}

static ALWAYS_INLINE void glance_begin(void)
{
	struct hart *self = hart_self();

	rcu_watch_begins(); /* the same rules, looked after by the same */
	lab_assert(!glance_is_on(self->glances));
	WRITE_ONCE(self->glances, self->glances + 1);
	/*
	 * ORDER glance, looking side; the other is in glances_wait().
	 * Store buffering: we say that we look, and then look into the slot; who
	 * has emptied it then looks who says so.
	 */
	smp_mb();
}

static ALWAYS_INLINE void glance_end(void)
{
	struct hart *self = hart_self();

	/*
	 * ORDER glance-over, looking side; the other is in glances_wait().
	 * Release: who sees that it is over finds the reference that we have got,
	 * and we read nothing any more of what he frees.
	 */
	store_release(&self->glances, self->glances + 1);
	rcu_watch_ends();
}

/*
 * Whoever glances now is done when this returns: what was taken out before is found
 * by nobody.  Spins.  Context: any but a glance; no lock is held that an
 * interrupt takes.
 */
void glances_wait(void);
