/*
 * sync/retry.c - see retry.h.
 */
#include "sync/retry.h"

#include "debug/watchdog.h"
#include "lib/bug.h"
#include "sync/block.h"

void retry_note_wait(struct retry *r)
{
	uint32_t sleeps = watchdog_nr_sleeps();

	if (sleeps != r->sleeps)
		*r = (struct retry){ .sleeps = sleeps };
	if (++r->turns == RETRY_LIMIT)
		panic("%u turns of an attempt that waits for what is true already, "
		      "without progress", RETRY_LIMIT);
}

bool retry_again(struct retry *r)
{
	r->turns++;
	if (LAB && r->turns == RETRY_LIMIT)
		panic("%u turns of a loop that tries again, without progress",
		      RETRY_LIMIT);
	cond_resched();
	return r->turns < RETRY_LAST || !block_killed();
}
