#pragma once

/*
 * sync/retry.h - loops that try again because another thread was faster.
 *
 * The kernel is not preempted.  So a loop that waits in this way for what
 * another thread is doing may keep that very thread from its hart: such a
 * loop lets others run, ends when its thread is to die, and whoever it calls
 * never says "try again" when nothing has changed (mm_fault() does not).
 *
 *	struct retry r = { 0 };
 *
 *	while (!try(...))
 *		if (!retry_again(&r))
 *			return -EINTR;
 *
 * The lab build counts the turns, and panics at RETRY_LIMIT in a row: nobody
 * loses that often, so nothing has changed, and the loop would never end.
 */

#include "lib/compiler.h"
#include "lib/types.h"

#define RETRY_LIMIT 200000U
/* Turns that a thread has which is to die: it has mutexes to give up yet. */
#define RETRY_LAST 16U

struct retry {
	uint32_t turns;
	uint32_t sleeps; /* of retry_waited(): the thread's, at the first turn */
};

/* Sleeps: no spinlock held.  False: give up, the thread is to die. */
bool MUST_CHECK retry_again(struct retry *r);

/*
 * The same for a loop that waits until another turn is worth it, which gives the
 * hart away if that is not so yet (sync/attempt.h).  Counted are turns that waited
 * for what was true already: so often nobody else was faster, but the condition
 * does not say all that the turn asks.
 */
void retry_note_wait(struct retry *r);

static inline void retry_waited(struct retry *r)
{
	if (LAB)
		retry_note_wait(r);
}
