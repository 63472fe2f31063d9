#pragma once

/*
 * mm/icache.h - pages that instructions are fetched from.
 *
 * The kernel fills pages with stores; a hart may still fetch what the frame
 * held before, until it executes FENCE.I.  So before a page is mapped for
 * execution for the first time since the kernel wrote to it, every hart is
 * made to.  What a program writes itself, it tells by riscv_flush_icache.
 */

#include "arch/pte.h"
#include "lib/compiler.h"
#include "mm/page.h"

/* Every hart fetches what is in these pages; NULL stands for none. */
void pages_sync_icache(struct page *const pages[], unsigned n);

/* @page is about to be mapped with the entry bits @flags. */
static inline void page_sync_icache(struct page *page, uint64_t flags)
{
	if (unlikely(flags & PTE_X))
		pages_sync_icache(&page, 1);
}

/* The kernel has written to @page. */
static inline void page_was_written(struct page *page)
{
	if (unlikely(READ_ONCE(page->icache_synced)))
		WRITE_ONCE(page->icache_synced, false);
}
