/*
 * mm/cachestat.c - how many pages of a file are in memory.
 */

#include "mm/pagecache.h"

#include "lib/errno.h"
#include "sync/work.h"

/* Pages that are looked at in one turn with the lock. */
#define BATCH 64

/* Of those from *@index up to @last; false: that was all of them. */
static bool count_some(struct pagecache *m, uint64_t *index, uint64_t last,
		       struct pagecache_count *count)
{
	const struct page *page = NULL;

	spin_lock(&m->lock);
	for (unsigned i = 0; i < BATCH; i++) {
		page = radix_next(&m->pages, index);
		if (page == NULL || *index > last)
			break;
		count->pages++;
		if (m->store != NULL && (page->dirty & ALL_PARTS))
			count->dirty++;
		++*index;
	}
	spin_unlock(&m->lock);
	return page != NULL && *index <= last;
}

int pagecache_count(struct pagecache *m, uint64_t first, uint64_t last,
		    struct pagecache_count *count)
{
	*count = (struct pagecache_count){ 0 };
	while (count_some(m, &first, last, count))
		if (!block_go_on())
			return -EINTR;
	return 0;
}
