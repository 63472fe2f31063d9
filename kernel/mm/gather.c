/*
 * mm/gather.c - unhook, shoot down, free: in that order.
 */

#include "mm/gather.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "mm/mm.h"
#include "mm/pagecache.h"

static void begin(struct gather *g, struct mm *mm, enum fence_reason why)
{
	g->mm = mm;
	g->why = why;
	g->dead = false;
	g->inner = false;
	g->start = UINT64_MAX;
	g->end = 0;
	g->nr_pages = 0;
	g->written = 0;
	list_init(&g->tables);
}

void gather_begin(struct gather *g, struct mm *mm, enum fence_reason why)
{
	begin(g, mm, why);
}

void gather_begin_dead(struct gather *g, struct mm *mm)
{
	assert(hartmask_is_empty(hartmask_read(&mm->tlb.loaded)));
	begin(g, mm, FENCE_UNMAP);
	g->dead = true;
}

void gather_table(struct gather *g, vaddr_t va, struct page *table)
{
	gather_range(g, va, va + PAGE_SIZE);
	atomic_fetch_add_relaxed(&g->mm->nr_tables, -1UL);
	list_push_back(&g->tables, &table->link);
}

/* Nobody stores into them any more: what was stored is for their stores. */
static NOINLINE void keep_written(struct gather *g)
{
	for (unsigned i = 0; i < g->nr_pages; i++)
		if (g->written & (1UL << i))
			pagecache_page_stored(g->pages[i]);
	g->written = 0;
}

static void free_pages(struct gather *g)
{
	if (unlikely(g->written != 0))
		keep_written(g);
	if (g->nr_pages != 0)
		page_put_many(g->pages, g->nr_pages);
	g->nr_pages = 0;
}

static void free_tables(struct gather *g)
{
	struct list *link;

	while ((link = list_pop_front(&g->tables)) != NULL) {
		struct page *table = list_entry(link, struct page, link);

		lab_assert(table->mapped == 0);
		page_put_zeroed(table);
	}
}

/* Tables concern also the harts that only have the root in satp. */
static void shoot_down(struct gather *g)
{
	struct tlb_context *tlb = &g->mm->tlb;

	if (list_is_empty(&g->tables) && !g->inner)
		tlb_shootdown(tlb, g->start, g->end, g->why);
	else
		tlb_shootdown_tables(tlb, g->start, g->end, g->why);
	g->inner = false;
}

void gather_flush(struct gather *g)
{
	if (g->start >= g->end)
		return;
	race_point(gather_unhooked, g->mm);
	if (!g->dead)
		shoot_down(g);
	free_pages(g);
	free_tables(g);
	g->start = UINT64_MAX;
	g->end = 0;
}

void gather_end(struct gather *g)
{
	gather_flush(g);
}
