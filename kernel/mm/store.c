/*
 * mm/store.c - which pages of one cache are dirty, and writing them back.
 *
 * A page is on one of two lists, and its bits say which parts of it are dirty.
 * It is taken for clean first and written then, so what comes meanwhile makes
 * it dirty again, and is not lost; who wants to know that it is stored has to
 * have had the writeback lock since.
 */

#include "mm/store_internal.h"

#include "arch/barrier.h"
#include "arch/io_counts.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "sync/block.h"

/* Written under one turn with the page cache's lock. */
#define BATCH 8

/* It was dirty at some time: what the store had when it was read is old. */
#define WAS_DIRTY 0x100U

static uint64_t nr_dirty; /* (a) of all caches */

uint64_t store_nr_dirty(void)
{
	return READ_ONCE(nr_dirty);
}

uint64_t store_max_dirty(void)
{
	return pages_total() / 8;
}

void store_init(struct store *s, const struct store_ops *ops,
		struct store_list *list)
{
	is_private(pagecache);
	s->ops = ops;
	s->in = list;
	mutex_init(&s->writeback, RANK_WRITEBACK);
	list_init(&s->dirty);
	list_init(&s->clean);
	s->nr_dirty = 0;
	s->removals = 0;
	s->growing = 0;
	s->error = 0;
}

/* ---- clean and dirty ---- */

/* How many of all there were before. */
static uint64_t count_dirty(struct store *s, int64_t change)
	REQUIRES(C_pagecache)
{
	WRITE_ONCE(s->nr_dirty, s->nr_dirty + (uint64_t)change);
	atomic_fetch_add_relaxed(&s->in->nr_dirty, (uint64_t)change);
	return atomic_fetch_add_relaxed(&nr_dirty, (uint64_t)change);
}

static struct list *dirty_pages(struct store *s) REQUIRES(C_pagecache)
{
	return &s->dirty;
}

void store_page_added(struct pagecache *m, struct page *page)
{
	page->dirty = 0;
	list_push_back(store_clean_pages(m->store), &page->link);
}

void store_page_removed(struct pagecache *m, struct page *page)
{
	if (page->dirty & ALL_PARTS) {
		(void)count_dirty(m->store, -1);
		io_count(cancelled_write_bytes, PAGE_SIZE);
	}
	if (page->dirty)
		m->store->removals++;
	page->dirty = 0;
	list_remove(&page->link);
}

void store_has_changed(struct pagecache *m)
{
	spin_lock(&m->lock);
	m->store->removals++;
	spin_unlock(&m->lock);
}

/* It is still there: a truncation may have come before. */
static bool is_in_cache(struct pagecache *m, const struct page *page)
	REQUIRES(C_pagecache)
{
	return radix_get(pagecache_index(m), page->index) == page;
}

/* True: who writes back is to be told. */
static bool set_dirty(struct pagecache *m, struct page *page, unsigned parts)
	REQUIRES(C_pagecache)
{
	bool tell = false;

	if (!(page->dirty & ALL_PARTS)) {
		uint64_t before = count_dirty(m->store, 1);

		io_count(write_bytes, PAGE_SIZE);
		tell = before == 0 || before > store_max_dirty() / 2;
		list_move_back(dirty_pages(m->store), &page->link);
	}
	page->dirty = (uint16_t)(page->dirty | parts | WAS_DIRTY);
	return tell;
}

void store_page_dirty(struct pagecache *m, struct page *page, unsigned parts)
{
	spin_lock(&m->lock);
	bool tell = is_in_cache(m, page) && set_dirty(m, page, parts);

	spin_unlock(&m->lock);
	if (unlikely(tell))
		waitq_wake_all(&store_work);
}

bool store_page_takes_room(struct pagecache *m, struct page *page, uint64_t start,
			   size_t n, enum store_writer writer)
{
	spin_lock(&m->lock);
	bool takes = is_in_cache(m, page) && (writer == BY_FILE || start < m->size);
	bool tell = takes && set_dirty(m, page, parts_of(start, n));

	spin_unlock(&m->lock);
	if (unlikely(tell))
		waitq_wake_all(&store_work);
	return takes;
}

