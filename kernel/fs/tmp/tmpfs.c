/*
 * fs/tmp/tmpfs.c - regular files, and what opening each type of inode means.
 *
 * A file's bytes are its page cache.  Readers take no lock: they see each
 * page as it is, and the size as it was when they began.  Writers take the
 * inode's lock, so writes do not mix, and O_APPEND finds the end and writes
 * there in one.
 */

#include "fs/tmp/tmpfs.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/limits.h"
#include "mm/mapping.h"
#include "proc/signal/signal.h"
#include "proc/task/fifo.h"
#include "proc/task/proc.h"
#include "sync/block.h"
#include "vfs/cred.h"
#include "vfs/device.h"
#include "vfs/dir.h"

#define SIZE_MAX_FILE (1UL << 62)

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define SEEK_DATA 3
#define SEEK_HOLE 4

/* ---- read, write ---- */

static ssize_t tmpfs_read(struct file *f, vaddr_t buf, size_t n, uint64_t *pos)
{
	ssize_t done = mapping_read(&f->inode->mapping, *pos, buf, n);

	if (done > 0)
		*pos += (uint64_t)done;
	inode_touch_atime(f->inode);
	return done;
}

/* Who changes a program takes away what its owner vouched for. */
static void drop_set_ids(struct inode *inode)
{
	unsigned mode = inode->mode;

	if (current_cred()->fsuid == 0)
		return;
	mode &= ~S_ISUID;
	if (mode & 0010)
		mode &= ~S_ISGID;
	WRITE_ONCE(inode->mode, mode);
}

/* ---- RLIMIT_FSIZE ---- */

/* Who makes a file too large is told by a signal, too. */
static int too_large(void)
{
	struct siginfo info = { .si_signo = SIGXFSZ, .si_code = SI_USER };

	info.pid = current_proc()->pid;
	info.uid = current_cred()->uid;
	signal_send_thread(current_proc(), current_thread(), &info);
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
	if (size > READ_ONCE(inode->mapping.size) &&
	    size > current_limit(RLIMIT_FSIZE))
		return too_large();
	return 0;
}

static ssize_t tmpfs_write(struct file *f, vaddr_t buf, size_t n, uint64_t *pos)
{
	struct inode *inode = f->inode;

	mutex_lock(&inode->lock);
	if (READ_ONCE(f->flags) & O_APPEND)
		*pos = inode->mapping.size;

	ssize_t done = limit_write(*pos, &n);

	if (done == 0)
		done = mapping_write(&inode->mapping, *pos, buf, n);
	if (done > 0) {
		*pos += (uint64_t)done;
		drop_set_ids(inode);
		inode_touch_mtime(inode);
	}
	mutex_unlock(&inode->lock);
	return done;
}

/* ---- lseek ---- */

static bool has_page(struct mapping *m, uint64_t index)
{
	struct page *page = mapping_page_find(m, index);

	if (page != NULL)
		page_put(page);
	return page != NULL;
}

/* The first page at or behind @index that is stored; UINT64_MAX: none. */
static uint64_t next_page(struct mapping *m, uint64_t index)
{
	spin_lock(&m->lock);
	if (radix_next(&m->pages, &index) == NULL)
		index = UINT64_MAX;
	spin_unlock(&m->lock);
	return index;
}

/* The first page at or behind @index that is not. */
static uint64_t next_hole(struct mapping *m, uint64_t index)
{
	while (has_page(m, index)) {
		index++;
		cond_resched();
	}
	return index;
}

/* From @offset on, the first byte that is stored (or is not: @hole). */
static long seek_data(struct mapping *m, uint64_t offset, bool hole)
{
	uint64_t size = READ_ONCE(m->size);
	uint64_t index = offset >> PAGE_SHIFT;

	if (offset >= size)
		return -ENXIO;
	index = hole ? next_hole(m, index) : next_page(m, index);
	if (index > (size - 1) >> PAGE_SHIFT)
		return hole ? (long)size : -ENXIO;
	return (long)max(offset, index << PAGE_SHIFT);
}

static long seek_target(struct file *f, long offset, int whence)
{
	struct mapping *m = &f->inode->mapping;

	switch (whence) {
	case SEEK_SET:
		return offset;
	case SEEK_CUR:
		return (long)f->pos + offset;
	case SEEK_END:
		return (long)READ_ONCE(m->size) + offset;
	case SEEK_DATA:
	case SEEK_HOLE:
		return seek_data(m, (uint64_t)offset, whence == SEEK_HOLE);
	}
	return -EINVAL;
}

