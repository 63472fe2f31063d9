/*
 * vfs/regular.c - regular files whose bytes are in the page cache.
 *
 * Readers take no lock: they see each page as it is, and the size as it was
 * when they began.  Writers take the inode's lock, once for a whole vector, so
 * writes do not mix, and O_APPEND finds the end and writes there in one.
 * Set-ID bits go before the first byte comes: nobody runs the new contents
 * with the old owner's rights.  The times go then, too, and say so even if no
 * byte comes.
 */

#include "vfs/regular.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/limits.h"
#include "mm/pagecache.h"
#include "sync/block.h"
#include "vfs/attr.h"
#include "vfs/process.h"
#include "vfs/file.h"
#include "vfs/flags.h"
#include "vfs/notify/notify.h"
#include "vfs/seals.h"

#define SEEK_DATA 3
#define SEEK_HOLE 4

/* ---- read ---- */

static ssize_t regular_read(struct file *f, vaddr_t buf, size_t n,
			    uint64_t *pos)
{
	ssize_t done = pagecache_read(f->inode->pagecache, *pos, buf, n);

	if (done > 0)
		*pos += (uint64_t)done;
	file_was_read(f);
	return done;
}

/* ---- RLIMIT_FSIZE ---- */

static int too_large(void)
{
	vfs_told_too_large();
	return -EFBIG;
}

/* A write at @pos ends at the limit: *@n is cut.  0, or -EFBIG: it begins
 * there. */
static int limit_write(uint64_t pos, size_t *n)
{
	uint64_t limit = current_limit(RLIMIT_FSIZE);

	if (pos >= limit)
		return too_large();
	*n = min(*n, limit - pos);
	return 0;
}

/* May the file become so large? */
static int limit_size(const struct inode *inode, uint64_t size)
{
	if (size > inode_size(inode) && size > current_limit(RLIMIT_FSIZE))
		return too_large();
	return 0;
}

/* ---- write ---- */

/* O_APPEND: the end is where it is under the lock under which we write. */
static void regular_begin_write(struct file *f, uint64_t *pos)
	ACQUIRES(f->inode->lock) ACQUIRES(C_inode)
{
	race_point(append_begins, f->inode);
	mutex_lock(&f->inode->lock);
	if (file_flags(f) & O_APPEND)
		*pos = READ_ONCE(f->inode->pagecache->size);
}

static void regular_end_write(struct file *f)
	RELEASES(f->inode->lock) RELEASES(C_inode)
{
	mutex_unlock(&f->inode->lock);
	race_point(file_written, f->inode);
}

static ssize_t regular_write(struct file *f, vaddr_t buf, size_t n,
			     uint64_t *pos) REQUIRES(C_inode)
{
	struct inode *inode = f->inode;

	assert_mutex_held(&inode->lock);
	ssize_t done = limit_write(*pos, &n);

	if (done == 0)
		done = seals_check_write(inode, *pos, &n);
	if (done == 0) {
		inode_drop_set_ids(inode);
		inode_touch_mtime(inode);
		done = pagecache_write(inode->pagecache, *pos, buf, n);
	}
	if (done > 0)
		*pos += (uint64_t)done;
	return done;
}

/* ---- lseek ---- */

static bool has_page(struct pagecache *m, uint64_t index)
{
	struct page *page = pagecache_page_find(m, index);

	if (page != NULL)
		page_put(page);
	return page != NULL;
}

/* The first page at or behind @index that is stored; UINT64_MAX: none. */
static uint64_t next_page(struct pagecache *m, uint64_t index)
{
	spin_lock(&m->lock);
	if (radix_next(pagecache_index(m), &index) == NULL)
		index = UINT64_MAX;
	spin_unlock(&m->lock);
	return index;
}

/* The first page at or behind @index that is not. */
static uint64_t next_hole(struct pagecache *m, uint64_t index)
{
	while (has_page(m, index)) {
		index++;
		cond_resched();
	}
	return index;
}