/* Lock held: @page is clean, or a part of it. */
static void set_clean(struct pagecache *m, struct page *page, unsigned parts)
	REQUIRES(C_pagecache)
{
	bool was_dirty = page->dirty & ALL_PARTS;

	page->dirty = (uint16_t)(page->dirty & ~parts);
	if (!was_dirty || (page->dirty & ALL_PARTS))
		return;
	(void)count_dirty(m->store, -1);
	list_move_back(store_clean_pages(m->store), &page->link);
}

void store_page_forget(struct pagecache *m, struct page *page, unsigned parts)
{
	spin_lock(&m->lock);
	if (is_in_cache(m, page))
		set_clean(m, page, parts);
	spin_unlock(&m->lock);
}

/* ---- writing back ---- */

struct batch {
	struct page *pages[BATCH]; /* with a reference each */
	uint8_t parts[BATCH];
	unsigned n;
};

/* The oldest dirty ones, @most at the most, are clean from now on. */
static void take_dirty(struct pagecache *m, struct batch *b, uint64_t most)
{
	struct store *s = m->store;

	b->n = 0;
	spin_lock(&m->lock);
	while (b->n < BATCH && b->n < most && !list_is_empty(&s->dirty)) {
		struct page *page = list_entry(list_first(&s->dirty),
					       struct page, link);

		page_get(page);
		b->pages[b->n] = page;
		b->parts[b->n++] = page->dirty & ALL_PARTS;
		set_clean(m, page, ALL_PARTS);
	}
	spin_unlock(&m->lock);
}

/* The first that goes wrong; others are tried all the same. */
static int write_batch(struct pagecache *m, const struct batch *b)
{
	int err = 0;

	for (unsigned i = 0; i < b->n; i++)
		mm_clean_pagecache(m, b->pages[i]->index);
	race_point(pages_cleaned, m);
	for (unsigned i = 0; i < b->n; i++) {
		int result = m->store->ops->write(m, b->pages[i], b->parts[i]);

		page_put(b->pages[i]);
		err = err != 0 ? err : result;
		cond_resched();
	}
	return err;
}

/* No more than there are now, or who writes faster would keep us here. */
static void write_dirty(struct pagecache *m, uint64_t most)
{
	struct store *s = m->store;
	struct batch b;
	int err = 0;

	do {
		take_dirty(m, &b, most);
		most -= b.n;
		err = write_batch(m, &b);
		if (err != 0)
			WRITE_ONCE(s->error, err);
	} while (b.n == BATCH && most > 0);
}

/* Whoever asks first is told. */
static int take_error(struct store *s)
{
	int err = READ_ONCE(s->error);

	if (likely(err == 0))
		return 0;
	WRITE_ONCE(s->error, 0);
	return err;
}

int store_write_back(struct pagecache *m)
{
	struct store *s = m->store;

	mutex_lock(&s->writeback);
	write_dirty(m, READ_ONCE(s->nr_dirty));
	int err = take_error(s);

	mutex_unlock(&s->writeback);
	return err;
}

/* @n pages of it, oldest first; what goes wrong is told to who asks. */
void store_write_some(struct pagecache *m, uint64_t n)
{
	mutex_lock(&m->store->writeback);
	write_dirty(m, n);
	mutex_unlock(&m->store->writeback);
}

void store_throttle(struct pagecache *m)
{
	/* Those of the kernel's own write what others have to wait for. */
	if (likely(store_nr_dirty() < store_max_dirty()) || current_mm() == NULL)
		return;
	count(writers_throttled);
	store_write_some(m, 4 * BATCH);
	if (store_nr_dirty() >= store_max_dirty())
		store_write_back_some(store_max_dirty() / 2);
}
