/*
 * syscall/sys_file_ioctl.c - see file_ioctl.h.
 *
 * No file system here lets two files have the same bytes, so who wants a file to
 * be the clone of another is told first what is wrong with the two, as on Linux,
 * and then that it is not to be had.
 *
 * Source: ioctl_ficlonerange(2), Linux's uapi/linux/fs.h.
 */
#include "syscall/file_ioctl.h"

#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/pagecache.h"
#include "mm/uaccess.h"
#include "vfs/fdtable.h"
#include "vfs/flags.h"
#include "vfs/inode.h"
#include "vfs/mount.h"

#define FIGETBSZ 2U
#define FIONREAD 0x541bU
#define FS_IOC_GETFLAGS 0x80086601U /* an int, whatever the number says */
#define FS_IOC_SETFLAGS 0x40086602U
#define FICLONE 0x40049409U
#define FICLONERANGE 0x4020940dU

/* ---- what is there ---- */

/* From where the next read begins. */
static long bytes_left(const struct file *f, unsigned long arg)
{
	uint64_t pos = READ_ONCE(f->pos);
	uint64_t size = READ_ONCE(f->inode->pagecache->size);

	return put_user_u32(arg, size > pos ? (uint32_t)(size - pos) : 0);
}

static long block_size(const struct inode *inode, unsigned long arg)
{
	struct fs_stats stats = { 0 };

	if (inode->fs->ops->statfs != NULL)
		inode->fs->ops->statfs(inode->fs, &stats);
	return put_user_u32(arg, stats.block_size != 0 ? stats.block_size : PAGE_SIZE);
}

/* ---- flags ---- */

static long get_flags(const struct inode *inode, unsigned long arg)
{
	return inode->ops->flags == 0 ? -ENOTTY :
					put_user_u32(arg, READ_ONCE(inode->flags));
}

static long set_flags(struct file *f, unsigned long arg)
{
	uint32_t flags;

	if (f->inode->ops->flags == 0)
		return -ENOTTY;
	if (get_user_u32(&flags, arg) != 0)
		return -EFAULT;
	if (f->mount != NULL && mount_is_readonly(f->mount))
		return -EROFS;
	return inode_set_flags(f->inode, flags);
}

/* ---- clones ---- */

struct clone_range {
	int64_t from;
	uint64_t from_offset, length, to_offset;
};

static long may_clone(const struct file *from, const struct file *to)
{
	if (from->inode == NULL || to->inode == NULL ||
	    from->inode->fs != to->inode->fs)
		return -EXDEV;
	if (inode_is(from->inode, S_IFDIR) || inode_is(to->inode, S_IFDIR))
		return -EISDIR;
	if (!inode_is(from->inode, S_IFREG) || !inode_is(to->inode, S_IFREG))
		return -EINVAL;
	if (!(from->mode & FMODE_READ) || !(to->mode & FMODE_WRITE) ||
	    (READ_ONCE(to->flags) & O_APPEND))
		return -EBADF;
	return -EOPNOTSUPP;
}

static long clone_from(const struct file *to, int fd)
{
	struct file *from = fd_get(fd);
	long err;

	if (from == NULL)
		return -EBADF;
	err = may_clone(from, to);
	file_put(from);
	return err;
}

static long clone_range(const struct file *to, unsigned long arg)
{
	struct clone_range range;

	if (copy_from_user(&range, arg, sizeof(range)) != 0)
		return -EFAULT;
	return clone_from(to, (int)range.from);
}

long file_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case FICLONE:
		return clone_from(f, (int)arg);
	case FICLONERANGE:
		return clone_range(f, arg);
	}
	if (f->inode == NULL)
		return -ENOTTY;
	switch (cmd) {
	case FS_IOC_GETFLAGS:
		return get_flags(f->inode, arg);
	case FS_IOC_SETFLAGS:
		return set_flags(f, arg);
	}
	if (f->inode->pagecache == NULL ||
	    !inode_is(f->inode, S_IFREG))
		return -ENOTTY;
	switch (cmd) {
	case FIONREAD:
		return bytes_left(f, arg);
	case FIGETBSZ:
		return block_size(f->inode, arg);
	}
	return -ENOTTY;
}
