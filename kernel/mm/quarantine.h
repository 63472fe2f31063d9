#pragma once

/*
 * mm/quarantine.h - a freed frame is not used again at once.  Lab build only.
 *
 * Whoever writes to a page after freeing it is found when the page is handed
 * out again, by the poison (mm/poison.h).  The sooner that is, the sooner the
 * new owner has written over the evidence; so what is freed stands in a line,
 * one per hart, and becomes free when as much has been freed after it.
 *
 * But only every second one: the next stays where the next allocation finds
 * it.  There are bugs that need a frame to come back at once, as the same
 * address with other contents.
 *
 * What stands there counts as free, and is when nothing else is left.
 */

#include "lib/compiler.h"
#include "lib/types.h"

#define QUARANTINE_NONE UINT64_MAX

/* 2^order frames from a first one on. */
struct quarantined {
	uint64_t frame; /* QUARANTINE_NONE: nothing */
	unsigned order;
};

#if LAB
/* What is free now that @block is not in use any more: this block or an older
 * one, or nothing. */
struct quarantined quarantine_put(struct quarantined block);
/* Take something out of any line. */
struct quarantined quarantine_take(void);
uint64_t quarantine_frames(void);
#else
static inline struct quarantined quarantine_put(struct quarantined block)
{
	return block;
}

static inline struct quarantined quarantine_take(void)
{
	return (struct quarantined){ QUARANTINE_NONE, 0 };
}

static inline uint64_t quarantine_frames(void)
{
	return 0;
}
#endif
