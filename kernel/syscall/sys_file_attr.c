/*
 * syscall/sys_file_attr.c - owner, rights, times and size of a file.
 */

#include "arch/clock.h"
#include "ipc/pipe/pipe.h"
#include "lib/errno.h"
#include "lib/time.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/file_args.h"
#include "syscall/syscall.h"
#include "vfs/attr.h"
#include "vfs/busy.h"
#include "vfs/flags.h"
#include "vfs/lease.h"
#include "vfs/mount.h"
#include "vfs/regular.h"

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

/* ---- mode and owner ---- */

/* @err says how finding the inode went; its reference is dropped. */
static int change_found(int err, struct inode *inode,
			const struct attr_change *change)
{
	if (err == 0)
		err = inode_set_attr(inode, change);
	inode_put(inode);
	return err;
}

static struct attr_change new_mode(unsigned long mode)
{
	return (struct attr_change){
		.what = ATTR_MODE,
		.mode = (unsigned)mode,
	};
}

/*
 * LACKS fchmod, fchown: what has no inode here (a pipe, an eventfd, a
 * timerfd, a signalfd) is `EINVAL`.
 */
SYSCALL_2(fchmod, fd, mode)
{
	const struct attr_change change = new_mode(mode);
	struct inode *inode = NULL;
	int err = inode_of_fd(fd, &inode);

	return change_found(err, inode, &change);
}

static long change_mode_at(unsigned long dirfd, vaddr_t path,
			   unsigned long mode, unsigned how)
{
	const struct attr_change change = new_mode(mode);
	struct inode *inode = NULL;
	int err = inode_at(dirfd, path, how | LOOKUP_CHANGE, &inode);

	return change_found(err, inode, &change);
}

SYSCALL_3(fchmodat, dirfd, path, mode)
{
	return change_mode_at(dirfd, path, mode, LOOKUP_FOLLOW);
}

