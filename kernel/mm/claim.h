#pragma once

/*
 * mm/claim.h - a range of an address space that one thread keeps for itself
 * when it has given map_sem back.
 *
 * munmap and mprotect change the tree of mappings, which takes a moment, and
 * then entries of page tables, which takes a shootdown: other harts have to
 * answer. Nobody else has to wait for that but who wants that very range.  So
 * once the tree is as it is to be they claim the range and give map_sem back:
 *
 *	change_begin_over(&c, mm, start, end);	alone, and nobody has claimed
 *						any of it
 *	change the tree
 *	change_claim(&c, start, end);
 *	change entries, shoot down, free pages and tables
 *	change_end(&c);
 *
 * A claim is made by who is alone, so nobody is in its range then; and as long
 * as it lasts nobody comes in:
 *
 *	map_lock(), map_lock_shared()	wait until there is no claim at all
 *	change_begin_over()		waits for those over its range
 *	a fault				is refused as a visitor, and waits
 *	mmap() that may choose		goes elsewhere: find_free_range()
 *
 * It covers what is unmapped and all that the page tables cover which go with
 * it, so two claims never concern the same table that goes.
 *
 * To claim is a favour to others, not a right.  It fails, and map_sem is kept:
 * somebody waits for a claim already (so he will not wait for ever), there are
 * NR_CLAIMS, or no memory.  Who is alone on the machine does not ask for one.
 */

#include "lib/types.h"
#include "sync/mutex.h"

#define NR_CLAIMS 16

struct mm;

/*
 *	(m)	the mm's map_sem alone to write, when its bit of `made` is clear;
 *		constant while it is set
 *	(a)	atomic
 */
struct range_claim {
	vaddr_t start, end; /* (m) */
	struct mutex turn;  /* RANK_MAP_CLAIM: who has claimed it, and who waits */
};

/* The claims in one address space; made with the first of them. */
struct claims {
	uint32_t made;      /* (a) a bit for each of those below; ORDER map-claim */
	uint32_t awaited;   /* (a) by so many: no new ones */
	struct range_claim claim[NR_CLAIMS];
};

void claims_init(void);
/* Nobody uses the address space any more. */
void claims_free(struct claims *claims);
/* One that covers some of [start, end), or NULL.  map_sem is held in any form. */
struct range_claim *claim_over(struct claims *claims, vaddr_t start, vaddr_t end);
