/*
 * fs/ext2/reaper.c - what becomes of an inode that nobody uses any more.
 *
 * With a name: what is dirty of it is written to where it belongs.  Without:
 * its blocks, then the inode itself, are free again.  Nobody else has it.
 */
#include "fs/ext2/ext2_internal.h"

#include "lib/errno.h"

/* Of the others the pointers are something else. */
static bool has_blocks(const struct ext2_node *node)
{
	const struct inode *inode = &node->inode;

	return inode_is(inode, S_IFREG) || inode_is(inode, S_IFDIR) ||
	       (inode_is(inode, S_IFLNK) && node->size > EXT2_FAST_LINK_MAX);
}

/* A block of attributes goes with the last inode that has it. */
static void free_attributes(struct ext2_node *node)
{
	struct ext2_attributes *head;
	struct ext2_block b;
	bool last = false;
	int err;

	if (node->file_acl == 0)
		return;
	err = ext2_block_get(node->ext2, node->file_acl, &b);
	if (err != 0) {
		(void)ext2_wrong(node->ext2, "attributes of inode %lu are not freed: error %d",
				 node->inode.ino, -err);
		return;
	}
	head = (struct ext2_attributes *)b.data;
	mutex_lock(&node->ext2->lock);
	if (head->magic != EXT2_ATTRIBUTES_MAGIC || head->refs == 0) {
		(void)ext2_wrong(node->ext2, "inode %lu has no attributes in %u",
				 node->inode.ino, node->file_acl);
	} else {
		last = --head->refs == 0;
		ext2_block_dirty(&b, head, sizeof(*head));
	}
	mutex_unlock(&node->ext2->lock);
	ext2_block_put(&b);
	if (last)
		ext2_free_block(node->ext2, node->file_acl);
	node->file_acl = 0;
}

static int erase(struct ext2_node *node)
{
	if (READ_ONCE(node->ext2->fs.readonly))
		return -EROFS;
	if (has_blocks(node))
		ext2_free_from(node, 0);
	free_attributes(node);
	return ext2_raw_erase(node);
}

static void free_on_disk(struct ext2_node *node)
{
	struct ext2 *ext2 = node->ext2;
	int err = erase(node);

	ext2_node_hide(node); /* before its number may be another's */
	if (err == 0)
		ext2_free_inode(ext2, (uint32_t)node->inode.ino,
				inode_is(&node->inode, S_IFDIR));
	else if (err != -EROFS)
		(void)ext2_wrong(ext2, "inode %lu is not freed: error %d",
				 node->inode.ino, -err);
}

void ext2_reap(struct ext2_node *node)
{
	int err = 0;

	if (node->state == NODE_FREED) {
		free_on_disk(node);
		return;
	}
	if (node->inode.pagecache != NULL)
		err = store_write_back(node->inode.pagecache);
	if (err == 0)
		err = ext2_raw_write(node);
	if (err != 0)
		(void)ext2_wrong(node->ext2, "inode %lu is not written: error %d",
				 node->inode.ino, -err);
}
