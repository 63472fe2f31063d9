/*
 * vfs/file.c - open files.
 *
 * They are counted: descriptors have a limit for each process, and a file can
 * be held without one (by a mapping, by who only names it), so there is a
 * bound for all together.  Root is not held to it, or could not look who has
 * them.
 */

#include "vfs/file.h"

#include "arch/barrier.h"
#include "arch/clock.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/time.h"
#include "mm/pagecache.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/pieces.h"
#include "mm/slab.h"
#include "vfs/attr.h"
#include "vfs/busy.h"
#include "vfs/cred.h"
#include "vfs/epoll/epoll.h"
#include "vfs/filelock.h"
#include "vfs/flags.h"
#include "vfs/lease.h"
#include "vfs/mount.h"
#include "vfs/notify/notify.h"
#include "vfs/path.h"
#include "vfs/regular.h"

/* As on Linux: a tenth of memory, if each takes a KiB with its inode. */
#define KIB_PER_PAGE (PAGE_SIZE / 1024)
#define MIN_MAX_FILES 8192UL

uint32_t nr_files, max_files = MIN_MAX_FILES;

static struct slab_cache *file_cache;

void file_init(void)
{
	file_cache = slab_create("file", sizeof(struct file));
	max_files = (uint32_t)max(MIN_MAX_FILES,
				  pages_total() * KIB_PER_PAGE / 10);
}

static void uncount_file(void)
{
	atomic_fetch_add_relaxed(&nr_files, -1U);
}

static bool count_file(void)
{
	if (atomic_fetch_add_relaxed(&nr_files, 1) < READ_ONCE(max_files) ||
	    cred_can(current_cred(), CAP_SYS_ADMIN))
		return true;
	uncount_file();
	return false;
}

int file_create(struct file **out, const struct file_ops *ops, unsigned mode,
		unsigned flags, void *data)
{
	struct file *f;

	if (!count_file())
		return -ENFILE;
	rcu_throttle();
	f = slab_alloc_zeroed(file_cache);
	if (f == NULL) {
		uncount_file();
		return -ENOMEM;
	}
	f->refs = REFCOUNT_INIT(1);
	f->ops = ops;
	f->mode = mode;
	f->flags = flags;
	mutex_init(&f->pos_lock, RANK_FILE_POS);
	f->data = data;
	list_init(&f->watches);
	*out = f;
	return 0;
}

void file_get(struct file *f)
{
	refcount_get(&f->refs);
}

static void file_free(struct rcu_head *rcu)
{
	slab_free(file_cache, container_of(rcu, struct file, rcu));
}

void file_leave(struct file *f)
{
	if (f->mode & FMODE_WRITER) {
		atomic_fetch_add_relaxed(&f->mount->writers, -1U);
		atomic_fetch_add_relaxed(&f->mount->fs->writers, -1U);
	}
	inode_put(f->inode);
	mount_put(f->mount);
	kfree(f->path);
	f->mode &= ~FMODE_WRITER;
	f->inode = NULL;
	f->mount = NULL;
	f->path = NULL;
}

static NOINLINE void file_destroy(struct file *f)
{
	if (f->mode & FMODE_OPENED)
		notify_file(f, f->mode & FMODE_WRITE ? IN_CLOSE_WRITE :
						       IN_CLOSE_NOWRITE);
	if (READ_ONCE(f->has_lock))
		file_drop_locks(f);
	if (READ_ONCE(f->is_watched))
		epoll_forget_file(f);
	if (f->mode & FMODE_PROGRAM)
		file_is_no_program(f);
	if (f->mode & FMODE_COUNTED)
		lease_closed(f);
	if (f->async != NULL)
		file_leave_queues(f);
	if (f->ops != NULL && f->ops->release != NULL)
		f->ops->release(f);
	if (f->async != NULL)
		file_forget_owner(f);
	file_leave(f);
	if (READ_ONCE(f->free_late))
		call_rcu(&f->rcu, file_free);
	else
		file_free(&f->rcu);
	uncount_file();
}

void file_put(struct file *f)
{
	if (unlikely(refcount_put(&f->refs)))
		file_destroy(f);
}

/* ---- times ---- */

#define DAY_NS (86400 * NS_PER_SECOND)

/* MOUNT_RELATIME: enough that who asks can see whether it was read since it
 * changed. */
static bool atime_is_due(const struct inode *inode)
{
	uint64_t atime = READ_ONCE(inode->atime);

	return atime <= READ_ONCE(inode->mtime) ||
	       atime <= READ_ONCE(inode->ctime) ||
	       clock_realtime_ns() - atime >= DAY_NS;
}

static bool keeps_atime(const struct file *f)
{
	unsigned flags;

	if (READ_ONCE(f->flags) & O_NOATIME)
		return false;
	if (f->mount == NULL)
		return true;
	flags = READ_ONCE(f->mount->flags);
	if ((flags & MOUNT_NOATIME) || inode_has(f->inode, INODE_NOATIME) ||
	    mount_is_readonly(f->mount) ||
	    ((flags & MOUNT_NODIRATIME) && inode_is(f->inode, S_IFDIR)))
		return false;
	return !(flags & MOUNT_RELATIME) || atime_is_due(f->inode);
}

void file_was_read(struct file *f)
{
	if (f->inode != NULL && keeps_atime(f))
		inode_touch_atime(f->inode);
}

void file_was_written(struct file *f)
{
	if (f->inode != NULL)
		inode_touch_mtime(f->inode);
}

/* ---- storage ---- */

/* What a file system stores; no device, no pipe. */
static bool is_stored(const struct file *f)
{
	return f->inode != NULL && (inode_is(f->inode, S_IFREG) ||
				    inode_is(f->inode, S_IFDIR));
}

int file_sync(struct file *f)
{
	if (f->ops != NULL && f->ops->sync != NULL)
		return f->ops->sync(f);
	return is_stored(f) ? inode_sync(f->inode) : -EINVAL;
}

int file_make_safe(struct file *f)
{
	if (f->ops->sync != NULL)
		return f->ops->sync(f);
	return f->inode != NULL && inode_is(f->inode, S_IFREG) ?
		       inode_sync(f->inode) : 0;
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

/* What never had a name has it in its path already. */
static bool is_marked(const char *path)
{
	size_t n = strlen(path), mark = sizeof(PATH_DELETED) - 1;

	return n >= mark && strcmp(path + n - mark, PATH_DELETED) == 0;
}

const char *file_path_mark(const struct file *f)
{
	bool gone = f->inode != NULL && READ_ONCE(f->inode->nlink) == 0;

	return gone && !is_marked(f->path) ? PATH_DELETED : "";
}

struct pagecache *file_pagecache(struct file *f)
{
	return f->ops->pagecache != NULL ? f->ops->pagecache(f) : NULL;
}

bool file_may_set_ids(const struct file *f)
{
	return f->mount == NULL ||
	       !(READ_ONCE(f->mount->flags) & MOUNT_NOSUID);
}

ssize_t file_read_as_vector(struct file *f, vaddr_t buf, size_t n,
			    uint64_t *pos UNUSED)
{
	const struct user_iovec iov = { buf, n };
	struct pieces to = { .iov = &iov, .nr = 1 };

	return f->ops->read_vector(f, &to, n);
}

bool file_may_be_run(const struct file *f)
{
	return f->mount == NULL ||
	       !(READ_ONCE(f->mount->flags) & MOUNT_NOEXEC);
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
