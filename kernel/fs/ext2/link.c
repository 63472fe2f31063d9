/*
 * fs/ext2/link.c - symbolic links.  A short target stands where the pointers of
 * the inode would be, another one in a block of the disk.
 */
#include "fs/ext2/ext2_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"

static bool is_short(const struct ext2_node *node)
{
	return node->size <= EXT2_FAST_LINK_MAX;
}

int ext2_link_set(struct ext2_node *node, const char *target)
{
	size_t n = strlen(target);
	struct ext2_block b;
	uint32_t nr;
	bool made;
	int err;

	if (n >= node->ext2->block_size)
		return -ENAMETOOLONG;
	node->size = n;
	if (is_short(node)) {
		memcpy(node->block, target, n);
		return 0;
	}
	err = ext2_map_new(node, 0, NULL, &nr, &made);
	if (err == 0)
		err = ext2_block_get_new(node->ext2, nr, &b);
	if (err != 0)
		return err;
	memcpy(b.data, target, n);
	ext2_block_dirty(&b, b.data, n); /* it may have been written as it was new */
	ext2_block_put(&b);
	return 0;
}

static long readlink(struct inode *link, char *buf, size_t n)
{
	struct ext2_node *node = ext2_node(link);
	struct ext2_block b;
	uint32_t nr;
	int err;

	n = min(n, node->size);
	if (is_short(node)) {
		memcpy(buf, node->block, n);
		return (long)n;
	}
	err = ext2_map(node, 0, &nr);
	if (err == 0)
		err = ext2_block_get(node->ext2, nr, &b);
	if (err != 0)
		return err;
	memcpy(buf, b.data, n);
	ext2_block_put(&b);
	return (long)n;
}

const struct inode_ops ext2_link_ops = {
	.readlink = readlink,
	.sync = ext2_sync_inode,
	.getattr = ext2_getattr,
	.unnamed = ext2_unnamed,
	.release = ext2_node_release,
	.unwatched = ext2_node_unwatched,
};
