/*
 * fs/ext2/names.c - the operations on names.
 *
 * What a name leads to is written before the name is: a crash leaves an inode
 * without a name, which fsck frees, and no name without an inode.
 */
#include "fs/ext2/ext2_internal.h"

#include "arch/barrier.h"
#include "lib/errno.h"
#include "lib/string.h"

static int lookup(struct inode *dir, const struct name *name, struct inode **child)
{
	struct ext2_node *node = ext2_node(dir);
	uint32_t ino;
	int err = ext2_dir_find(node, name, &ino);

	return err != 0 ? err : ext2_node_get(node->ext2, ino, dir, name, child);
}

static uint32_t number_of(const struct inode *inode)
{
	return (uint32_t)inode->ino;
}

/* ---- new ones ---- */

/* What is in it from the beginning. */
static int make_contents(struct ext2_node *node, const struct ext2_node *dir,
			 const struct inode_spec *spec)
{
	switch (spec->mode & S_IFMT) {
	case S_IFDIR:
		return ext2_dir_make(node, number_of(&dir->inode));
	case S_IFLNK:
		return ext2_link_set(node, spec->target);
	}
	return 0;
}

/* An inode of @spec, on the disk as well, which nobody finds. */
static int make_node(struct ext2_node *dir, const struct inode_spec *spec,
		     unsigned links, struct ext2_node **out)
{
	bool is_dir = (spec->mode & S_IFMT) == S_IFDIR;
	struct ext2 *ext2 = dir->ext2;
	struct ext2_node *node;
	uint32_t ino;
	int err;

	store_throttle(&ext2->disk->pagecache);
	err = ext2_alloc_inode(ext2, dir, is_dir, &ino);
	if (err == -ENOSPC && ext2_can_let_go(ext2))
		err = ext2_alloc_inode(ext2, dir, is_dir, &ino);
	if (err != 0)
		return err;
	err = ext2_raw_clear(ext2, ino);
	node = err == 0 ? ext2_node_new(ext2, ino, spec) : NULL;
	if (node == NULL) {
		ext2_free_inode(ext2, ino, is_dir);
		return err != 0 ? err : -ENOMEM;
	}
	node->inode.nlink = links;
	node->inode.generation = atomic_fetch_add_relaxed(&ext2->last_generation, 1) + 1;
	ext2_node_begin(node);
	err = make_contents(node, dir, spec);
	if (err == 0)
		err = ext2_raw_write(node);
	if (err != 0) {
		ext2_node_drop_new(node);
		return err;
	}
	*out = node;
	return 0;
}

static int create(struct dentry *new, const struct inode_spec *spec)
{
	bool is_dir = (spec->mode & S_IFMT) == S_IFDIR;
	struct ext2_node *dir = ext2_node(new->dir), *node;
	int err;

	if (is_dir && READ_ONCE(new->dir->nlink) >= EXT2_LINKS_MAX)
		return -EMLINK;
	err = make_node(dir, spec, is_dir ? 2 : 1, &node);
	if (err != 0)
		return err;
	err = inode_set_parent(&node->inode, new->dir, &new->name) ? 0 : -ENOMEM;
	if (err == 0)
		err = ext2_dir_add(dir, &new->name, number_of(&node->inode),
				   spec->mode);
	if (err != 0) {
		ext2_node_drop_new(node);
		return err;
	}
	ext2_node_show(node);
	new->inode = &node->inode;
	return 0;
}

static int nameless(struct inode *dir, const struct inode_spec *spec,
		    struct inode **inode)
{
	struct ext2_node *node;
	int err = make_node(ext2_node(dir), spec, 0, &node);

	if (err != 0)
		return err;
	ext2_node_show(node);
	*inode = &node->inode;
	return 0;
}

static int link(const struct dentry *new, struct inode *inode)
{
	if (READ_ONCE(inode->nlink) >= EXT2_LINKS_MAX)
		return -EMLINK;
	return ext2_dir_add(ext2_node(new->dir), &new->name, number_of(inode),
			    inode_type(inode));
}

/* ---- old ones ---- */

static int check_empty(struct inode *inode)
{
	return inode_is(inode, S_IFDIR) ? ext2_dir_is_empty(ext2_node(inode)) : 0;
}

static int unlink(const struct dentry *old)
{
	int err = check_empty(old->inode);

	return err != 0 ? err : ext2_dir_remove(ext2_node(old->dir), &old->name);
}

static const struct name dotdot = { "..", 2 };

/* @to is for @inode, in place of what is there. */
static int take_name(const struct dentry *to, struct inode *inode)
{
	struct ext2_node *dir = ext2_node(to->dir);
	int err;

	if (to->inode == NULL)
		return ext2_dir_add(dir, &to->name, number_of(inode),
				    inode_type(inode));
	err = check_empty(to->inode);
	return err != 0 ? err : ext2_dir_set(dir, &to->name, number_of(inode),
					     inode_type(inode));
}

static void undo_take(const struct dentry *to)
{
	struct ext2_node *dir = ext2_node(to->dir);

	if (to->inode == NULL)
		(void)ext2_dir_remove(dir, &to->name);
	else
		(void)ext2_dir_set(dir, &to->name, number_of(to->inode),
				   inode_type(to->inode));
}

static int set_parent(struct inode *dir, struct inode *parent)
{
	return ext2_dir_set(ext2_node(dir), &dotdot, number_of(parent), S_IFDIR);
}

/* Names are locked alone.  The new name is there before the old one goes. */
static int rename(const struct dentry *from, const struct dentry *to)
{
	bool moves = inode_is(from->inode, S_IFDIR) && from->dir != to->dir;
	int err;

	if (moves && to->inode == NULL &&
	    READ_ONCE(to->dir->nlink) >= EXT2_LINKS_MAX)
		return -EMLINK;
	err = take_name(to, from->inode);
	if (err != 0)
		return err;
	if (moves)
		err = set_parent(from->inode, to->dir);
	if (err == 0)
		err = ext2_dir_remove(ext2_node(from->dir), &from->name);
	if (err == 0)
		return 0;
	if (moves)
		(void)set_parent(from->inode, from->dir);
	undo_take(to);
	return err;
}

const struct inode_ops ext2_dir_ops = {
	.lookup = lookup,
	.readdir = ext2_dir_read,
	.create = create,
	.nameless = nameless,
	.link = link,
	.unlink = unlink,
	.rename = rename,
	.sync = ext2_sync_inode,
	.getattr = ext2_getattr,
	.unnamed = ext2_unnamed,
	.release = ext2_node_release,
	.unwatched = ext2_node_unwatched,
};

const struct inode_ops *ext2_ops_of(unsigned mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return &ext2_dir_ops;
	case S_IFREG:
		return &ext2_file_ops;
	case S_IFLNK:
		return &ext2_link_ops;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return &ext2_special_ops;
	}
	return NULL;
}
