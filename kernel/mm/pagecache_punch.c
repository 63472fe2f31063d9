/*
 * mm/pagecache_punch.c - holes are punched into files: less memory, and zeros.
 */

#include "lib/bits.h"
#include "lib/string.h"
#include "mm/icache.h"
#include "mm/store_internal.h"
#include "sync/block.h"

/* @page, which is closed, has left the index of @m, with @nodes. */
static void give_up(struct pagecache *m, struct page *page, struct radix_node *nodes)
{
	pagecache_nobody_looks(m, nodes);
	page_open(page);
	page_put(page);
	pagecache_give_room(m, 1);
}

/* The page at or behind *@index goes out of the index, if there it has its
 * only reference; else it is *@used, with one more. */
static bool drop_unused(struct pagecache *m, uint64_t *index, uint64_t last,
			struct page **used)
{
	struct radix_node *nodes = NULL;
	bool dropped = false;

	*used = NULL;
	spin_lock(&m->lock);
	struct page *page = radix_next(pagecache_index(m), index);

	if (page != NULL && *index <= last) {
		/* Whoever looks it up finds it closed, or has got it before. */
		dropped = page_close(page);
		if (dropped) {
			pagecache_remove(m, page);
			nodes = pagecache_removed(m);
		} else {
			page_get(page);
			*used = page;
		}
	}
	spin_unlock(&m->lock);
	if (!dropped)
		return *used != NULL;
	give_up(m, page, nodes);
	return true;
}

static void clear(struct page *page, size_t from, size_t to)
{
	memset((char *)page_address(page) + from, 0, to - from);
	page_was_written(page);
	page_put(page);
}

/* Whole pages, @first to before @end. */
static void punch_pages(struct pagecache *m, uint64_t first, uint64_t end)
{
	struct page *used;

	while (first < end && drop_unused(m, &first, end - 1, &used)) {
		if (used != NULL)
			clear(used, 0, PAGE_SIZE);
		first++;
		cond_resched();
	}
}

/* Bytes of one page, if it is there. */
static void punch_part(struct pagecache *m, uint64_t start, uint64_t end)
{
	struct page *page = start < end ?
		pagecache_page_find(m, start >> PAGE_SHIFT) : NULL;

	if (page != NULL)
		clear(page, start % PAGE_SIZE, start % PAGE_SIZE + end - start);
}

void pagecache_punch(struct pagecache *m, uint64_t start, uint64_t end)
{
	uint64_t first = align_up(start, PAGE_SIZE);
	uint64_t last = align_down(end, PAGE_SIZE);

	if (first > last) { /* within one page */
		punch_part(m, start, end);
		return;
	}
	punch_part(m, start, first);
	punch_pages(m, first >> PAGE_SHIFT, last >> PAGE_SHIFT);
	punch_part(m, last, end);
}

static bool is_zero(const struct page *page)
{
	const uint64_t *word = page_address(page);

	for (unsigned i = 0; i < PAGE_SIZE / sizeof(*word); i++)
		if (READ_ONCE(word[i]) != 0)
			return false;
	return true;
}

/* @page, if nobody has it, and there is nothing in it.  Who wants to store something
 * there looks it up: he has got it before it is closed, or waits for the lock. */
static bool close_zero(struct page *page)
{
	if (!page_close(page))
		return false;
	if (is_zero(page))
		return true;
	page_open(page);
	return false;
}

/* Without it the file has the same zeros there. */
void pagecache_unmake(struct pagecache *m, struct page *page)
{
	struct radix_node *nodes = NULL;

	spin_lock(&m->lock);
	bool unused = close_zero(page);

	if (unused) {
		pagecache_remove(m, page);
		nodes = pagecache_removed(m);
	}
	spin_unlock(&m->lock);
	if (unused)
		give_up(m, page, nodes);
}
