#pragma once

/*
 * vfs/inode.h - what a name in the file system stands for, and what a file
 * system does.
 *
 * An inode is a regular file, a directory, a symbolic link, a device, a FIFO
 * or the name of a socket.  This layer decides what may be done with it:
 * rights, sticky directories, mount points, loops, ".." and link counts.
 * Where names and bytes are kept is the file system's business, which
 * embeds struct inode in a node of its own:
 *
 *	struct my_node { struct inode inode; ... };
 *
 *	inode_init(&node->inode, fs, &my_ops, &spec, ino);
 *
 * One that stores (tmpfs) keeps a node as long as it has names; one that
 * makes its contents up (/proc) makes a node whenever it is looked up.
 *
 * An inode is counted: by each open file, each mapping of memory, each
 * current directory, by each child for its parent, and by the file system if
 * it likes.  The last inode_put() calls ops->release.  It takes no lock above
 * RANK_PROC_TREE.
 */

#include "lib/list.h"
#include "lib/types.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "sync/rwsem.h"
#include "sync/seqcount.h"
#include "sync/spinlock.h"

#define S_IFMT   0170000U
#define S_IFSOCK 0140000U
#define S_IFLNK  0120000U
#define S_IFREG  0100000U
#define S_IFBLK  0060000U
#define S_IFDIR  0040000U
#define S_IFCHR  0020000U
#define S_IFIFO  0010000U
#define S_ISUID  0004000U
#define S_ISGID  0002000U
#define S_ISVTX  0001000U
#define S_IXGRP  0000010U

#define NAME_MAX 255
#define PATH_MAX 4096 /* with the NUL */

struct attr_change;
struct file;
struct filesystem;
struct inode;
struct inode_attr;
struct lease;
struct mount;
struct pagecache;
struct path;
struct pipe;
struct xattrs;

/* One name of a path; no NUL. */
struct name {
	const char *text;
	size_t len;
};

/* As a string, which inodes and mounts keep; NULL: no memory.  It is freed, may
 * be NULL, by who alone has seen it; or after a grace period. */
char *name_copy(const struct name *name);
void name_free(char *text);
void name_free_late(char *text);

/* A place in a directory and what is there, for the time of one call: as
 * Linux's, but never cached. */
struct dentry {
	struct inode *dir;
	struct name name;
	struct inode *inode; /* NULL: the name does not exist */
};

/* What an inode will be. */
struct inode_spec {
	unsigned mode;         /* type and rights */
	unsigned uid, gid;
	unsigned major, minor; /* of a device */
	const char *target;    /* of a symbolic link */
};

/* Where readdir puts what it finds. */
struct dir_sink {
	/*
	 * One entry; @next is the cookie of the one after it.  False: it did
	 * not fit, stop.
	 */
	bool (*emit)(struct dir_sink *sink, const struct name *name,
		     uint64_t ino, unsigned mode, uint64_t next);
};

#define DIR_COOKIE_FIRST 2

/*
 * What a file system does.  All may sleep, and take no lock above
 * RANK_FD_TABLE, or above RANK_INODE where (l) is held.  Before each call:
 *
 *	(r)	nothing is locked, and nobody sleeps: who calls reads by RCU
 *	(n)	names are locked, at least shared
 *	(e)	and the entries of the directory, at least shared
 *	(x)	either of them exclusively
 *	(l)	inode->lock is held
 *
 * Link counts and times of what has changed are the caller's business.  NULL
 * means what the comment says.
 */
struct inode_ops {
	/* ---- of directories ---- */