static long tmpfs_lseek(struct file *f, long offset, int whence)
{
	mutex_lock(&f->pos_lock);
	long target = seek_target(f, offset, whence);

	if (target < 0 && target != -ENXIO)
		target = -EINVAL;
	if (target >= 0)
		f->pos = (uint64_t)target;
	mutex_unlock(&f->pos_lock);
	return target;
}

static struct mapping *tmpfs_mapping(struct file *f)
{
	return &f->inode->mapping;
}

static const struct file_ops tmpfs_file_ops = {
	.read = tmpfs_read,
	.write = tmpfs_write,
	.lseek = tmpfs_lseek,
	.mapping = tmpfs_mapping,
};

/* ---- size ---- */

int tmpfs_truncate(struct inode *inode, uint64_t size)
{
	if (size > SIZE_MAX_FILE)
		return -EFBIG;
	mutex_lock(&inode->lock);
	int err = limit_size(inode, size);

	if (err == 0) {
		mapping_truncate(&inode->mapping, size);
		drop_set_ids(inode);
		inode_touch_mtime(inode);
	}
	mutex_unlock(&inode->lock);
	return err;
}

static int make_pages(struct mapping *m, uint64_t first, uint64_t last)
{
	for (uint64_t index = first; index <= last; index++) {
		struct page *page = mapping_page_create(m, index, NULL);

		if (page == NULL)
			return -ENOSPC;
		page_put(page);
		if (block_killed())
			return -EINTR;
		cond_resched();
	}
	return 0;
}

int tmpfs_allocate(struct inode *inode, uint64_t offset, uint64_t n,
		   bool keep_size)
{
	struct mapping *m = &inode->mapping;

	if (offset > SIZE_MAX_FILE || n > SIZE_MAX_FILE - offset)
		return -EFBIG;
	if ((n >> PAGE_SHIFT) > pages_total())
		return -ENOSPC;
	mutex_lock(&inode->lock);
	int err = keep_size ? 0 : limit_size(inode, offset + n);

	if (err == 0)
		err = make_pages(m, offset >> PAGE_SHIFT,
				 (offset + n - 1) >> PAGE_SHIFT);

	if (err == 0 && !keep_size && offset + n > m->size)
		mapping_truncate(m, offset + n);
	inode_touch_mtime(inode);
	mutex_unlock(&inode->lock);
	return err;
}

uint64_t tmpfs_bytes_used(struct inode *inode)
{
	return READ_ONCE(inode->mapping.nr_pages) << PAGE_SHIFT;
}

/* ---- opening ---- */

static int open_device(struct inode *inode, struct file *f)
{
	f->ops = device_find(inode->major, inode->minor);
	if (f->ops == NULL)
		return -ENXIO;
	return f->ops->open != NULL ? f->ops->open(f) : 0;
}

/* The inode of a FIFO keeps its pipe, from the first open() on. */
static int open_fifo(struct inode *inode, struct file *f)
{
	mutex_lock(&inode->lock);
	if (inode->data == NULL)
		inode->data = fifo_create();
	mutex_unlock(&inode->lock);
	return inode->data != NULL ? fifo_open(inode->data, f) : -ENOMEM;
}

static void tmpfs_release(struct inode *inode)
{
	if (inode_is(inode, S_IFIFO) && inode->data != NULL)
		fifo_put(inode->data);
}

static int tmpfs_open(struct inode *inode, struct file *f)
{
	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		f->ops = &tmpfs_file_ops;
		f->mode |= FMODE_POS;
		return 0;
	case S_IFDIR:
		f->ops = &dir_file_ops;
		return 0;
	case S_IFCHR:
		return open_device(inode, f);
	case S_IFIFO:
		return open_fifo(inode, f);
	}
	return -ENXIO;
}

const struct inode_ops tmpfs_inode_ops = {
	.open = tmpfs_open,
	.release = tmpfs_release,
};

struct inode *tmpfs_create_file(unsigned mode)
{
	struct inode *inode = inode_create(&tmpfs_inode_ops, S_IFREG | mode,
					   DEV_TMPFS, 0);

	if (inode != NULL) {
		inode->uid = current_cred()->fsuid;
		inode->gid = current_cred()->fsgid;
		inode->nlink = 0;
	}
	return inode;
}