/* From @offset on, the first byte that is stored (or is not: @hole). */
static long seek_data(struct pagecache *m, uint64_t offset, bool hole)
{
	uint64_t size = READ_ONCE(m->size);
	uint64_t index = offset >> PAGE_SHIFT;

	if (offset >= size)
		return -ENXIO;
	if (pagecache_is_stored(m)) /* what is not here may be there */
		return hole ? (long)size : (long)offset;
	index = hole ? next_hole(m, index) : next_page(m, index);
	if (index > (size - 1) >> PAGE_SHIFT)
		return hole ? (long)size : -ENXIO;
	return (long)max(offset, index << PAGE_SHIFT);
}

static long seek_target(struct file *f, long offset, int whence) REQUIRES(C_pos)
{
	struct pagecache *m = f->inode->pagecache;

	if (whence == SEEK_DATA || whence == SEEK_HOLE)
		return seek_data(m, (uint64_t)offset, whence == SEEK_HOLE);
	return file_seek(offset, whence, (long)f->pos, (long)pagecache_size(m));
}

static long regular_lseek(struct file *f, long offset, int whence)
{
	mutex_lock(&f->pos_lock);
	long target = seek_target(f, offset, whence);

	race_point(seek_target_known, f);
	if (target >= 0)
		f->pos = (uint64_t)target;
	mutex_unlock(&f->pos_lock);
	return target;
}

static struct pagecache *regular_pagecache(struct file *f)
{
	return f->inode->pagecache;
}

const struct file_ops regular_file_ops = {
	.read = regular_read,
	.write = regular_write,
	.begin_write = regular_begin_write,
	.end_write = regular_end_write,
	.lseek = regular_lseek,
	.pagecache = regular_pagecache,
};

/* ---- size ---- */

int inode_truncate(struct inode *inode, uint64_t size)
{
	int err;

	if (inode->ops->truncate == NULL)
		return -EINVAL;
	if (size > FILE_SIZE_MAX)
		return -EFBIG;
	mutex_lock(&inode->lock);
	err = inode_has(inode, INODE_APPEND) ? -EPERM : limit_size(inode, size);
	if (err == 0 && inode->pagecache != NULL)
		err = seals_check_size(inode, size);
	if (err == 0) {
		inode_drop_set_ids(inode);
		err = inode->ops->truncate(inode, size);
	}
	if (err == 0)
		inode_touch_mtime(inode);
	mutex_unlock(&inode->lock);
	if (err == 0)
		notify_inode(inode, IN_MODIFY);
	return err;
}

int inode_allocate(struct inode *inode, uint64_t offset, uint64_t n,
		   bool keep_size)
{
	uint64_t end = offset + n;
	int err;

	if (inode->ops->allocate == NULL)
		return -ENODEV;
	if (offset > FILE_SIZE_MAX || n > FILE_SIZE_MAX - offset)
		return -EFBIG;
	mutex_lock(&inode->lock);
	err = keep_size ? 0 : limit_size(inode, end);
	if (err == 0 && inode->pagecache != NULL && end > inode_size(inode))
		err = seals_check_size(inode, end);
	if (err == 0) {
		inode_drop_set_ids(inode);
		err = inode->ops->allocate(inode, offset, n);
	}
	if (err == 0 && !keep_size && end > inode_size(inode))
		err = inode->ops->truncate(inode, end);
	inode_touch_mtime(inode);
	mutex_unlock(&inode->lock);
	if (err == 0)
		notify_inode(inode, IN_MODIFY);
	return err;
}

int inode_punch(struct inode *inode, uint64_t offset, uint64_t n)
{
	int err;

	if (inode->ops->punch == NULL)
		return inode->ops->allocate == NULL ? -ENODEV : -EOPNOTSUPP;
	if (offset > FILE_SIZE_MAX || n > FILE_SIZE_MAX - offset)
		return -EFBIG;
	mutex_lock(&inode->lock);
	err = seals_check_punch(inode);
	if (err == 0) {
		inode_drop_set_ids(inode);
		inode->ops->punch(inode, offset, offset + n);
		inode_touch_mtime(inode);
	}
	mutex_unlock(&inode->lock);
	if (err == 0)
		notify_inode(inode, IN_MODIFY);
	return err;
}

int inode_sync(struct inode *inode)
{
	return inode->ops->sync != NULL ? inode->ops->sync(inode) : 0;
}
