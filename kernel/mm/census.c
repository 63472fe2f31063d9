/*
 * mm/census.c - see census.h.
 */
#include "mm/census.h"

#include "debug/datarace.h"
#include "mm/page.h"
#include "sync/block.h"

#define FRAMES_A_TURN 1024U

/* Of a block only the first frame has a kind. */
static void add(struct page_census *c, const struct page *page)
{
	unsigned kind = data_race(page->kind, "a snapshot");
	uint64_t frames = 1UL << data_race(page->order, "a snapshot");

	switch (kind) {
	case PAGE_ANON:
		c->anon += frames;
		break;
	case PAGE_CACHE:
		c->mapped += page_refs(page) > 1 ? frames : 0;
		break;
	case PAGE_SLAB:
		c->slabs += frames;
		break;
	case PAGE_TABLE:
		c->tables += frames;
		break;
	}
}

void page_census_take(struct page_census *c)
{
	*c = (struct page_census){ 0 };
	for (uint64_t frame = page_first_frame(); frame < page_end_frame(); frame++) {
		if (frame % FRAMES_A_TURN == 0)
			cond_resched();
		add(c, page_of_frame(frame));
	}
}
