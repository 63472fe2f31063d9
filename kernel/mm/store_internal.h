#pragma once

/*
 * mm/store_internal.h - what the files about stores share.
 *
 *	store.c		one cache: clean, dirty, writing back
 *	store_list.c	all of them
 *	clean.c		entries that let programs write
 */

#include "mm/pagecache.h"
#include "mm/store.h"

static inline struct list *store_clean_pages(struct store *s)
	REQUIRES(C_pagecache)
{
	return &s->clean;
}

/* Write up to @n dirty pages of @m, oldest first.  Takes RANK_WRITEBACK. */
void store_write_some(struct pagecache *m, uint64_t n);

/* ---- pagecache_store.c ---- */

/* pagecache_page_create() of a page that is not there. */
struct page *pagecache_fill_page(struct pagecache *m, uint64_t index, bool within,
				 int *err);
/* Room for bytes within @page, which may be beyond the end: the file's lock is held. */
int pagecache_reserve(struct pagecache *m, struct page *page, uint64_t start,
		      uint64_t end);
/*
 * The file is about to end at @size, which may be later.  Its last page may be
 * mapped so that programs store into it with no fault: what of it becomes part
 * of the file has room then.
 */
int pagecache_reserve_end(struct pagecache *m, uint64_t size);

/* Bytes up to @end, behind the end of the file, are about to be written, by who
 * alone may make it longer; until he has, or has not. */
void pagecache_begin_growing(struct pagecache *m, uint64_t end);

/* The parts that @n bytes at @offset touch, in one page. */
static inline unsigned parts_of(uint64_t offset, size_t n)
{
	unsigned first = offset % PAGE_SIZE / SECTOR_BYTES;
	unsigned last = (offset % PAGE_SIZE + n - 1) / SECTOR_BYTES;

	return (ALL_PARTS << first) & (ALL_PARTS >> (7 - last));
}

/* ---- pagecache.c ---- */

void pagecache_give_room(struct pagecache *m, unsigned n);
/* @page has come into the index. */
void pagecache_added(struct pagecache *m, struct page *page)
	REQUIRES(C_pagecache);
/*
 * @page goes out of the index; its reference is the caller's, but for who has found
 * the page in a glance.  So before that reference is given up: with the lock,
 * the nodes that are not needed any more; and without it, nobody looks at these, or
 * is about to get a reference to the page.  Spins.
 */
void pagecache_remove(struct pagecache *m, struct page *page)
	REQUIRES(C_pagecache);
struct radix_node *pagecache_removed(struct pagecache *m) REQUIRES(C_pagecache);
void pagecache_nobody_looks(struct pagecache *m, struct radix_node *nodes);
