/*
 * disk/file.c - a disk as a file: its bytes, at any position.
 *
 * They are in its page cache.  fsync() waits until the disk has them, and who
 * has written and closes a descriptor has them written, as on Linux the last
 * one does.
 */

#include "disk/disk_internal.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "vfs/caps.h"
#include "vfs/cred.h"
#include "vfs/inode.h"

#define BLKROSET 0x125dU
#define BLKROGET 0x125eU
#define BLKGETSIZE 0x1260U
#define BLKFLSBUF 0x1261U
#define BLKRASET 0x1262U
#define BLKRAGET 0x1263U
#define BLKFRASET 0x1264U
#define BLKFRAGET 0x1265U
#define BLKSSZGET 0x1268U
#define BLKBSZGET 0x80081270U
#define BLKGETSIZE64 0x80081272U
#define BLKIOMIN 0x1278U
#define BLKIOOPT 0x1279U
#define BLKALIGNOFF 0x127aU
#define BLKPBSZGET 0x127bU

static struct disk *disk_of(const struct file *f)
{
	return disk_find(f->inode->major, f->inode->minor);
}

static ssize_t disk_read(struct file *f, vaddr_t buf, size_t n, uint64_t *pos)
{
	ssize_t done = pagecache_read(&disk_of(f)->pagecache, *pos, buf, n);

	if (done > 0)
		*pos += (uint64_t)done;
	return done;
}

static ssize_t disk_write(struct file *f, vaddr_t buf, size_t n, uint64_t *pos)
{
	struct disk *d = disk_of(f);
	ssize_t done;

	if (disk_refuses_writers(d))
		return -EPERM;
	if (n == 0)
		return 0;
	if (*pos >= d->size)
		return -ENOSPC;
	mutex_lock(&d->lock);
	done = pagecache_write(&d->pagecache, *pos, buf, min(n, d->size - *pos));
	mutex_unlock(&d->lock);
	if (done > 0)
		*pos += (uint64_t)done;
	return done;
}

static int disk_open(struct file *f)
{
	f->mode |= FMODE_POS;
	f->data = disk_of(f);
	disk_use(disk_of(f));
	return 0;
}

/* Of one that could not be opened there is nothing to be given up. */
static void disk_release(struct file *f)
{
	if (f->data != NULL)
		disk_unuse(f->data);
}

static void disk_closed(struct file *f)
{
	struct disk *d = disk_of(f);

	if ((f->mode & FMODE_WRITE) && store_write_back(&d->pagecache) != 0)
		WRITE_ONCE(d->store.error, -EIO); /* for who asks: fsync() */
}

static int disk_fsync(struct file *f)
{
	return disk_sync(disk_of(f));
}

static long disk_lseek(struct file *f, long offset, int whence)
{
	uint64_t size = disk_of(f)->size;

	mutex_lock(&f->pos_lock);
	long target = file_seek(offset, whence, (long)f->pos, (long)size);

	if (target > (long)size)
		target = -EINVAL;
	if (target >= 0)
		f->pos = (uint64_t)target;
	mutex_unlock(&f->pos_lock);
	return target;
}

/* Write what is dirty, and forget what is not in use. */
static int flush_buffers(struct disk *d)
{
	int err = disk_sync(d);

	store_drop_clean(&d->pagecache);
	return err;
}

static int protect(struct disk *d, vaddr_t from)
{
	uint32_t wanted;
	int err = get_user_u32(&wanted, from);

	if (err == 0)
		WRITE_ONCE(d->is_protected, wanted != 0);
	return err;
}

/* Whole pages of it. */
static void set_readahead(struct disk *d, unsigned long sectors)
{
	WRITE_ONCE(d->readahead,
		   (uint32_t)(sectors * SECTOR_SIZE) & ~(uint32_t)(PAGE_SIZE - 1));
}

static long administrate(struct disk *d, unsigned cmd, unsigned long arg)
{
	if (!cred_can(current_cred(), CAP_SYS_ADMIN))
		return -EACCES;
	if (cmd == BLKROSET)
		return protect(d, arg);
	set_readahead(d, arg);
	return 0;
}

static long disk_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct disk *d = disk_of(f);

	switch (cmd) {
	case BLKROSET:
	case BLKRASET:
	case BLKFRASET:
		return administrate(d, cmd, arg);
	case BLKRAGET:
	case BLKFRAGET:
		return arg == 0 ? -EINVAL :
				  put_user_u64(arg, READ_ONCE(d->readahead) /
							    SECTOR_SIZE);
	case BLKROGET:
		return put_user_u32(arg, disk_refuses_writers(d));
	case BLKSSZGET:
	case BLKPBSZGET:
	case BLKIOMIN:
		return put_user_u32(arg, SECTOR_SIZE);
	case BLKIOOPT:
	case BLKALIGNOFF:
		return put_user_u32(arg, 0);
	case BLKBSZGET:
		return put_user_u32(arg, PAGE_SIZE);
	case BLKGETSIZE:
		return put_user_u64(arg, d->size / SECTOR_SIZE);
	case BLKGETSIZE64:
		return put_user_u64(arg, d->size);
	case BLKFLSBUF:
		return flush_buffers(d);
	default:
		return d->ops->control != NULL ? d->ops->control(d, f, cmd, arg) :
						 -ENOTTY;
	}
}

static struct pagecache *disk_pagecache(struct file *f)
{
	return &disk_of(f)->pagecache;
}

static bool disk_is_protected(struct file *f)
{
	return disk_refuses_writers(disk_of(f));
}

const struct file_ops disk_file_ops = {
	.open = disk_open,
	.read = disk_read,
	.write = disk_write,
	.lseek = disk_lseek,
	.ioctl = disk_ioctl,
	.pagecache = disk_pagecache,
	.is_protected = disk_is_protected,
	.sync = disk_fsync,
	.closed = disk_closed,
	.release = disk_release,
};
