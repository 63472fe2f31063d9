/*
 * fs/ext2/block.c - blocks of the disk, in its page cache.
 *
 * What was written to is dirty there, and those sectors alone are written back:
 * beside them, in the same page, may be blocks of files, which have caches of
 * their own, and whose bytes here may be old.  So a block that is given out is
 * cleared here before anything is read from it, and one that is freed is no
 * longer dirty: or it would be written over what its next user has there.
 */
#include "fs/ext2/ext2_internal.h"

#include "arch/barrier.h"
#include "debug/printk.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

#define MAX_TOLD 16U /* lines on the console for one mount */
#define LINE 160

int ext2_wrong(struct ext2 *ext2, const char *fmt, ...)
{
	char line[LINE];
	va_list args;

	WRITE_ONCE(ext2->has_errors, true);
	if (atomic_fetch_add_relaxed(&ext2->nr_told, 1) >= MAX_TOLD)
		return -EUCLEAN;
	va_start(args, fmt);
	(void)kvsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	printk("ext2: %s: %s\n", ext2->disk->name, line);
	return -EUCLEAN;
}

static unsigned parts_of(const struct ext2 *ext2, uint64_t start)
{
	unsigned n = ext2->block_size / SECTOR_BYTES;

	return ((1U << n) - 1) << (start % PAGE_SIZE / SECTOR_BYTES);
}

static uint64_t start_of(const struct ext2 *ext2, uint32_t nr)
{
	return (uint64_t)nr << ext2->block_shift;
}

int ext2_block_get(struct ext2 *ext2, uint32_t nr, struct ext2_block *b)
{
	uint64_t start = start_of(ext2, nr);
	int err = 0;

	*b = (struct ext2_block){ .ext2 = ext2, .nr = nr };
	if (nr >= ext2->blocks)
		return ext2_wrong(ext2, "there is no block %u", nr);
	b->page = pagecache_page_create(&ext2->disk->pagecache,
					start >> PAGE_SHIFT, true, &err);
	if (b->page == NULL)
		return err;
	b->data = (char *)page_address(b->page) + start % PAGE_SIZE;
	return 0;
}

int ext2_block_get_new(struct ext2 *ext2, uint32_t nr, struct ext2_block *b)
{
	int err = ext2_block_get(ext2, nr, b);

	if (err != 0)
		return err;
	memset(b->data, 0, ext2->block_size);
	ext2_block_dirty(b, b->data, ext2->block_size);
	return 0;
}

void ext2_block_put(struct ext2_block *b)
{
	if (b->page != NULL)
		page_put(b->page);
	b->page = NULL;
}

void ext2_block_dirty(const struct ext2_block *b, const void *at, size_t n)
{
	size_t first = (size_t)((const char *)at -
				(const char *)page_address(b->page)) / SECTOR_BYTES;
	size_t last = ((size_t)((const char *)at -
				(const char *)page_address(b->page)) + n - 1) /
		      SECTOR_BYTES;
	unsigned parts = (ALL_PARTS << first) & (ALL_PARTS >> (7 - last));

	store_page_dirty(&b->ext2->disk->pagecache, b->page, parts);
}

/* If it is not in the cache it is not dirty. */
void ext2_block_forget(struct ext2 *ext2, uint32_t nr)
{
	struct pagecache *m = &ext2->disk->pagecache;
	uint64_t start = start_of(ext2, nr);
	struct page *page = pagecache_page_find(m, start >> PAGE_SHIFT);

	if (page == NULL)
		return;
	store_page_forget(m, page, parts_of(ext2, start));
	page_put(page);
}

bool ext2_block_is_sound(const struct ext2 *ext2, uint32_t nr)
{
	return nr > ext2->first_data_block && nr < ext2->blocks;
}
