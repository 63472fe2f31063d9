/*
 * fs/ext2/raw.c - an inode on the disk, into memory and back.
 *
 * In memory mode, owner, times and links are the vfs's, who changes them as it
 * likes: so what has changed is found by comparing, when it is to be written.
 * Times are whole seconds on the disk.
 */
#include "fs/ext2/ext2_internal.h"

#include "arch/clock.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/time.h"
#include "mm/slab.h"
#include "vfs/attr.h"

/* The inode's place in its table. */
static int raw_get(struct ext2 *ext2, uint32_t ino, struct ext2_block *b,
		   struct ext2_raw_inode **raw)
{
	unsigned in_group, offset, table;
	struct ext2_group *g;
	int err;

	if (ino == 0 || ino > ext2->inodes)
		return ext2_wrong(ext2, "there is no inode %u", ino);
	err = ext2_group_get(ext2, (ino - 1) / ext2->inodes_per_group, b, &g);
	if (err != 0)
		return err;
	table = g->inode_table;
	ext2_block_put(b);
	in_group = (ino - 1) % ext2->inodes_per_group;
	offset = in_group * ext2->inode_size;
	err = ext2_block_get(ext2, table + (offset >> ext2->block_shift), b);
	if (err == 0)
		*raw = (struct ext2_raw_inode *)(b->data +
						 offset % ext2->block_size);
	return err;
}

/* ---- reading ---- */

static struct inode_spec spec_of(const struct ext2_raw_inode *raw)
{
	struct inode_spec spec = {
		.mode = raw->mode,
		.uid = raw->uid | (unsigned)raw->uid_high << 16,
		.gid = raw->gid | (unsigned)raw->gid_high << 16,
	};

	if (raw->block[0] != 0) { /* Linux's old numbers, and its new ones */
		spec.major = raw->block[0] >> 8 & 0xff;
		spec.minor = raw->block[0] & 0xff;
	} else {
		spec.major = raw->block[1] >> 8 & 0xfff;
		spec.minor = (raw->block[1] & 0xff) |
			     (raw->block[1] >> 12 & 0xfff00);
	}
	return spec;
}

static uint64_t size_of(const struct ext2 *ext2, const struct ext2_raw_inode *raw)
{
	uint64_t high = (raw->mode & S_IFMT) == S_IFREG &&
			ext2->rev >= EXT2_REV_DYNAMIC ? raw->size_high : 0;

	return high << 32 | raw->size;
}

/* All blocks of a directory are there: or whoever looks for a name in it would go
 * through them for as long as its size says. */
static bool can_be_dir(const struct ext2 *ext2, uint64_t size)
{
	return size % ext2->block_size == 0 &&
	       size >> ext2->block_shift < ext2->blocks;
}

static int check(struct ext2 *ext2, uint32_t ino, const struct ext2_raw_inode *raw)
{
	uint64_t size = size_of(ext2, raw);

	if (raw->links == 0)
		return ext2_wrong(ext2, "inode %u has a name, and is free", ino);
	if (ext2_ops_of(raw->mode) == NULL)
		return ext2_wrong(ext2, "inode %u is of type %o", ino, raw->mode);
	if (size > ext2->max_size ||
	    ((raw->mode & S_IFMT) == S_IFDIR && !can_be_dir(ext2, size)) ||
	    ((raw->mode & S_IFMT) == S_IFLNK && size >= ext2->block_size))
		return ext2_wrong(ext2, "inode %u has %lu bytes", ino, size);
	return 0;
}

static bool is_device(unsigned mode)
{
	return (mode & S_IFMT) == S_IFCHR || (mode & S_IFMT) == S_IFBLK;
}

static void fill(struct ext2_node *node, const struct ext2_raw_inode *raw)
{
	struct inode *inode = &node->inode;

	inode->nlink = raw->links;
	inode->atime = raw->atime * NS_PER_SECOND;
	inode->mtime = raw->mtime * NS_PER_SECOND;
	inode->ctime = raw->ctime * NS_PER_SECOND;
	memcpy(node->block, raw->block, sizeof(node->block));
	node->sectors = raw->sectors;
	node->flags = raw->flags;
	node->file_acl = raw->file_acl;
	node->inode.generation = raw->generation;
	node->size = size_of(node->ext2, raw);
	if (inode->pagecache != NULL) {
		is_private(pagecache);
		inode->pagecache->size = node->size;
	}
}

static bool is_stale(const struct ext2_raw_inode *raw, const uint32_t *generation)
{
	return generation != NULL &&
	       (raw->links == 0 || raw->generation != *generation);
}

