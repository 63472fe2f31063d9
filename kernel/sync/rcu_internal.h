#pragma once

/*
 * sync/rcu_internal.h - between what was given up (rcu.c) and the thread that
 * waits for it (reclaim.c).
 */

#include "lib/types.h"

/* Something was given up that nobody has collected. */
bool rcu_has_given(void);
/* Collect that: it may be freed after a grace period that begins now.  False:
 * there is nothing. */
bool rcu_collect(void);
/* That period is over. */
void rcu_free_collected(void);

/* Something was given up, or there is @much of it.  Any context, down to rank
 * READY held. */
void rcu_was_given(bool much);
