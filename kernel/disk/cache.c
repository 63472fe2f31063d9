/*
 * disk/cache.c - the page cache of a disk.
 *
 * Its store is the disk itself.  Of a page those sectors are written that were
 * written to: others may have been written past the cache, by the file system
 * that is on the disk.
 */

#include "disk/disk.h"

#include "lib/bits.h"
#include "mm/page.h"

_Static_assert(SECTOR_SIZE == SECTOR_BYTES, "a part is a sector");

static struct disk *disk_of(struct pagecache *m)
{
	return container_of(m, struct disk, pagecache);
}

static int read_page(struct pagecache *m, struct page *page)
{
	struct disk *d = disk_of(m);
	uint64_t at = page->index << PAGE_SHIFT;

	return disk_transfer(d, at, page_address(page),
			     min(PAGE_SIZE, d->size - at), false);
}

/* What is behind the disk's end, in its last page, is in no part. */
static int write_page(struct pagecache *m, struct page *page, unsigned parts)
{
	struct disk *d = disk_of(m);
	uint64_t at = page->index << PAGE_SHIFT;
	int err = 0;

	for (unsigned i = 0, n; err == 0 && parts >> i != 0; i += n) {
		for (n = 0; parts & (1U << (i + n)); n++)
			;
		if (n == 0) {
			n = 1;
			continue;
		}
		err = disk_transfer(d, at + i * SECTOR_SIZE,
				    (char *)page_address(page) + i * SECTOR_SIZE,
				    min(n * SECTOR_SIZE,
					d->size - at - i * SECTOR_SIZE), true);
	}
	return err;
}

/* A disk never goes away. */
static void keep(struct pagecache *m UNUSED)
{
}

static bool is_kept(struct pagecache *m UNUSED)
{
	return true;
}

#define DEFAULT_READAHEAD (128U << 10) /* Linux's */

void disk_cache_init(struct disk *d)
{
	static const struct store_ops store_ops = {
		.read = read_page,
		.write = write_page,
		.try_get = is_kept,
		.put = keep,
	};
	static const struct pagecache_ops ops = { .get = keep, .put = keep };

	is_private(pagecache);
	d->readahead = DEFAULT_READAHEAD;
	store_list_init(&d->stores);
	store_init(&d->store, &store_ops, &d->stores);
	pagecache_init_stored(&d->pagecache, &ops, &d->store);
	d->pagecache.size = d->size;
}
