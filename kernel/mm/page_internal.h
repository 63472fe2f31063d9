#pragma once

/*
 * mm/page_internal.h - between page.c, which hands frames out, and
 * page_boot.c, which finds them.
 */

#include "lib/types.h"

/*
 * Make struct pages for the frames [first, end), all reserved.  They and the
 * rest of the bookkeeping stand at @memory, page_bookkeeping_bytes() long.
 */
size_t page_bookkeeping_bytes(uint64_t first, uint64_t end);
void page_bookkeeping_init(uint64_t first, uint64_t end, void *memory);

/* The frames [start, end), reserved so far, are free memory. */
void page_add_range(uint64_t start, uint64_t end);

/* The allocator works from here on: set the zero page up. */
void page_allocator_ready(void);
