#pragma once

/*
 * vfs/dir.h - the names in a tmpfs directory, and reading any directory.
 *
 * Names stand in a tree for look-ups, and in a list in the order in which
 * they were made for getdents().  Each has a cookie that never comes again,
 * so a reader who left off at one goes on at the next, whatever was removed
 * or added meanwhile.  All under the lock of names.
 */

#include "vfs/inode.h"

struct dirent_node {
	struct avl_node node;
	struct list order;
	uint64_t cookie;
	struct inode *inode; /* a reference */
	size_t len;
	char name[];         /* no NUL */
};

/* The name @name in @dir, or NULL. */
struct dirent_node *dir_find(struct inode *dir, const char *name, size_t len);
/* Add a name that is not there; takes a reference to @inode.  Link counts
 * are the caller's business.  -ENOMEM. */
int dir_add(struct inode *dir, const char *name, size_t len,
	    struct inode *inode);
/* Take out a name; its inode, with the reference that the name had. */
struct inode *dir_remove(struct inode *dir, struct dirent_node *entry);

static inline bool dir_is_empty(const struct inode *dir)
{
	return dir->dir.entries.node == NULL;
}

/* The child of a directory of any kind, with a reference, or NULL. */
struct inode *dir_lookup(struct inode *dir, const char *name, size_t len);

/* Operations of an open directory of any kind. */
extern const struct file_ops dir_file_ops;
/* The position of anything that is read from its beginning: SEEK_SET and
 * SEEK_CUR; -EINVAL for the rest. */
long dir_lseek(struct file *f, long offset, int whence);
