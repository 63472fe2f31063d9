/*
 * syscall/sys_cache.c - which parts of a file are in memory, come there, or
 * are written back to where they are stored.
 */

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/pagecache.h"
#include "mm/uaccess.h"
#include "sync/work.h"
#include "syscall/file_args.h"
#include "syscall/syscall.h"
#include "vfs/inode.h"

static struct pagecache *pages_of(const struct file *f)
{
	return f->inode != NULL ? f->inode->pagecache : NULL;
}

/* ---- cachestat ---- */

/* Linux's (linux/mman.h). */
struct cachestat_range {
	uint64_t offset, length;
};

struct cachestat {
	uint64_t nr_cache, nr_dirty, nr_writeback, nr_evicted,
		nr_recently_evicted;
};

static int count_range(struct pagecache *m, const struct cachestat_range *range,
		       struct pagecache_count *count)
{
	uint64_t end = range->offset + range->length - 1;

	*count = (struct pagecache_count){ 0 };
	if (m == NULL)
		return 0;
	return pagecache_count(m, range->offset >> PAGE_SHIFT,
			       range->length == 0 ? UINT64_MAX : end >> PAGE_SHIFT,
			       count);
}

/* What has gone is not remembered. */
static int tell_range(const struct file *f, vaddr_t from, vaddr_t to,
		      unsigned long flags)
{
	struct cachestat_range range;
	struct pagecache_count count;
	int err;

	if (copy_from_user(&range, from, sizeof(range)) < 0)
		return -EFAULT;
	if (flags != 0)
		return -EINVAL;
	err = count_range(pages_of(f), &range, &count);
	if (err < 0)
		return err;

	const struct cachestat stat = {
		.nr_cache = count.pages,
		.nr_dirty = count.dirty,
	};

	return copy_to_user(to, &stat, sizeof(stat));
}

/*
 * LACKS cachestat: pages that are being written or were evicted are not
 * counted: 0.
 */
SYSCALL_4(cachestat, fd, range, to, flags)
{
	struct file *f = file_of_fd(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	err = tell_range(f, range, to, flags);
	file_put(f);
	return err;
}

/* ---- sync_file_range ---- */

#define SYNC_FILE_RANGE_ALL 7UL /* wait before, write, wait after */

static bool is_range(int64_t offset, int64_t n)
{
	return offset >= 0 && n >= 0 && offset <= INT64_MAX - n;
}

static bool has_kept_bytes(const struct file *f)
{
	return f->inode != NULL && !inode_is(f->inode, S_IFCHR) &&
	       !inode_is(f->inode, S_IFIFO) && !inode_is(f->inode, S_IFSOCK);
}

/* The range asks for some of what is written: all of it. */
static int write_back(const struct file *f, unsigned long flags)
{
	struct pagecache *m = pages_of(f);

	if (flags == 0 || !pagecache_is_stored(m))
		return 0;
	return store_write_back(m);
}

static int sync_range(const struct file *f, int64_t offset, int64_t n,
		      unsigned long flags)
{
	if ((flags & ~SYNC_FILE_RANGE_ALL) || !is_range(offset, n))
		return -EINVAL;
	if (!has_kept_bytes(f))
		return -ESPIPE;
	return write_back(f, flags);
}

/*
 * LACKS sync_file_range: whatever the range and the flags, all of the file is
 * written and waited for.
 */
SYSCALL_4(sync_file_range, fd, offset, n, flags)
{
	struct file *f = file_of_fd(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	err = sync_range(f, (int64_t)offset, (int64_t)n, flags);
	file_put(f);
	return err;
}

/* ---- readahead ---- */

/* One call brings no more. */
#define MAX_AHEAD 512UL

static int bring(struct pagecache *m, uint64_t offset, size_t n)
{
	uint64_t index = offset >> PAGE_SHIFT;
	uint64_t last = min(pagecache_size_in_pages(m), index + MAX_AHEAD);

	last = min(last, (offset + n + PAGE_SIZE - 1) >> PAGE_SHIFT);
	for (; index < last; index++) {
		int err = 0;
		struct page *page = pagecache_page_read(m, index, &err);

		if (page != NULL)
			page_put(page);
		if (err < 0 || !block_go_on())
			break; /* who reads it will hear of it */
	}
	return 0;
}

static int read_ahead(const struct file *f, int64_t offset, size_t n)
{
	struct pagecache *m = pages_of(f);

	if (!(f->mode & FMODE_READ))
		return -EBADF;
	if (f->inode == NULL || (!inode_is(f->inode, S_IFREG) &&
				 !inode_is(f->inode, S_IFBLK)))
		return -EINVAL;
	if ((int64_t)n < 0)
		return -EINVAL;
	if (offset < 0 || !pagecache_is_stored(m))
		return 0;
	return bring(m, (uint64_t)offset, min(n, MAX_AHEAD << PAGE_SHIFT));
}

SYSCALL_3(readahead, fd, offset, n)
{
	struct file *f = file_of_fd(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	err = read_ahead(f, (int64_t)offset, n);
	file_put(f);
	return err;
}