SYSCALL_4(fchmodat2, dirfd, path, mode, flags)
{
	if (flags & ~(unsigned long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return change_mode_at(dirfd, path, mode, lookup_flags(flags));
}

/* -1 leaves what it stands for. */
static struct attr_change new_owner(unsigned long uid, unsigned long gid)
{
	return (struct attr_change){
		.what = ATTR_OWNER,
		.uid = (uint32_t)uid,
		.gid = (uint32_t)gid,
	};
}

SYSCALL_3(fchown, fd, uid, gid)
{
	const struct attr_change change = new_owner(uid, gid);
	struct inode *inode = NULL;
	int err = inode_of_fd(fd, &inode);

	return change_found(err, inode, &change);
}

SYSCALL_5(fchownat, dirfd, path, uid, gid, flags)
{
	const struct attr_change change = new_owner(uid, gid);
	struct inode *inode = NULL;
	int err;

	if (flags & ~(unsigned long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = inode_at(dirfd, path, lookup_flags(flags) | LOOKUP_CHANGE, &inode);
	return change_found(err, inode, &change);
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
		times[0] = (struct timespec){ .nsec = UTIME_NOW };
		times[1] = times[0];
		return 0;
	}
	return copy_from_user(times, from, 2 * sizeof(times[0])) < 0 ?
		       -EFAULT : 0;
}

static bool changes_nothing(const struct timespec times[2])
{
	return times[0].nsec == UTIME_OMIT && times[1].nsec == UTIME_OMIT;
}

static int check_times(const struct timespec times[2])
{
	for (int i = 0; i < 2; i++)
		if (!is_special(&times[i]) && !timespec_is_valid(&times[i]))
			return -EINVAL;
	return 0;
}

static void set_time(uint64_t *ns, const struct timespec *t, uint64_t now)
{
	*ns = t->nsec == UTIME_NOW ? now : timespec_to_ns(t);
}

static struct attr_change new_times(const struct timespec times[2])
{
	uint64_t now = clock_realtime_ns();
	struct attr_change change = { .what = 0 };

	if (times[0].nsec != UTIME_OMIT)
		change.what |= ATTR_ATIME;
	if (times[1].nsec != UTIME_OMIT)
		change.what |= ATTR_MTIME;
	if (times[0].nsec == UTIME_NOW && times[1].nsec == UTIME_NOW)
		change.what |= ATTR_NOW;
	set_time(&change.atime, &times[0], now);
	set_time(&change.mtime, &times[1], now);
	return change;
}

SYSCALL_4(utimensat, dirfd, path, user_times, flags)
{
	struct timespec times[2];
	struct inode *inode = NULL;
	int err = get_times(times, user_times);

	/* Who changes nothing is not even asked what. */
	if (err < 0 || changes_nothing(times))
		return err;
	if (flags & ~(unsigned long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (path == 0 && (int)dirfd != AT_FDCWD)
		err = flags != 0 ? -EINVAL : inode_of_fd(dirfd, &inode);
	else
		err = inode_at(dirfd, path, lookup_flags(flags) | LOOKUP_CHANGE,
			       &inode);
	if (err == 0)
		err = check_times(times);

	const struct attr_change change = new_times(times);

	return change_found(err, inode, &change);
}

/* ---- size ---- */

/* It may wait for long, for who has a lease. */
static int truncate_to_write(const struct sight *s, uint64_t size)
{
	struct inode *inode = s->inode;
	int err = inode_permission(inode, MAY_WRITE);

	if (err == 0)
		err = inode_begin_writing(inode);
	if (err < 0)
		return err;
	err = lease_break_to_write(inode);
	if (err == 0 && s->no_truncate)
		err = -EACCES;
	if (err == 0)
		err = inode_truncate(inode, size);
	inode_end_writing(inode);
	return err;
}

static int truncate_found(const struct sight *s, uint64_t size)
{
	struct inode *inode = s->inode;
	int err;

	if (inode_is(inode, S_IFDIR))
		return -EISDIR;
	if (inode->ops->truncate == NULL)
		return -EINVAL;
	err = filesystem_begin_change(inode->fs);
	if (err == 0) {
		err = truncate_to_write(s, size);
		filesystem_end_change(inode->fs);
	}
	return err;
}

SYSCALL_2(truncate, path, size)
{
	struct sight s = { 0 };
	int err;

	if ((int64_t)size < 0)
		return -EINVAL;
	err = sight_at((unsigned long)AT_FDCWD, path,
		       LOOKUP_FOLLOW | LOOKUP_CHANGE | LOOKUP_TRUNCATE, &s);
	if (err != 0)
		return err;
	err = truncate_found(&s, size);
	inode_put(s.inode);
	return err;
}

SYSCALL_2(ftruncate, fd, size)
{
	struct file *f = file_of_fd(fd);
	int err = -EINVAL;

	if (f == NULL)
		return -EBADF;
	if ((int64_t)size >= 0 && (f->mode & FMODE_WRITE) && f->inode != NULL)
		err = f->mode & FMODE_NO_TRUNCATE ? -EACCES :
						    inode_truncate(f->inode, size);
	file_put(f);
	return err;
}

#define FALLOC_KEEP_SIZE 1UL
#define FALLOC_PUNCH_HOLE 2UL /* with FALLOC_KEEP_SIZE */

static int check_fallocate(const struct file *f, unsigned long flags,
			   int64_t offset, int64_t n)
{
	if (offset < 0 || n <= 0)
		return -EINVAL;
	if ((flags & ~(FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE)) ||
	    flags == FALLOC_PUNCH_HOLE)
		return -EOPNOTSUPP;
	if (!(f->mode & FMODE_WRITE))
		return -EBADF;
	if (f->inode == NULL)
		return is_pipe(f) ? -ESPIPE : -ENODEV;
	if (inode_is(f->inode, S_IFDIR))
		return -EISDIR;
	return inode_has(f->inode, flags & FALLOC_PUNCH_HOLE ? INODE_FIXED :
							       INODE_IMMUTABLE) ?
		       -EPERM : 0;
}

static int allocate(struct inode *inode, unsigned long flags, uint64_t offset,
		    uint64_t n)
{
	if (flags & FALLOC_PUNCH_HOLE)
		return inode_punch(inode, offset, n);
	return inode_allocate(inode, offset, n, flags & FALLOC_KEEP_SIZE);
}

/* LACKS fallocate: of a disk, its sectors cannot be zeroed or discarded. */
SYSCALL_4(fallocate, fd, flags, offset, n)
{
	struct file *f = file_of_fd(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	err = check_fallocate(f, flags, (int64_t)offset, (int64_t)n);
	if (err == 0)
		err = allocate(f->inode, flags, offset, n);
	file_put(f);
	return err;
}
