/*
 * sync/retry.c - see retry.h.
 */
#include "sync/retry.h"

#include "lib/bug.h"
#include "sync/block.h"

bool retry_again(struct retry *r)
{
	r->turns++;
	if (LAB && r->turns == RETRY_LIMIT)
		panic("%u turns of a loop that tries again, without progress",
		      RETRY_LIMIT);
	cond_resched();
	return r->turns < RETRY_LAST || !block_killed();
}
