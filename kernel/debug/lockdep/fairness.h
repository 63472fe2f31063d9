#pragma once

/*
 * debug/lockdep/fairness.h - is the lock that is waited for given to who came
 * first?
 *
 * While a hart waits, every other one may come by once: it had asked before,
 * or asks again behind the one that waits.  Whoever is passed more often than
 * there are harts stands at a lock that knows no order, and is counted
 * (lock_overtaken).
 * Spinlocks only: who sleeps for a lock may be passed.  Lab build only.
 */

#include "lib/types.h"

#if LAB
/* This hart asks for @lock, has to wait for it, has got it. */
void fairness_asks(const void *lock);
void fairness_waits(const void *lock);
void fairness_got(const void *lock);
#endif
