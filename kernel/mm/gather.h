#pragma once

/*
 * mm/gather.h - unmapping many pages with one shootdown.
 *
 *	struct gather g;
 *	gather_begin(&g, mm, FENCE_UNMAP);
 *	empty some entries:
 *		g.pages[g.nr_pages++] = page;	what each of them mapped
 *		gather_range(&g, start, end);	where they were
 *		when it is full:  gather_flush(&g);
 *	gather_end(&g);				shoot down, then free
 *
 * The invariant: a page (or page table) handed to a gather is not freed
 * before every hart has forgotten its translations.
 *
 * Context: map_sem exclusive, or users_lock; leaf locks may be held.
 */

#include "arch/tlb.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/page.h"

#define GATHER_BATCH 64 /* bits of gather.written, too */

struct mm;

struct gather {
	struct mm *mm;
	enum fence_reason why;
	bool dead;          /* nobody runs mm any more: no shootdown needed */
	bool inner;         /* entries that point to tables changed: tables.h */
	vaddr_t start, end; /* covers every entry changed since the last flush */
	unsigned nr_pages;
	/* A bit for each of the pages: a program could store into it, and it may
	 * have a store behind it.  Until no hart can, it is not clean. */
	uint64_t written;
	/* References that emptied entries had: mapped no more, maybe cached. */
	struct page *pages[GATHER_BATCH];
	struct list tables; /* page tables, all entries zero */
};

void gather_begin(struct gather *g, struct mm *mm, enum fence_reason why);
/* The same after tlb_context_destroy(): nobody can have anything cached. */
void gather_begin_dead(struct gather *g, struct mm *mm);
/* Shoot down and free what has been gathered so far; the second one is told
 * how many pages there are. */
void gather_flush(struct gather *g);
static inline void gather_flush_pages(struct gather *g, unsigned nr_pages)
{
	g->nr_pages = nr_pages;
	gather_flush(g);
}
void gather_end(struct gather *g);

/* The entries of [start, end) changed: they lost a right or their page. */
static inline void gather_range(struct gather *g, vaddr_t start, vaddr_t end)
{
	g->start = min(g->start, start);
	g->end = max(g->end, end);
}

/* The entry that pointed to @table, the one for @va, is empty now. */
void gather_table(struct gather *g, vaddr_t va, struct page *table);
