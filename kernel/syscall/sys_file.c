/*
 * syscall/sys_file.c - descriptors: close, duplicate, control.
 */

#include "disk/disk.h"
#include "ipc/pipe/pipe.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/limits.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/pagecache.h"
#include "mm/uaccess.h"
#include "proc/signal/async.h"
#include "proc/task/proc.h"
#include "syscall/file_args.h"
#include "syscall/file_ioctl.h"
#include "syscall/sys_file_lock.h"
#include "syscall/sys_file_owner.h"
#include "syscall/syscall.h"
#include "vfs/attr.h"
#include "vfs/fdtable.h"
#include "vfs/flags.h"
#include "vfs/mount.h"
#include "vfs/process.h"
#include "vfs/regular.h"
#include "vfs/seals.h"

SYSCALL_1(close, fd)
{
	return fd_close((int)fd);
}

#define CLOSE_RANGE_UNSHARE 2
#define CLOSE_RANGE_CLOEXEC 4

/* Who shares the table goes on with it as it is. */
static int unshare_files(void)
{
	struct fdtable *copy;
	int err = fdtable_of_own(&copy);

	if (err == 0)
		proc_replace_files(copy);
	return err;
}

/*
 * LACKS close_range: `CLOSE_RANGE_UNSHARE` is `EINVAL` where threads share
 * the process.
 */
SYSCALL_3(close_range, first, last, flags)
{
	struct fdtable *files;
	int fd = -1, err = 0;

	if ((uint32_t)first > (uint32_t)last ||
	    (flags & ~(unsigned long)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)))
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE)
		err = unshare_files();
	if (err < 0)
		return err;
	files = vfs_self()->files;
	if ((uint32_t)first <= INT32_MAX)
		fd = fdtable_next(files, (int)first);
	while (fd >= 0 && (uint32_t)fd <= (uint32_t)last) {
		if (flags & CLOSE_RANGE_CLOEXEC)
			(void)fd_set_cloexec(fd, true);
		else
			(void)fd_close(fd);
		fd = fdtable_next(files, fd + 1);
	}
	return 0;
}

/* ---- duplicates ---- */

SYSCALL_1(dup, fd)
{
	struct file *f = fd_get((int)fd);

	return f == NULL ? -EBADF : fd_install(f, false);
}

SYSCALL_3(dup3, old, new, flags)
{
	struct file *f;

	if ((flags & ~(unsigned long)O_CLOEXEC) || (int)old == (int)new)
		return -EINVAL;
	f = fd_get((int)old);
	if (f == NULL)
		return -EBADF;
	return fd_dup_to(f, (int)new, flags & O_CLOEXEC);
}

/* ---- fcntl ---- */

#define F_DUPFD 0
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#define F_DUPFD_QUERY 1027
#define F_CREATED_QUERY 1028
#define F_DUPFD_CLOEXEC 1030
#define F_SETPIPE_SZ 1031
#define F_GETPIPE_SZ 1032
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034

/* What F_SETFL can change. */
#define STATUS_FLAGS (O_APPEND | O_NONBLOCK | O_NOATIME)

static long dup_from(struct file *f, unsigned lowest, bool cloexec)
{
	if (lowest >= current_limit(RLIMIT_NOFILE))
		return -EINVAL;
	file_get(f);
	return fd_install_from(f, (int)lowest, cloexec);
}

/* Does @other name @f, too? */
static long is_duplicate(const struct file *f, int other)
{
	struct file *g = fd_get(other);
	bool same = g == f;

	if (g == NULL)
		return -EBADF;
	file_put(g);
	return same;
}

static unsigned status_of(const struct file *f)
{
	static const unsigned accmode[] = {
		[FMODE_READ] = O_RDONLY,
		[FMODE_WRITE] = O_WRONLY,
		[FMODE_READ | FMODE_WRITE] = O_RDWR,
	};
	unsigned flags = READ_ONCE(f->flags) & ~(unsigned)O_ACCMODE;

	if (f->mode & FMODE_PATH)
		return flags;
	return flags | accmode[f->mode & (FMODE_READ | FMODE_WRITE)];
}

