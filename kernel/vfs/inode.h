#pragma once

/*
 * vfs/inode.h - what a name in the file system stands for.
 *
 * An inode is a regular file, a directory, a symbolic link or a device.  Most
 * belong to tmpfs, the only file system that stores anything.  A file system
 * that makes its contents up (/proc) brings inode_ops and makes inodes as
 * they are looked up:
 *
 *	struct inode *i = inode_create(&my_ops, S_IFREG | 0444, MY_DEV, ino);
 *	i->data = ...;				dropped by ops->release
 *	vfs_mount("proc", my_root);
 *
 * An inode is counted: by each name in a tmpfs directory, each open file,
 * each mapping, each current directory, and by each child for its parent.
 * The last inode_put() destroys it.  It takes no lock above RANK_PROC_TREE.
 */

#include "lib/avl.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/mapping.h"
#include "proc/task/file.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "vfs/cred.h"

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

#define NAME_MAX 255
#define PATH_MAX 4096 /* with the NUL */

struct inode;

/* Where readdir puts what it finds. */
struct dir_sink {
	/*
	 * One entry; @next is the cookie of the one after it.  False: it did
	 * not fit, stop.
	 */
	bool (*emit)(struct dir_sink *sink, const char *name, size_t len,
		     uint64_t ino, unsigned mode, uint64_t next);
};

/*
 * What a made-up file system says.  NULL means what the comment says.  The
 * functions may sleep.  Those marked (n) are called with names locked
 * and take no lock above RANK_FD_TABLE.
 */
struct inode_ops {
	/* (n) The child @name of a directory with a reference, or NULL.
	 * NULL op: a tmpfs directory. */
	struct inode *(*lookup)(struct inode *dir, const char *name,
				size_t len);
	/* (n) Entries from @cookie on ("." and ".." are not its business; the
	 * first cookie is DIR_COOKIE_FIRST, others are its own, growing). */
	long (*readdir)(struct inode *dir, uint64_t cookie,
			struct dir_sink *sink);
	/* (n) The target of a link, no NUL: its length, cut to @n, or -errno.
	 * NULL op: inode->target. */
	long (*readlink)(struct inode *link, char *buf, size_t n);
	/* (n) Where a link leads without a path: sets *@inode or *@file, with
	 * a reference, or returns -errno.  NULL op: by its target. */
	int (*follow)(struct inode *link, struct inode **inode,
		      struct file **file);
	/* Set f->ops and f->data.  NULL op: by the inode's type. */
	int (*open)(struct inode *inode, struct file *f);
	/* Drop inode->data; the last reference is gone.  NULL: nothing. */
	void (*release)(struct inode *inode);
};

#define DIR_COOKIE_FIRST 2

/* What the parts of the tree are on, as st_dev says. */
#define DEV_TMPFS 1
#define DEV_PROCFS 2
#define DEV_PIPE 3

/*
 *	(c)	constant once others can see the inode
 *	(n)	the lock of names, see path.h
 *	(l)	lock
 *	(l+)	lock to write; read without it is a snapshot
 *	(n+)	the same for the lock of names
 *	(a)	one word each, written by whoever acts last
 */
struct inode {
	struct refcount refs;
	struct mutex lock;       /* RANK_INODE: size, contents, owner, mode */
	const struct inode_ops *ops; /* (c) */
	uint64_t ino;            /* (c) */
	unsigned dev;            /* (c) DEV_* */
	unsigned mode;           /* (l+) type, which is (c), and rights */
	unsigned uid, gid;       /* (l+) */
	unsigned nlink;          /* (n+) */
	unsigned major, minor;   /* (c) of a device */
	uint64_t atime, mtime, ctime; /* (a) ns since 1970 */
	struct inode *parent;    /* (n) of a directory, a reference */
	char *name;              /* (n) of a directory, kfree'd; "" for roots */
	void *data;              /* (c) of the made-up file system; or a FIFO's
				  * pipe, (l) until it is set */
	union {
		struct {
			struct avl_root entries; /* (n) by name, dir.h */
			struct list order;       /* (n) by age */
			uint64_t next_cookie;    /* (n) */
		} dir;
		char *target;            /* (c) of a link; kfree'd */
		struct mapping mapping;  /* a regular file's contents, size */
	};
};

static inline bool inode_is(const struct inode *inode, unsigned type)
{
	return (inode->mode & S_IFMT) == type;
}

/* A new one with one reference, owned by root, linked once, in a directory
 * twice.  @ino 0: the next free number.  NULL: no memory. */
struct inode *inode_create(const struct inode_ops *ops, unsigned mode,
			   unsigned dev, uint64_t ino);
void inode_get(struct inode *inode);
void inode_put(struct inode *inode);

/*
 * @dir, just made, is in @parent (a reference is taken) and is called @name:
 * for ".." and getcwd().  False: no memory.
 */
bool inode_set_parent(struct inode *dir, struct inode *parent,
		      const char *name, size_t len);

/* Times, now. */
void inode_touch_atime(struct inode *inode);
void inode_touch_mtime(struct inode *inode); /* and ctime */
void inode_touch_ctime(struct inode *inode);

/* Rights, as in the low three bits of a mode. */
#define MAY_EXEC 1
#define MAY_WRITE 2
#define MAY_READ 4

/* May the running process do all of @may with @inode?  0 or -EACCES. */
int inode_permission(const struct inode *inode, unsigned may);
/* The same for others: access() asks for the real user. */
int inode_permission_of(const struct inode *inode, unsigned may, unsigned uid,
			unsigned gid);
/* The running process is its owner, or root. */
bool inode_is_owner(const struct inode *inode);
