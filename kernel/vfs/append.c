/*
 * vfs/append.c - what the kernel adds to a file by itself: all of it or nothing.
 *
 * The end is found, and what comes there written, under the inode's lock, as for
 * O_APPEND, so nobody else's bytes come between. A part for which there was no
 * room is cut off again under the same lock: a reader may have seen it, nobody
 * can have written behind it.
 *
 * No limit of the running process counts, and none of its signals: it may be the
 * last that it does.
 */
#include "lib/errno.h"
#include "mm/pagecache.h"
#include "vfs/attr.h"
#include "vfs/notify/notify.h"
#include "vfs/regular.h"
#include "vfs/seals.h"

static int may_append(const struct inode *inode, uint64_t size, size_t n)
	REQUIRES(C_inode)
{
	size_t allowed = n;
	int err = seals_check_write(inode, size, &allowed);

	if (size > FILE_SIZE_MAX - n)
		return -EFBIG;
	return err == 0 && allowed < n ? -EPERM : err;
}

/* How many bytes have been written at @size; or why not all: *@err.  Who is to
 * die gets no further than a page at a time, and so goes on. */
static size_t write_behind(struct pagecache *m, uint64_t size, const char *from,
			   size_t n, int *err)
{
	size_t done = 0;

	while (done < n) {
		ssize_t part = pagecache_write_kernel(m, size + done,
						      from + done, n - done);

		if (part < 0) {
			*err = (int)part;
			break;
		}
		done += (size_t)part;
	}
	return done;
}

static int append_locked(struct inode *inode, const void *from, size_t n)
	REQUIRES(C_inode)
{
	uint64_t size = inode_size(inode);
	int err = may_append(inode, size, n);

	if (err != 0)
		return err;
	inode_drop_set_ids(inode);
	inode_touch_mtime(inode);
	if (write_behind(inode->pagecache, size, from, n, &err) != 0 && err != 0)
		/* Its last page is in the cache: there is nothing to read
		 * that could fail. */
		(void)inode->ops->truncate(inode, size);
	return err;
}

int inode_append(struct inode *inode, const void *from, size_t n)
{
	int err;

	mutex_lock(&inode->lock);
	err = append_locked(inode, from, n);
	mutex_unlock(&inode->lock);
	if (err == 0)
		notify_inode(inode, IN_MODIFY);
	return err;
}
