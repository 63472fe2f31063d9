/*
 * disk/file.c - a disk as a file: its bytes, at any position.
 *
 * Each piece goes through a page of the call's own, which is between a user's
 * memory, that may have to be faulted in, and a device, that may not wait for
 * that.  When write() returns, the disk has been told; fsync() waits until it
 * has it.
 *
 * A piece that begins or ends inside a sector is read first, changed and written
 * back.  Two who do so to one sector take turns by the lock of the disk, and so
 * does who writes all of it.
 */

#include "disk/disk_internal.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/uaccess.h"
#include "vfs/inode.h"

#define BLKROGET 0x125eU
#define BLKGETSIZE 0x1260U
#define BLKFLSBUF 0x1261U
#define BLKSSZGET 0x1268U
#define BLKGETSIZE64 0x80081272U

/* Bytes next to each other that go through the page at once. */
struct piece {
	uint64_t start; /* of the sectors they are in */
	size_t length;  /* of these */
	size_t skip, n; /* where in them the bytes are, and how many */
};

static struct disk *disk_of(const struct file *f)
{
	return disk_of_minor(f->inode->minor);
}

/* Of @n bytes at @pos those that come first; @pos is on the disk. */
static struct piece first_piece(const struct disk *d, uint64_t pos, size_t n)
{
	struct piece p = { .start = align_down(pos, SECTOR_SIZE) };

	p.skip = pos - p.start;
	p.n = min(n, min(PAGE_SIZE - p.skip, d->size - pos));
	p.length = align_up(p.skip + p.n, SECTOR_SIZE);
	return p;
}

static ssize_t read_piece(struct disk *d, const struct piece *p, void *page,
			  vaddr_t to)
{
	int err = disk_transfer(d, p->start, page, p->length, false);
	size_t copied;

	if (err < 0)
		return err;
	copied = copy_to_user_partial(to, (char *)page + p->skip, p->n);
	return copied != 0 ? (ssize_t)copied : -EFAULT;
}

static int change_sectors(struct disk *d, const struct piece *p, char *page,
			  vaddr_t from)
{
	int err = p->n == p->length ? 0 : disk_transfer(d, p->start, page,
							p->length, false);

	if (err == 0)
		err = copy_from_user(page + p->skip, from, p->n);
	return err != 0 ? err :
			  disk_transfer(d, p->start, page, p->length, true);
}

/* All of it or nothing. */
static ssize_t write_piece(struct disk *d, const struct piece *p, void *page,
			   vaddr_t from)
{
	mutex_lock(&d->lock);
	int err = change_sectors(d, p, page, from);

	mutex_unlock(&d->lock);
	return err != 0 ? err : (ssize_t)p->n;
}

static ssize_t move(struct disk *d, void *page, vaddr_t buf, size_t n,
		    uint64_t *pos, bool write)
{
	size_t done = 0;

	while (done < n && *pos < d->size && (done == 0 || !block_interrupted())) {
		struct piece p = first_piece(d, *pos, n - done);
		ssize_t moved = write ? write_piece(d, &p, page, buf + done) :
					read_piece(d, &p, page, buf + done);

		if (moved < 0)
			return done != 0 ? (ssize_t)done : moved;
		done += (size_t)moved;
		*pos += (uint64_t)moved;
	}
	return (ssize_t)done;
}

static ssize_t move_by_page(struct file *f, vaddr_t buf, size_t n,
			    uint64_t *pos, bool write)
{
	struct page *page = page_alloc(PAGE_KERNEL);
	ssize_t result;

	if (page == NULL)
		return -ENOMEM;
	result = move(disk_of(f), page_address(page), buf, n, pos, write);
	page_put(page);
	return result;
}

static ssize_t disk_read(struct file *f, vaddr_t buf, size_t n, uint64_t *pos)
{
	return move_by_page(f, buf, n, pos, false);
}

static ssize_t disk_write(struct file *f, vaddr_t buf, size_t n, uint64_t *pos)
{
	if (n != 0 && *pos >= disk_of(f)->size)
		return -ENOSPC;
	return move_by_page(f, buf, n, pos, true);
}

static int disk_open(struct file *f)
{
	if ((f->mode & FMODE_WRITE) && disk_of(f)->is_readonly)
		return -EACCES;
	f->mode |= FMODE_POS;
	return 0;
}

static int disk_sync(struct file *f)
{
	return disk_flush(disk_of(f));
}

static long disk_lseek(struct file *f, long offset, int whence)
{
	uint64_t size = disk_of(f)->size;
	long target;

	mutex_lock(&f->pos_lock);
	const long base[] = { 0, (long)f->pos, (long)size };

	if (whence < 0 || whence >= (int)ARRAY_SIZE(base) ||
	    __builtin_add_overflow(base[whence], offset, &target) ||
	    target < 0 || (uint64_t)target > size)
		target = -EINVAL;
	else
		f->pos = (uint64_t)target;
	mutex_unlock(&f->pos_lock);
	return target;
}

static long disk_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct disk *d = disk_of(f);

	switch (cmd) {
	case BLKROGET:
		return put_user_u32(arg, d->is_readonly);
	case BLKSSZGET:
		return put_user_u32(arg, SECTOR_SIZE);
	case BLKGETSIZE:
		return put_user_u64(arg, d->size / SECTOR_SIZE);
	case BLKGETSIZE64:
		return put_user_u64(arg, d->size);
	case BLKFLSBUF:
		return disk_flush(d);
	default:
		return -ENOTTY;
	}
}

const struct file_ops disk_file_ops = {
	.open = disk_open,
	.read = disk_read,
	.write = disk_write,
	.lseek = disk_lseek,
	.ioctl = disk_ioctl,
	.sync = disk_sync,
};
