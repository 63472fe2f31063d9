#pragma once

/*
 * debug/lockdep/fairness.h - is the lock that is waited for given to who came
 * first?
 *
 * While a hart waits, every other one may come by once: it had asked before,
 * or asks again behind the one that waits.  Whoever is passed more often than
 * there are harts stands at a lock that knows no order, and is counted
 * (lock_overtaken).
 *
 * And does each wait at a word of his own?  A waiter says at which word he
 * spins.  Whoever begins to spin where another one already does, for the same
 * lock, is counted (lock_crowded): each store to that word goes to both.  Whoever
 * begins while others wait elsewhere is counted, too (lock_queued): so that one
 * who never says anything is not taken for one who queues.
 * Spinlocks only: who sleeps for a lock may be passed.  Lab build only.
 */

#include "lib/types.h"

#if LAB
/* This hart asks for @lock, has to wait for it, has got it. */
void fairness_asks(const void *lock);
void fairness_waits(const void *lock);
void fairness_got(const void *lock);
/* While it waits for @lock: it spins at @word from here on; NULL: no more. */
void fairness_spins(const void *lock, const void *word);
#else
#define fairness_spins(lock, word) ((void)(lock), (void)(word))
#endif