static long set_status(struct file *f, unsigned flags)
{
	unsigned old = READ_ONCE(f->flags);
	unsigned mask = STATUS_FLAGS | (is_pipe(f) ? O_DIRECT : 0);

	while (!__atomic_compare_exchange_n(
		&f->flags, &old, (old & ~mask) | (flags & mask), true,
		__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	return 0;
}

static bool may_hide_reads(struct file *f)
{
	struct inode_owner owner;

	if (f->inode == NULL)
		return true;
	owner = inode_owner(f->inode);
	return is_own(&owner);
}

static long change_status(struct file *f, int fd, unsigned flags)
{
	unsigned changes = READ_ONCE(f->flags) ^ flags;
	int err = 0;

	if (f->mode & FMODE_PATH)
		return -EBADF;
	if ((changes & O_APPEND) && f->inode != NULL &&
	    inode_has(f->inode, INODE_APPEND))
		return -EPERM;
	if ((flags & changes & O_NOATIME) && !may_hide_reads(f))
		return -EPERM;
	if (changes & O_ASYNC)
		err = async_enable(f, fd, flags & O_ASYNC);
	return err < 0 ? err : set_status(f, flags);
}

static long control(struct file *f, int fd, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return dup_from(f, (unsigned)arg, cmd == F_DUPFD_CLOEXEC);
	case F_DUPFD_QUERY:
		return is_duplicate(f, (int)arg);
	case F_CREATED_QUERY:
		return f->mode & FMODE_CREATED ? 1 : 0;
	case F_GETFD:
		return fd_get_cloexec(fd);
	case F_SETFD:
		return fd_set_cloexec(fd, arg & 1);
	case F_GETFL:
		return status_of(f);
	case F_SETPIPE_SZ:
		return is_pipe(f) ? pipe_resize(f, (unsigned)arg) : -EBADF;
	case F_GETPIPE_SZ:
		return is_pipe(f) ? pipe_size(f) : -EBADF;
	case F_ADD_SEALS:
		return file_add_seals(f, (unsigned)arg);
	case F_GET_SEALS:
		return file_seals(f);
	case F_SETFL:
		return change_status(f, fd, (unsigned)arg);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return fcntl_lock(f, fd, cmd, arg);
	}
	return fcntl_owner(f, fd, cmd, arg);
}

/*
 * LACKS fcntl: `F_GET_RW_HINT`, `F_SET_RW_HINT` and those of one open file
 * (`F_SET_FILE_RW_HINT`) are `EINVAL`; `F_SETFL` passes over `O_DIRECT` but of
 * a pipe; a terminal has no owner until `F_SETOWN` names one.
 */
SYSCALL_3(fcntl, fd, cmd, arg)
{
	struct file *f = fd_get((int)fd);
	long result;

	if (f == NULL)
		return -EBADF;
	result = control(f, (int)fd, (unsigned)cmd, arg);
	file_put(f);
	return result;
}

/* ---- ioctl ---- */

#define FIONBIO 0x5421
#define FIOASYNC 0x5452
#define FIONCLEX 0x5450
#define FIOCLEX 0x5451

/* What is the descriptor's business, or the file system's, is no device's: a domain
 * leaves it alone (vfs/landlock/). */
static bool is_for_all(unsigned cmd)
{
	static const uint32_t those[] = {
		FIONBIO, FIOASYNC, FIONCLEX, FIOCLEX,
		0x5460,     /* FIOQSIZE */
		0xc0045877, /* FIFREEZE */
		0xc0045878, /* FITHAW */
		0xc020660b, /* FS_IOC_FIEMAP */
		2,          /* FIGETBSZ */
		0x40049409, /* FICLONE */
		0x4020940d, /* FICLONERANGE */
		0xc0189436, /* FIDEDUPERANGE */
		0x80111500, /* FS_IOC_GETFSUUID */
		0x80811501, /* FS_IOC_GETFSSYSFSPATH */
	};

	for (unsigned i = 0; i < ARRAY_SIZE(those); i++)
		if (those[i] == cmd)
			return true;
	return false;
}

static long set_nonblocking(struct file *f, vaddr_t arg)
{
	uint32_t on;
	int err = get_user_u32(&on, arg);

	if (err < 0)
		return err;
	return set_status(f, (READ_ONCE(f->flags) & ~(unsigned)O_NONBLOCK) |
				     (on != 0 ? O_NONBLOCK : 0));
}

static long device_control(struct file *f, int fd, unsigned cmd,
			   unsigned long arg)
{
	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		return fd_set_cloexec(fd, cmd == FIOCLEX);
	case FIONBIO:
		return set_nonblocking(f, arg);
	case FIOASYNC:
		return ioctl_async(f, fd, arg);
	}
	long result = file_ioctl(f, cmd, arg);

	if (result == -ENOTTY && f->ops->ioctl != NULL)
		result = f->ops->ioctl(f, cmd, arg);
	return result;
}

