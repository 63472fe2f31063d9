#pragma once

/*
 * vfs/xattr.h - extended attributes: small values that an inode has by name.
 *
 * The first word of a name says whose they are:
 *
 *	user.		of who may read or write the file; only regular files
 *			and directories have some
 *	trusted.	root's, and nobody else sees them
 *	security.	read by all, written by root
 *
 * A value never changes once others see it.  Who sets another one puts a new
 * struct xattr in its place, so who has found one copies it to the program
 * without a lock, and has all of it or nothing:
 *
 *	err = inode_get_xattr(inode, "user.colour", &x);
 *	...	xattr_value(x), x->size
 *	xattr_put(x);
 *
 * A file system whose inodes have them keeps a struct xattrs for each
 * (inode_ops.xattrs).  @inode may be NULL: what has no inode, a pipe, has none.
 */

#include "lib/avl.h"
#include "sync/refcount.h"
#include "vfs/inode.h"

struct room;

#define XATTR_NAME_MAX 255
#define XATTR_SIZE_MAX 65536UL
#define XATTR_LIST_MAX 65536UL /* names, each with its NUL, of one inode */

#define XATTR_CREATE 1U  /* -EEXIST: it is there */
#define XATTR_REPLACE 2U /* -ENODATA: it is not */

/*
 *	(c)	constant once others can see it
 *	(at)	inode.attr_lock
 */
struct xattr {
	struct avl_node node;  /* (at) by name */
	struct refcount refs;  /* the inode's, and who reads it */
	size_t name_length;    /* (c) */
	size_t size;           /* (c) of the value */
	char text[];           /* (c) the name, NUL, the value */
};

static inline void *xattr_value(struct xattr *x)
{
	return x->text + x->name_length + 1;
}

/* One with one reference, whose value the caller fills in; NULL: no memory. */
struct xattr *xattr_create(const char *name, size_t size);
void xattr_put(struct xattr *x); /* NULL is allowed */

/* Those of one inode, which its file system embeds in its node. */
struct xattrs {
	struct room *room;                        /* (c) of pages: who pays */
	struct avl_root by_name GUARDED_BY(C_attr);
	size_t name_bytes GUARDED_BY(C_attr);     /* of all names, with their NULs */
	size_t bytes GUARDED_BY(C_attr);          /* of all */
};

/* There are none, and those that come take pages of @room. */
void xattrs_init(struct xattrs *all, struct room *room);
/* Nobody else sees the inode. */
void xattrs_destroy(struct xattrs *all);

/*
 * All of these sleep, and judge whether the running process may; but not
 * whether the file system can be written to.  -EOPNOTSUPP: there is no such
 * attribute here, and never will be.
 */

/* *@out with a reference: 0, -ENODATA, -EACCES, ... */
int inode_get_xattr(struct inode *inode, const char *name, struct xattr **out);
/* @new, whose reference is taken over, for what has its name; @flags are
 * XATTR_CREATE and XATTR_REPLACE.  -ENOSPC: the file system has no room, or the
 * inode no place for one more name; -EPERM, ... */
int inode_set_xattr(struct inode *inode, struct xattr *new, unsigned flags);
int inode_remove_xattr(struct inode *inode, const char *name);
/* The names, each with its NUL, into @buf: how many bytes.  -ERANGE: more than
 * @n.  @buf NULL: only how many. */
long inode_list_xattrs(struct inode *inode, char *buf, size_t n);