int ext2_raw_read(struct ext2 *ext2, uint32_t ino, const uint32_t *generation,
		  struct ext2_node **out)
{
	struct ext2_raw_inode *raw;
	struct inode_spec spec;
	struct ext2_block b;
	int err = raw_get(ext2, ino, &b, &raw);

	if (err != 0)
		return err;
	err = is_stale(raw, generation) ? -ESTALE : check(ext2, ino, raw);
	if (err == 0) {
		spec = spec_of(raw);
		if (!is_device(spec.mode))
			spec.major = spec.minor = 0;
		*out = ext2_node_new(ext2, ino, &spec);
		if (*out == NULL)
			err = -ENOMEM;
		else
			fill(*out, raw);
	}
	ext2_block_put(&b);
	return err;
}

/* ---- writing ---- */

static void put_device(struct ext2_raw_inode *raw, const struct inode *inode)
{
	memset(raw->block, 0, sizeof(raw->block));
	if (inode->major < 256 && inode->minor < 256)
		raw->block[0] = inode->major << 8 | inode->minor;
	else
		raw->block[1] = (inode->minor & 0xff) | inode->major << 8 |
				(inode->minor & ~0xffU) << 12;
}

static void put_size(struct ext2_raw_inode *raw, struct ext2_node *node)
{
	uint64_t size = node->inode.pagecache != NULL ?
				inode_size(&node->inode) : READ_ONCE(node->size);

	raw->size = (uint32_t)size;
	if (inode_is(&node->inode, S_IFREG))
		raw->size_high = (uint32_t)(size >> 32);
}

/* What @node is now, where @raw is what it was. */
static void put_all(struct ext2_raw_inode *raw, struct ext2_node *node)
{
	struct inode_owner owner = inode_owner(&node->inode);

	raw->mode = (uint16_t)owner.mode;
	raw->uid = (uint16_t)owner.uid;
	raw->uid_high = (uint16_t)(owner.uid >> 16);
	raw->gid = (uint16_t)owner.gid;
	raw->gid_high = (uint16_t)(owner.gid >> 16);
	raw->links = (uint16_t)READ_ONCE(node->inode.nlink);
	raw->atime = (uint32_t)(READ_ONCE(node->inode.atime) / NS_PER_SECOND);
	raw->mtime = (uint32_t)(READ_ONCE(node->inode.mtime) / NS_PER_SECOND);
	raw->ctime = (uint32_t)(READ_ONCE(node->inode.ctime) / NS_PER_SECOND);
	raw->dtime = 0;
	raw->sectors = node->sectors;
	raw->flags = node->flags;
	raw->generation = node->inode.generation;
	raw->file_acl = node->file_acl;
	put_size(raw, node);
	if (is_device(owner.mode))
		put_device(raw, &node->inode);
	else
		memcpy(raw->block, node->block, sizeof(raw->block));
}

/* What a newer one has behind it is left as it is. */
static int write(struct ext2_node *node, void (*set)(struct ext2_raw_inode *raw,
						     struct ext2_node *node))
{
	struct ext2_raw_inode *raw, now;
	struct ext2_block b;
	int err = raw_get(node->ext2, (uint32_t)node->inode.ino, &b, &raw);

	if (err != 0)
		return err;
	now = *raw;
	set(&now, node);
	if (memcmp(raw, &now, sizeof(now)) != 0) {
		*raw = now;
		ext2_block_dirty(&b, raw, sizeof(*raw));
	}
	ext2_block_put(&b);
	return 0;
}

/* Who writes and who writes back may do so at once: map for both. */
int ext2_raw_write(struct ext2_node *node)
{
	int err;

	if (READ_ONCE(node->ext2->fs.readonly))
		return 0;
	rwsem_lock(&node->map);
	err = write(node, put_all);
	rwsem_unlock(&node->map);
	return err;
}

static void put_free(struct ext2_raw_inode *raw, struct ext2_node *node)
{
	put_all(raw, node);
	raw->links = 0;
	raw->dtime = (uint32_t)(clock_realtime_ns() / NS_PER_SECOND);
	raw->size = raw->size_high = 0;
}

int ext2_raw_erase(struct ext2_node *node)
{
	return write(node, put_free);
}

int ext2_raw_clear(struct ext2 *ext2, uint32_t ino)
{
	struct ext2_raw_inode *raw;
	struct ext2_block b;
	int err = raw_get(ext2, ino, &b, &raw);

	if (err != 0)
		return err;
	memset(raw, 0, ext2->inode_size);
	ext2_block_dirty(&b, raw, ext2->inode_size);
	ext2_block_put(&b);
	return 0;
}