/*
 * LACKS ioctl: of regular files `FIDEDUPERANGE` and what tells of blocks are
 * `ENOTTY`, so is `FS_IOC_GETFLAGS` of those on a disk, and nothing can be
 * cloned; of terminals `TCGETS2` and modem lines are, and of the master of a
 * pair `TCXONC`, `TIOCSTI` and `TIOCEXCL`; of disks, what partitions them or
 * discards blocks, and nothing goes by what is to be read ahead (`BLKRASET`);
 * `PROCMAP_QUERY` tells no build id.
 */
SYSCALL_3(ioctl, fd, cmd, arg)
{
	struct file *f = file_of_fd(fd);
	long result;

	if (f == NULL)
		return -EBADF;
	result = (f->mode & FMODE_NO_IOCTL) && !is_for_all((unsigned)cmd) ? -EACCES :
		 device_control(f, (int)fd, (unsigned)cmd, arg);
	file_put(f);
	return result;
}

/* ---- storage ---- */

static long sync_file(unsigned long fd)
{
	struct file *f = file_of_fd(fd);
	long result;

	if (f == NULL)
		return -EBADF;
	result = file_sync(f);
	file_put(f);
	return result;
}

SYSCALL_1(fsync, fd)
{
	return sync_file(fd);
}

SYSCALL_1(fdatasync, fd)
{
	return sync_file(fd);
}

SYSCALL_1(syncfs, fd)
{
	struct file *f = file_of_fd(fd);
	long result = 0;

	if (f == NULL)
		return -EBADF;
	if (f->inode != NULL)
		result = vfs_sync(f->inode->fs);
	file_put(f);
	return result;
}

SYSCALL_0(sync)
{
	vfs_sync_all();
	disk_sync_all();
	return 0;
}

#define POSIX_FADV_DONTNEED 4
#define MAX_ADVICE 5 /* POSIX_FADV_NOREUSE */

/* Its clean pages go, whatever the range: they can be had again. */
static void drop_pages(struct file *f)
{
	struct pagecache *m = file_pagecache(f);

	if (pagecache_is_stored(m))
		store_drop_clean(m);
}

/* All else is heard and not needed. */
SYSCALL_4(fadvise64, fd, from UNUSED, length, advice)
{
	struct file *f = file_of_fd(fd);
	long err = 0;

	if (f == NULL)
		return -EBADF;
	if (is_pipe(f))
		err = -ESPIPE;
	else if ((int64_t)length < 0 || advice > MAX_ADVICE)
		err = -EINVAL;
	else if (advice == POSIX_FADV_DONTNEED)
		drop_pages(f);
	file_put(f);
	return err;
}
