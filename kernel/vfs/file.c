/*
 * vfs/file.c - open files.
 */

#include "vfs/file.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "mm/pagecache.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "vfs/attr.h"
#include "vfs/filelock.h"

struct file *file_create(const struct file_ops *ops, struct inode *inode,
			 unsigned mode, unsigned flags, void *data, char *path)
{
	struct file *f = kzalloc(sizeof(*f));

	if (f == NULL)
		return NULL;
	f->refs = REFCOUNT_INIT(1);
	f->ops = ops;
	f->inode = inode;
	f->mode = mode;
	f->flags = flags;
	mutex_init(&f->pos_lock, RANK_FILE_POS);
	f->data = data;
	f->path = path;
	return f;
}

void file_get(struct file *f)
{
	refcount_get(&f->refs);
}

static NOINLINE void file_destroy(struct file *f)
{
	if (READ_ONCE(f->has_lock))
		file_drop_locks(f);
	if (f->ops != NULL && f->ops->release != NULL)
		f->ops->release(f);
	if (f->inode != NULL)
		inode_put(f->inode);
	kfree(f->path);
	kfree(f);
}

void file_put(struct file *f)
{
	if (unlikely(refcount_put(&f->refs)))
		file_destroy(f);
}

/* ---- times ---- */

void file_was_read(struct file *f)
{
	if (f->inode != NULL && !(READ_ONCE(f->flags) & O_NOATIME))
		inode_touch_atime(f->inode);
}

void file_was_written(struct file *f)
{
	if (f->inode != NULL)
		inode_touch_mtime(f->inode);
}

/* ---- contents ---- */

bool file_is_readable(struct file *f)
{
	return inode_permission(f->inode, MAY_READ) == 0;
}

ssize_t file_read_kernel(struct file *f, uint64_t offset, void *buf, size_t n)
{
	if (f->inode == NULL || f->inode->pagecache == NULL)
		return -EINVAL;
	return pagecache_read_kernel(f->inode->pagecache, offset, buf, n);
}

uint64_t file_size(struct file *f)
{
	return f->inode != NULL ? inode_size(f->inode) : 0;
}

struct pagecache *file_pagecache(struct file *f)
{
	return f->ops->pagecache != NULL ? f->ops->pagecache(f) : NULL;
}

void file_exec_ids(struct file *f, unsigned *euid, unsigned *egid)
{
	struct inode_owner owner = inode_owner(f->inode);

	race_point(exec_owner_known, f->inode);
	if (owner.mode & S_ISUID)
		*euid = owner.uid;
	if ((owner.mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		*egid = owner.gid;
}
