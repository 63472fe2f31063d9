/*
 * syscall/sys_file_attr.c - owner, rights, times and size of a file.
 */

#include "fs/tmp/tmpfs.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task/proc.h"
#include "proc/time/clock.h"
#include "syscall/file_args.h"
#include "syscall/syscall.h"
#include "vfs/cred.h"

static bool am_root(void)
{
	return current_cred()->fsuid == 0;
}

/* ---- may I? ---- */

static long check_access(unsigned long dirfd, vaddr_t user_path,
			 unsigned long may, unsigned long flags)
{
	char *path;
	int err;

	if ((may & ~7UL) ||
	    (flags & ~(unsigned long)(AT_EACCESS | AT_SYMLINK_NOFOLLOW |
				      AT_EMPTY_PATH)))
		return -EINVAL;
	err = path_from_user(user_path, &path);
	if (err == 0)
		err = vfs_access((int)dirfd, path, (unsigned)may,
				 lookup_flags(flags), flags & AT_EACCESS);
	kfree(path);
	return err;
}

SYSCALL_3(faccessat, dirfd, path, may)
{
	return check_access(dirfd, path, may, 0);
}

SYSCALL_4(faccessat2, dirfd, path, may, flags)
{
	return check_access(dirfd, path, may, flags);
}

/* ---- rights ---- */

static int change_mode(struct inode *inode, unsigned mode)
{
	const struct cred *cred = current_cred();

	if (!inode_is_owner(inode))
		return -EPERM;
	mutex_lock(&inode->lock);
	if (!am_root() && inode->gid != cred->fsgid &&
	    !cred_has_group(cred, inode->gid))
		mode &= ~S_ISGID;
	WRITE_ONCE(inode->mode, (inode->mode & S_IFMT) | (mode & 07777));
	inode_touch_ctime(inode);
	mutex_unlock(&inode->lock);
	return 0;
}

SYSCALL_2(fchmod, fd, mode)
{
	struct inode *inode = NULL;
	int err = inode_of_fd(fd, &inode);

	if (err == 0)
		err = change_mode(inode, (unsigned)mode);
	inode_put(inode);
	return err;
}

SYSCALL_3(fchmodat, dirfd, path, mode)
{
	struct inode *inode = NULL;
	int err = inode_at(dirfd, path, LOOKUP_FOLLOW, &inode);

	if (err == 0)
		err = change_mode(inode, (unsigned)mode);
	inode_put(inode);
	return err;
}

/* ---- owner; -1 leaves it ---- */

#define KEEP_ID UINT32_MAX

static bool may_change_owner(const struct inode *inode, uint32_t uid,
			     uint32_t gid)
{
	const struct cred *cred = current_cred();

	if (am_root())
		return true;
	if (cred->fsuid != inode->uid)
		return uid == KEEP_ID && gid == KEEP_ID;
	if (uid != KEEP_ID && uid != inode->uid)
		return false;
	return gid == KEEP_ID || gid == inode->gid || gid == cred->fsgid ||
	       cred_has_group(cred, gid);
}

static void set_owner(struct inode *inode, uint32_t uid, uint32_t gid)
{
	unsigned mode = inode->mode;

	if (uid != KEEP_ID)
		WRITE_ONCE(inode->uid, uid);
	if (gid != KEEP_ID)
		WRITE_ONCE(inode->gid, gid);
	if (!inode_is(inode, S_IFDIR)) {
		mode &= ~S_ISUID;
		if (mode & 0010)
			mode &= ~S_ISGID;
		WRITE_ONCE(inode->mode, mode);
	}
	inode_touch_ctime(inode);
}

static int change_owner(struct inode *inode, uint32_t uid, uint32_t gid)
{
	int err = -EPERM;

	mutex_lock(&inode->lock);
	if (may_change_owner(inode, uid, gid)) {
		set_owner(inode, uid, gid);
		err = 0;
	}
	mutex_unlock(&inode->lock);
	return err;
}

SYSCALL_3(fchown, fd, uid, gid)
{
	struct inode *inode = NULL;
	int err = inode_of_fd(fd, &inode);

	if (err == 0)
		err = change_owner(inode, (uint32_t)uid, (uint32_t)gid);
	inode_put(inode);
	return err;
}