	/* (e) *@child, with a reference: 0, -ENOENT or another error.  A
	 * directory knows its parent by now: inode_set_parent(). */
	int (*lookup)(struct inode *dir, const struct name *name,
		      struct inode **child);
	/* (r) The same, but *@child is there for as long as one reads, and has no
	 * reference: 0, -ENOENT, or -EAGAIN, lookup() is to be asked.  NULL:
	 * it always is.  Then all inodes of the file system are freed by RCU. */
	int (*peek)(struct inode *dir, const struct name *name,
		    struct inode **child);
	/* (e) Entries from @cookie on ("." and ".." are not its business; the
	 * first cookie is DIR_COOKIE_FIRST, others are its own, growing). */
	long (*readdir)(struct inode *dir, uint64_t cookie,
			struct dir_sink *sink);
	/* (x) Make @new->inode of any type, with a reference, as @spec says.
	 * The name is not there yet.  NULL: nobody makes names here, -ENOENT.
	 */
	int (*create)(struct dentry *new, const struct inode_spec *spec);
	/* (n) Make an inode as @spec says that has no name, with a reference:
	 * into *@inode.  NULL: -EOPNOTSUPP. */
	int (*nameless)(struct inode *dir, const struct inode_spec *spec,
			struct inode **inode);
	/* (x) One more name for @inode of the same file system, which is no
	 * directory.  NULL: -ENOENT. */
	int (*link)(const struct dentry *new, struct inode *inode);
	/* (x) Take out a name; of a directory only if that is empty, else
	 * -ENOTEMPTY.  The inode lives on while it is used.  NULL: -EPERM. */
	int (*unlink)(const struct dentry *old);
	/* (n) The inode has lost its last name, and nlink is 0.  NULL: it does not
	 * matter. */
	void (*unnamed)(struct inode *inode);
	/* (x) by names: @from->inode takes the name @to, in place of to->inode
	 * if there is one: of the same type, if a directory it must be empty,
	 * else -ENOTEMPTY.  NULL: -EPERM. */
	int (*rename)(const struct dentry *from, const struct dentry *to);

	/* (x) Two names, which both exist, change places.  NULL: -EINVAL. */
	void (*exchange)(const struct dentry *a, const struct dentry *b);

	/* ---- of symbolic links ---- */

	/* (n), if there is no target(): The target, no NUL: its length, cut to @n,
	 * or -errno. */
	long (*readlink)(struct inode *link, char *buf, size_t n);
	/* (r) The target, for as long as there is @link: that never changes.
	 * NULL: it has none, or readlink() is to be asked. */
	const char *(*target)(struct inode *link);
	/* (n) Where the link leads without a path: sets *@to or *@file, with
	 * references, or returns -errno.  NULL: by its target. */
	int (*follow)(struct inode *link, struct path *to, struct file **file);

	/* ---- of files ---- */

	/* Set f->ops and f->data; no lock is held, so any may be taken.
	 * NULL: as every inode of its type, a regular file by its page cache
	 * (vfs/regular.h). */
	int (*open)(struct inode *inode, struct file *f);
	/* (l) Set the size.  NULL: it has none, -EINVAL. */
	int (*truncate)(struct inode *inode, uint64_t size);
	/* (l) Have room for @n bytes from @offset on.  NULL: -ENODEV. */
	int (*allocate)(struct inode *inode, uint64_t offset, uint64_t n);
	/* (l) Bytes from @start up to @end read as zeros, and the size stays.
	 * NULL: -EOPNOTSUPP. */
	void (*punch)(struct inode *inode, uint64_t start, uint64_t end);
	/* All that was written is safe.  NULL: it always is. */
	int (*sync)(struct inode *inode);

	/* ---- of all ---- */

	/* Which of vfs/flags.h it keeps. */
	unsigned flags;
	/* Its name may be another's at any moment: nothing is mounted there. */
	bool is_fleeting;
	/* Size and space, into what is filled in already; NULL: by the page
	 * cache, if there is one. */
	void (*getattr)(struct inode *inode, struct inode_attr *attr);
	/* (l) The attributes will change like this, if it is 0. NULL: 0. */
	int (*setattr)(struct inode *inode, const struct attr_change *change);
	/* Its extended attributes (vfs/xattr.h).  NULL: -EOPNOTSUPP. */
	struct xattrs *(*xattrs)(struct inode *inode);
	/* The last reference is gone: free the node, or keep it for
	 * inode_revive(); and where nlink is 0, free what it stored. */
	void (*release)(struct inode *inode);
	/* Nobody watches it any more; notify_lock is held.  One that is watched was
	 * kept till now, even if it had no user.  NULL: with a last user who leaves
	 * it its name its watches are over, for the node is made anew next time. */
	void (*unwatched)(struct inode *inode);
};

/*
 *	(c)	constant once others can see the inode
 *	(at)	lock too to write: these belong together, and inode_owner()
 *		reads them together, ORDER seqcount
 *	(a)	one word each, written by whoever acts last
 */
