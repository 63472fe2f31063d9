/*
 * mm/pagecache_store.c - pages of a cache that has a store: filled from it, and
 * with room there for what is to be written.
 *
 * A page is read before others can find it, without a lock.  Meanwhile another
 * may have been read, written to, written back and been taken out again: then
 * ours is older than what is stored, and it is read again (store.removals).
 *
 * What is behind the end of a file, in its last page, is cleared before that page
 * is written: programs store there through mappings, and who makes the file longer
 * is to find zeros.  But who writes behind the end puts his bytes there first and
 * makes the file longer then; so before the first byte he says how far:
 *
 *	who makes the file longer		who writes back, holding `writeback`
 *	lock: growing = the end to be		lock: end = the later of size, growing
 *	bytes into the page				clears what is behind
 *	lock: size = that end, growing = 0	writes the page
 *	the page is dirty
 *
 * Either he has said it, and his bytes stay; or the page was cleared before he
 * begins.  What is written of his bytes too early is written again.
 */

#include "arch/io_counts.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/store_internal.h"
#include "sync/retry.h"

static uint64_t removals_of(struct pagecache *m)
{
	spin_lock(&m->lock);
	uint64_t removals = m->store->removals;

	spin_unlock(&m->lock);
	return removals;
}

/* What is beyond the end has nobody written. */
static int read_page(struct pagecache *m, struct page *page)
{
	uint64_t size = READ_ONCE(m->size), start = page->index << PAGE_SHIFT;
	size_t used = start < size ? min(size - start, PAGE_SIZE) : 0;
	int err = m->store->ops->read(m, page);

	if (err != 0)
		return err;
	memset((char *)page_address(page) + used, 0, PAGE_SIZE - used);
	io_count(read_bytes, PAGE_SIZE);
	return 0;
}

/* As add_page() of pagecache.c.  -EAGAIN: @new is out of date. */
static struct page *add_filled(struct pagecache *m, struct page *new, bool within,
			       uint64_t removals, int *err)
{
	spin_lock(&m->lock);
	struct page *page = radix_get(pagecache_index(m), new->index);

	*err = 0;
	if (within && new->index >= pagecache_size_in_pages(m))
		*err = -ENXIO;
	else if (page == NULL && m->store->removals != removals)
		*err = -EAGAIN;
	else if (page == NULL) {
		*err = radix_set(pagecache_index(m), new->index, new);
		page = *err == 0 ? new : NULL;
		if (page != NULL)
			pagecache_added(m, new);
	}
	if (*err != 0)
		page = NULL;
	if (page != NULL)
		page_get(page);
	spin_unlock(&m->lock);
	return page;
}

static struct page *try_to_fill(struct pagecache *m, uint64_t index, bool within,
				int *err)
{
	uint64_t removals = removals_of(m);
	struct page *new, *page = NULL;

	store_make_room();
	new = page_alloc(PAGE_CACHE);
	if (new == NULL) {
		*err = -ENOMEM;
		return NULL;
	}
	new->owner = m;
	new->index = index;
	*err = read_page(m, new);
	if (*err == 0)
		page = add_filled(m, new, within, removals, err);
	if (page != new)
		page_put(new);
	return page;
}

struct page *pagecache_fill_page(struct pagecache *m, uint64_t index, bool within,
				 int *err)
{
	struct retry r = { 0 };
	struct page *page;

	for (;;) {
		page = try_to_fill(m, index, within, err);
		if (page != NULL || *err != -EAGAIN)
			return page;
		if (!retry_again(&r)) {
			*err = -EINTR;
			return NULL;
		}
	}
}

static int reserve(struct pagecache *m, struct page *page, uint64_t start,
		   uint64_t end, enum store_writer writer)
{
	return m->store->ops->reserve == NULL ? 0 :
		m->store->ops->reserve(m, page, start, end, writer);
}

int pagecache_reserve(struct pagecache *m, struct page *page, uint64_t start,
		      uint64_t end)
{
	return reserve(m, page, start, end, BY_FILE);
}

int pagecache_reserve_page(struct pagecache *m, struct page *page)
{
	uint64_t start = page->index << PAGE_SHIFT, size = READ_ONCE(m->size);

	if (start >= size)
		return -ENXIO;
	return reserve(m, page, start, min(size, start + PAGE_SIZE), BY_MAPPING);
}

static bool is_mapped(struct pagecache *m)
{
	mutex_lock(&m->users_lock);
	bool mapped = !list_is_empty(pagecache_users(m));

	mutex_unlock(&m->users_lock);
	return mapped;
}

int pagecache_reserve_end(struct pagecache *m, uint64_t size)
{
	uint64_t old = READ_ONCE(m->size);
	uint64_t end = min(size, align_up(old, PAGE_SIZE));
	struct page *page;
	int err = 0;

	if (end <= old || m->store->ops->reserve == NULL || !is_mapped(m))
		return 0;
	page = pagecache_page_create(m, old >> PAGE_SHIFT, true, &err);
	if (page == NULL)
		return err;
	err = pagecache_reserve(m, page, old, end);
	page_put(page);
	return err;
}

void pagecache_begin_growing(struct pagecache *m, uint64_t end)
{
	spin_lock(&m->lock);
	m->store->growing = end;
	spin_unlock(&m->lock);
}

void pagecache_clear_behind_end(struct pagecache *m, struct page *page)
{
	uint64_t start = page->index << PAGE_SHIFT;

	spin_lock(&m->lock);
	uint64_t end = max(m->size, m->store->growing);

	if (start < end && end - start < PAGE_SIZE)
		memset((char *)page_address(page) + (end - start), 0,
		       PAGE_SIZE - (end - start));
	spin_unlock(&m->lock);
	race_point(tail_cleared, m);
}

void pagecache_page_stored(struct page *page)
{
	struct pagecache *m = page->owner;

	if (pagecache_is_stored(m))
		store_page_dirty(m, page, ALL_PARTS);
}