SYSCALL_5(fchownat, dirfd, path, uid, gid, flags)
{
	struct inode *inode = NULL;
	int err;

	if (flags & ~(unsigned long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = inode_at(dirfd, path, lookup_flags(flags), &inode);
	if (err == 0)
		err = change_owner(inode, (uint32_t)uid, (uint32_t)gid);
	inode_put(inode);
	return err;
}

/* ---- times ---- */

#define UTIME_NOW 0x3fffffff
#define UTIME_OMIT 0x3ffffffe

static bool is_special(const struct timespec *t)
{
	return t->nsec == UTIME_NOW || t->nsec == UTIME_OMIT;
}

static int get_times(struct timespec times[2], vaddr_t from)
{
	if (from == 0) {
		times[0] = times[1] = (struct timespec){ .nsec = UTIME_NOW };
		return 0;
	}
	if (copy_from_user(times, from, 2 * sizeof(times[0])) < 0)
		return -EFAULT;
	for (int i = 0; i < 2; i++)
		if (!is_special(&times[i]) && !timespec_is_valid(&times[i]))
			return -EINVAL;
	return 0;
}

/* Only the owner chooses a time; "now" is for all who may write. */
static int may_set_times(const struct inode *inode,
			 const struct timespec times[2])
{
	bool now = times[0].nsec == UTIME_NOW && times[1].nsec == UTIME_NOW;

	if (inode_is_owner(inode))
		return 0;
	return now ? inode_permission(inode, MAY_WRITE) : -EPERM;
}

static void set_time(uint64_t *field, const struct timespec *t)
{
	if (t->nsec == UTIME_OMIT)
		return;
	WRITE_ONCE(*field, t->nsec == UTIME_NOW ? clock_realtime_ns() :
						  timespec_to_ns(t));
}

static int set_times(struct inode *inode, const struct timespec times[2])
{
	int err;

	if (times[0].nsec == UTIME_OMIT && times[1].nsec == UTIME_OMIT)
		return 0;
	err = may_set_times(inode, times);
	if (err < 0)
		return err;
	set_time(&inode->atime, &times[0]);
	set_time(&inode->mtime, &times[1]);
	inode_touch_ctime(inode);
	return 0;
}

SYSCALL_4(utimensat, dirfd, path, user_times, flags)
{
	struct timespec times[2];
	struct inode *inode = NULL;
	int err = get_times(times, user_times);

	if (err < 0)
		return err;
	if (flags & ~(unsigned long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (path == 0)
		err = inode_of_fd(dirfd, &inode);
	else
		err = inode_at(dirfd, path, lookup_flags(flags), &inode);
	if (err == 0)
		err = set_times(inode, times);
	inode_put(inode);
	return err;
}

/* ---- size ---- */

static bool is_stored_file(const struct inode *inode)
{
	return inode_is(inode, S_IFREG) && inode->ops == &tmpfs_inode_ops;
}

static int truncate_inode(struct inode *inode, int64_t size)
{
	int err;

	if (inode_is(inode, S_IFDIR))
		return -EISDIR;
	if (!is_stored_file(inode) || size < 0)
		return -EINVAL;
	err = inode_permission(inode, MAY_WRITE);
	return err < 0 ? err : tmpfs_truncate(inode, (uint64_t)size);
}

SYSCALL_2(truncate, path, size)
{
	struct inode *inode = NULL;
	int err;

	if ((int64_t)size < 0)
		return -EINVAL;
	err = inode_at((unsigned long)AT_FDCWD, path, LOOKUP_FOLLOW, &inode);
	if (err == 0)
		err = truncate_inode(inode, (int64_t)size);
	inode_put(inode);
	return err;
}

SYSCALL_2(ftruncate, fd, size)
{
	struct file *f = file_of_fd(fd);
	int err = -EINVAL;

	if (f == NULL)
		return -EBADF;
	if ((int64_t)size >= 0 && (f->mode & FMODE_WRITE) &&
	    f->inode != NULL && is_stored_file(f->inode))
		err = tmpfs_truncate(f->inode, size);
	file_put(f);
	return err;
}

#define FALLOC_KEEP_SIZE 1

static int check_fallocate(const struct file *f, unsigned long flags,
			   int64_t offset, int64_t n)
{
	if (offset < 0 || n <= 0)
		return -EINVAL;
	if (flags & ~(unsigned long)FALLOC_KEEP_SIZE)
		return -EOPNOTSUPP;
	if (!(f->mode & FMODE_WRITE))
		return -EBADF;
	if (f->inode == NULL)
		return -ESPIPE;
	if (inode_is(f->inode, S_IFDIR))
		return -EISDIR;
	return is_stored_file(f->inode) ? 0 : -ENODEV;
}

SYSCALL_4(fallocate, fd, flags, offset, n)
{
	struct file *f = file_of_fd(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	err = check_fallocate(f, flags, (int64_t)offset, (int64_t)n);
	if (err == 0)
		err = tmpfs_allocate(f->inode, offset, n,
				     flags & FALLOC_KEEP_SIZE);
	file_put(f);
	return err;
}
