#pragma once

/*
 * fs/tmp/tmpfs_internal.h - what tmpfs keeps for an inode.
 *
 *	tmpfs.c		the file system, its nodes and their contents
 *	dir.c		names in its directories
 */

#include "fs/tmp/tmpfs.h"
#include "lib/avl.h"
#include "lib/list.h"
#include "mm/pagecache.h"
#include "vfs/inode.h"

/*
 *	(c)	constant
 *	(n)	the lock of names
 */
struct tmpfs_node {
	struct inode inode;
	union {
		struct tmpfs_dir {
			struct avl_root entries; /* (n) by name */
			struct list order;       /* (n) by age */
			uint64_t next_cookie;    /* (n) */
		} dir;
		char *target;           /* (c) of a link; kfree'd */
		struct pagecache pagecache; /* a regular file's contents, size */
	};
};

static inline struct tmpfs_node *tmpfs_node(struct inode *inode)
{
	return container_of(inode, struct tmpfs_node, inode);
}

/* A node as @spec says, in no directory; NULL: no memory. */
struct inode *tmpfs_make_node(struct filesystem *fs,
			      const struct inode_spec *spec);

void tmpfs_dir_init(struct tmpfs_dir *dir);
static inline bool tmpfs_dir_is_empty(const struct tmpfs_dir *dir)
{
	return dir->entries.node == NULL;
}

/* The directory operations of vfs/inode.h. */
int tmpfs_lookup(struct inode *dir, const struct name *name,
		 struct inode **child);
long tmpfs_readdir(struct inode *dir, uint64_t cookie, struct dir_sink *sink);
int tmpfs_create_name(struct dentry *new, const struct inode_spec *spec);
int tmpfs_link(const struct dentry *new, struct inode *inode);
int tmpfs_unlink(const struct dentry *old);
int tmpfs_rename(const struct dentry *from, const struct dentry *to);