struct inode {
	struct refcount refs;
	struct filesystem *fs;       /* (c) */
	const struct inode_ops *ops; /* (c) */
	uint64_t ino;                /* (c) */
	uint32_t generation;         /* (c) another that had this ino, or gets it, has
				      * another one */
	struct LOCK_OF(mutex, inode) lock; /* RANK_INODE: contents, size, who changes
				      * attributes */
	struct rwsem entries;        /* RANK_ENTRIES: the names in it */
	struct LOCK_OF(spinlock, attr) attr_lock; /* RANK_ATTR */
	struct seqcount attr_seq GUARDED_BY(C_attr); /* of mode, uid and gid */
	unsigned mode GUARDED_BY(C_attr); /* (at) type, which is (c), and rights */
	unsigned uid GUARDED_BY(C_attr), gid GUARDED_BY(C_attr); /* (at) */
	unsigned nlink;              /* (a) two directories may take a name away at
				      * once; it is 0, or not, while names are locked
				      * exclusively; a directory's while shared */
	unsigned major, minor;       /* (c) of a device */
	unsigned flags;              /* (a) vfs/flags.h; lock too to write */
	uint64_t atime, mtime, ctime; /* (a) ns since 1970 */
	/* Where it is; of a file with several names the one that it got last,
	 * or none.  A reference, a name_copy(); NULL: a root, or made up.  They
	 * change under notify_lock as well, so that is enough to read.  A
	 * file's also come and go while names are shared, under the lock of
	 * the entries of the directory that they tell: who is found by a name
	 * and has no place gets that.  Who peeks reads those of directories,
	 * by RCU. */
	struct inode *parent GUARDED_BY(C_names);
	char *name GUARDED_BY(C_names);
	bool linkable GUARDED_BY(C_names); /* without a name, and may get one */
	struct mount *mounted GUARDED_BY(C_names); /* one that is on top of it, in some
				      * place, and knows the next: vfs/mount.c */
	struct pagecache *pagecache;     /* (c) a regular file's page cache, in the
				      * file system's node; or NULL */
	struct pipe *pipe GUARDED_BY(C_inode); /* a FIFO's, from the first open() on */
	uint32_t open_to_read;       /* (a) files: vfs/lease.c */
	int32_t open_to_write;       /* (a) files, or programs: ORDER busy, and
				      * ORDER lease-open */
	struct lease *leases;        /* (lease_lock); read without to see that there
				      * are none, ORDER lease-open */
	struct list watches;         /* (notify_lock) vfs/notify/ */
	uint32_t watched;            /* (notify_lock), read without: IN_* of all */
};

/* S_IFMT of its mode: never changes, whatever rights are beside it. */
static inline unsigned inode_type(const struct inode *inode)
{
	return READ_ONCE(inode->mode) & S_IFMT;
}

static inline bool inode_is(const struct inode *inode, unsigned type)
{
	return inode_type(inode) == type;
}

/* One reference; linked once, a directory twice.  The rest of the node is
 * the file system's. */
void inode_init(struct inode *inode, struct filesystem *fs,
		const struct inode_ops *ops, const struct inode_spec *spec,
		uint64_t ino);
void inode_get(struct inode *inode);
/* Of one whose last reference was given up, and that its file system has kept
 * in ops->release: it has one again, and no place.  Nobody else sees it. */
void inode_revive(struct inode *inode);
void inode_put(struct inode *inode);

/*
 * @inode, which nobody else can see yet, is in @parent (a reference is taken)
 * and is called @name: for ".." and getcwd(), and for who watches @parent.
 * False: no memory.
 */
bool inode_set_parent(struct inode *inode, struct inode *parent,
		      const struct name *name);
/* The same of one that others see, and nothing can fail: @name, a name_copy(),
 * is the inode's.  NULL both: it is nowhere. */
void inode_move(struct inode *inode, struct inode *parent, char *name)
	REQUIRES_SHARED(C_names);

/* @inode, which has no place although @dir has it by @name, has that one; without
 * memory it has none.  The entries of @dir are locked, at least shared. */
void inode_give_place(struct inode *inode, struct inode *dir,
		      const struct name *name) REQUIRES_SHARED(C_names);
/* A name of @dir has led to @inode, which has no place. */
static inline bool inode_lacks_place(const struct inode *inode,
				     const struct inode *dir)
{
	return READ_ONCE(inode->parent) == NULL && !inode_is(inode, S_IFDIR) &&
	       dir->ops->create != NULL; /* who makes names up gives no others */
}

/* Where @inode is: its parent with a reference, and if @name is not NULL a copy
 * of its name, for name_free().  NULL: it is nowhere, or there is no memory. */
struct inode *inode_get_place(const struct inode *inode, char **name);

/* Times, now. */
void inode_touch_atime(struct inode *inode);
void inode_touch_mtime(struct inode *inode); /* and ctime */
void inode_touch_ctime(struct inode *inode);
