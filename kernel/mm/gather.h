#pragma once

/*
 * mm/gather.h - unmapping many pages with one shootdown.
 *
 *	struct gather g;
 *	gather_begin(&g, mm, FENCE_UNMAP);
 *	for each page:  gather_page(&g, va, page);	after the entry was emptied
 *	gather_end(&g);					shoot down, then free
 *
 * The invariant: a page (or page table) handed to a gather is not freed
 * before every hart has forgotten its translations.  A full batch shoots
 * down early by itself.
 *
 * Context: map_sem exclusive, or users_lock; gather_page() may be called
 * under the leaf lock (interrupts on).
 */

#include "arch/tlb.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/page.h"

#define GATHER_BATCH 64

struct mm;

struct gather {
	struct mm *mm;
	enum fence_reason why;
	bool dead;          /* nobody runs mm any more: no shootdown needed */
	vaddr_t start, end; /* covers every entry changed since the last flush */
	unsigned nr_pages;
	struct page *pages[GATHER_BATCH]; /* mapped by nobody of mm, maybe cached */
	struct list tables; /* page tables, all entries zero */
};

void gather_begin(struct gather *g, struct mm *mm, enum fence_reason why);
/* The same after tlb_context_destroy(): nobody can have anything cached. */
void gather_begin_dead(struct gather *g, struct mm *mm);
/* Shoot down and free what has been gathered so far. */
void gather_flush(struct gather *g);
void gather_end(struct gather *g);

/* The entries of [start, end) changed: they lost a right or their page. */
static inline void gather_range(struct gather *g, vaddr_t start, vaddr_t end)
{
	g->start = min(g->start, start);
	g->end = max(g->end, end);
}

/* The entry of @va, which mapped @page, is empty now.  Its reference to
 * @page goes over to the gather. */
static inline void gather_page(struct gather *g, vaddr_t va, struct page *page)
{
	if (unlikely(g->nr_pages == GATHER_BATCH))
		gather_flush(g);
	gather_range(g, va, va + PAGE_SIZE);
	if (likely(page->kind != PAGE_ZERO))
		g->pages[g->nr_pages++] = page;
}

/* The entry that pointed to @table, the one for @va, is empty now. */
void gather_table(struct gather *g, vaddr_t va, struct page *table);
