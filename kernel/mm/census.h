#pragma once

/*
 * mm/census.h - how many frames are used for what: for who asks, nobody decides by
 * it.
 *
 * Nobody counts along when a page is taken or given back, which happens a million
 * times as often as somebody asks; he goes through all frames instead, a few
 * instructions for each.
 */

#include "lib/types.h"

struct page_census {
	uint64_t anon;   /* memory of processes' own */
	uint64_t mapped; /* in page caches, with a reference of somebody else's */
	uint64_t slabs;
	uint64_t tables; /* page tables of address spaces */
};

/* Frames change meanwhile, so the numbers are of no one moment.  Sleeps now and
 * then. */
void page_census_take(struct page_census *c);
