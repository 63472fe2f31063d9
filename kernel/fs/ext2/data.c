/*
 * fs/ext2/data.c - the bytes of regular files: pages, and the blocks they are in.
 *
 * A block is given out when somebody is about to write to it, not later: so a
 * write is refused when the disk is full, and nothing is lost afterwards.  The page
 * is dirty before, and until it is written nobody reads what the block held.
 */
#include "fs/ext2/ext2_internal.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/time.h"
#include "vfs/attr.h"

static struct ext2_node *node_of(struct pagecache *m)
{
	return container_of(m, struct ext2_node, pagecache);
}

/* ---- pages ---- */

/* A block of @page: its place in the file, its bytes, whether it is wanted. */
struct piece {
	uint64_t index;
	char *data;
	unsigned parts;
};

static struct piece piece_of(const struct ext2 *ext2, struct page *page,
			     unsigned i)
{
	unsigned n = ext2->block_size / SECTOR_BYTES;

	return (struct piece){
		.index = (page->index << (PAGE_SHIFT - ext2->block_shift)) + i,
		.data = (char *)page_address(page) + i * ext2->block_size,
		.parts = ((1U << n) - 1) << (i * n),
	};
}

static unsigned pieces_of(const struct ext2 *ext2)
{
	return 1U << (PAGE_SHIFT - ext2->block_shift);
}

static int transfer(const struct ext2 *ext2, uint32_t nr, char *data, bool write)
{
	return disk_transfer(ext2->disk, (uint64_t)nr << ext2->block_shift, data,
			     ext2->block_size, write);
}

static int read_page(struct pagecache *m, struct page *page)
{
	struct ext2_node *node = node_of(m);
	struct ext2 *ext2 = node->ext2;
	int err = 0;

	for (unsigned i = 0; err == 0 && i < pieces_of(ext2); i++) {
		struct piece p = piece_of(ext2, page, i);
		uint32_t nr;

		err = ext2_map(node, p.index, &nr);
		if (err == 0 && nr == 0)
			memset(p.data, 0, ext2->block_size);
		else if (err == 0)
			err = transfer(ext2, nr, p.data, false);
	}
	return err;
}

/* What programs have stored behind the end, through a mapping, stays in memory.
 * A hole has nothing to write: nobody has written there. */
static int write_page(struct pagecache *m, struct page *page, unsigned parts)
{
	struct ext2_node *node = node_of(m);
	struct ext2 *ext2 = node->ext2;
	int err = 0;

	pagecache_clear_behind_end(m, page);
	for (unsigned i = 0; i < pieces_of(ext2); i++) {
		struct piece p = piece_of(ext2, page, i);
		uint32_t nr;
		int result;

		if (!(parts & p.parts))
			continue;
		result = ext2_map(node, p.index, &nr);
		if (result == 0 && nr != 0)
			result = transfer(ext2, nr, p.data, true);
		err = err != 0 ? err : result;
	}
	return err;
}

bool ext2_page_takes_block(struct ext2_node *node, uint64_t index,
			   const struct ext2_taker *taker)
{
	const struct ext2 *ext2 = node->ext2;

	return store_page_takes_room(&node->pagecache, taker->page,
				     index << ext2->block_shift, ext2->block_size,
				     taker->writer);
}

static int reserve(struct pagecache *m, struct page *page, uint64_t start,
		   uint64_t end, enum store_writer writer)
{
	const struct ext2_taker taker = { page, writer };

	struct ext2_node *node = node_of(m);
	struct ext2 *ext2 = node->ext2;
	uint64_t last = (end - 1) >> ext2->block_shift;
	int err = 0;

	if (end > ext2->max_size)
		return -EFBIG;
	if (end > INT32_MAX)
		ext2_has_large_file(ext2);
	for (uint64_t i = start >> ext2->block_shift; err == 0 && i <= last; i++) {
		uint32_t nr;
		bool made;

		err = ext2_map(node, i, &nr);
		if (err != 0 || nr != 0)
			continue;
		if (writer == BY_MAPPING)
			race_point(room_wanted, m);
		err = ext2_map_new(node, i, &taker, &nr, &made);
		if (err == 0 && made)
			ext2_block_forget(ext2, nr);
	}
	return err;
}

static bool try_get(struct pagecache *m)
{
	return ext2_node_try_get(node_of(m));
}

static void get(struct pagecache *m)
{
	inode_get(&node_of(m)->inode);
}

static void put(struct pagecache *m)
{
	inode_put(&node_of(m)->inode);
}

const struct store_ops ext2_store_ops = {
	.read = read_page,
	.write = write_page,
	.reserve = reserve,
	.try_get = try_get,
	.put = put,
};

const struct pagecache_ops ext2_pagecache_ops = { .get = get, .put = put };

/* ---- operations of files ---- */

/* Pages that are being written back are written before their blocks are free. */
static int truncate(struct inode *inode, uint64_t size)
{
	struct ext2_node *node = ext2_node(inode);
	struct ext2 *ext2 = node->ext2;
	uint64_t old = inode_size(inode);
	int err;

	if (size > ext2->max_size)
		return -EFBIG;
	if (size > INT32_MAX)
		ext2_has_large_file(ext2);
	err = pagecache_truncate(inode->pagecache, size);
	if (err != 0 || size >= old)
		return err;
	mutex_lock(&node->store.writeback);
	ext2_free_from(node, (size + ext2->block_size - 1) >> ext2->block_shift);
	mutex_unlock(&node->store.writeback);
	race_point(blocks_freed, inode->pagecache);
	store_has_changed(inode->pagecache);
	return ext2_raw_write(node); /* with the bitmaps: no block has two users */
}

/* The data, then all that leads to it. */
int ext2_sync_inode(struct inode *inode)
{
	struct ext2_node *node = ext2_node(inode);
	int err = inode->pagecache != NULL ? store_write_back(inode->pagecache) : 0;
	int result = ext2_raw_write(node);

	err = err != 0 ? err : result;
	result = ext2_commit(node->ext2);
	return err != 0 ? err : result;
}

/* Who syncs passes it over from now on: after a crash its blocks are free. */
void ext2_unnamed(struct inode *inode)
{
	struct ext2_node *node = ext2_node(inode);
	int err = ext2_raw_write(node);

	if (err != 0)
		(void)ext2_wrong(node->ext2, "inode %lu is not written: error %d",
				 inode->ino, -err);
}

/* Whole seconds, as they will be read again. */
void ext2_getattr(struct inode *inode, struct inode_attr *attr)
{
	struct ext2_node *node = ext2_node(inode);

	if (inode->pagecache == NULL)
		attr->size = READ_ONCE(node->size);
	attr->bytes_used = (uint64_t)READ_ONCE(node->sectors) * 512;
	attr->atime -= attr->atime % NS_PER_SECOND;
	attr->mtime -= attr->mtime % NS_PER_SECOND;
	attr->ctime -= attr->ctime % NS_PER_SECOND;
}

const struct inode_ops ext2_file_ops = {
	.truncate = truncate,
	.sync = ext2_sync_inode,
	.getattr = ext2_getattr,
	.unnamed = ext2_unnamed,
	.release = ext2_node_release,
	.unwatched = ext2_node_unwatched,
};

const struct inode_ops ext2_special_ops = {
	.sync = ext2_sync_inode,
	.getattr = ext2_getattr,
	.unnamed = ext2_unnamed,
	.release = ext2_node_release,
	.unwatched = ext2_node_unwatched,
};
