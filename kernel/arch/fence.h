#pragma once

/*
 * arch/fence.h - a full fence on other harts, in the middle of what they do.
 * One that owes FENCE.I to what it runs (arch/icache.h) executes that as well.
 */

#include "lib/hartmask.h"

/*
 * When it returns each hart of @harts, and this one, has executed a full
 * fence after the call began.  It waits for them: interrupts on, no spinlock
 * held.
 */
void fence_harts(struct hartmask harts);

/* The mailbox says IPI_FENCE.  Interrupts off. */
void fence_serve(void);
