#pragma once

/*
 * fs/tmp/tmpfs_internal.h - what tmpfs keeps for an inode.
 *
 *	tmpfs.c		the file system, its nodes and their contents
 *	dir.c		names in its directories
 *	size.c		how much of it there may be
 *	handle.c	those of its inodes that are found by number
 */

#include "fs/tmp/tmpfs.h"
#include "lib/avl.h"
#include "lib/list.h"
#include "mm/pagecache.h"
#include "mm/room.h"
#include "sync/rcu.h"
#include "sync/seqcount.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/xattr.h"

/* One of them.  Rooms: pages of files, of long links and attributes; nodes and
 * names. */
struct tmpfs {
	struct filesystem fs;
	struct room pages, files;
};

static inline struct tmpfs *tmpfs_of(struct filesystem *fs)
{
	return container_of(fs, struct tmpfs, fs);
}

/*
 *	(c)	constant
 *	(a)	atomic
 *	(e)	inode.entries, and the lock of names; looked up without
 *	(s)	the lock of handle.c; by its last user without
 */
struct tmpfs_node {
	struct inode inode;
	struct rcu_head rcu;  /* (its last user) by which it is freed then */
	uint32_t extra_names; /* (a) beside the one that it is charged with */
	struct xattrs xattrs;
	uint64_t btime;       /* (c) when it was made, ns since 1970 */
	struct list shown;    /* (s) by number; zeros: nobody asks for it so */
	union {
		struct tmpfs_dir {
			struct avl_root entries; /* (e) by name */
			struct seqcount seq;     /* (e) of these */
			struct avl_root by_age;  /* (e) in order of cookies */
			uint64_t next_cookie;    /* (e) */
		} dir;
		char *target;           /* (c) of a link; kfree'd */
		struct pagecache pagecache; /* a regular file's contents, size */
	};
};

static inline struct tmpfs_node *tmpfs_node(struct inode *inode)
{
	return container_of(inode, struct tmpfs_node, inode);
}

/* A node as @spec says, in no directory: 0, -ENOSPC or -ENOMEM. */
int tmpfs_make_node(struct filesystem *fs, const struct inode_spec *spec,
		    struct inode **inode);

/* One more, or one less: a node, or another name of one. */
bool MUST_CHECK tmpfs_take_file(struct filesystem *fs);
void tmpfs_give_file(struct filesystem *fs);

void tmpfs_dir_init(struct tmpfs_dir *dir);
static inline bool tmpfs_dir_is_empty(const struct tmpfs_dir *dir)
{
	return dir->entries.node == NULL;
}

/* Take all names out of @dir and of what is below; nobody else sees it. */
void tmpfs_empty(struct inode *dir) REQUIRES(C_names);

/* Those of all together but who were told how large they may be. */
extern struct room tmpfs_pages, tmpfs_files;

#define TMPFS_ROOT_MODE 01777

/* Its rooms, and what its root will be, as @options (may be NULL) say: 0 or
 * -EINVAL. */
int tmpfs_set_up(struct tmpfs *tmpfs, const char *options,
		 struct inode_spec *root);
/* Other limits: 0, or -EINVAL and nothing has changed. */
int tmpfs_configure(struct filesystem *fs, const char *options);

/* handle.c: @inode is found by its number, and generation, from now on; an inode
 * so; and @node goes. */
uint32_t tmpfs_show(struct inode *inode);
int tmpfs_find(struct filesystem *fs, uint64_t ino, uint32_t generation,
	       struct inode **inode);
void tmpfs_hide(struct tmpfs_node *node);

/* The directory operations of vfs/inode.h. */
int tmpfs_lookup(struct inode *dir, const struct name *name,
		 struct inode **child);
int tmpfs_peek(struct inode *dir, const struct name *name,
	       struct inode **child);
long tmpfs_readdir(struct inode *dir, uint64_t cookie, struct dir_sink *sink);
int tmpfs_create_name(struct dentry *new, const struct inode_spec *spec);
int tmpfs_make_nameless(struct inode *dir, const struct inode_spec *spec,
			struct inode **inode);
int tmpfs_link(const struct dentry *new, struct inode *inode);
int tmpfs_unlink(const struct dentry *old);
int tmpfs_rename(const struct dentry *from, const struct dentry *to);
void tmpfs_exchange(const struct dentry *a, const struct dentry *b);
