/*
 * syscall/sys_inotify.c - inotify_init1(), inotify_add_watch() and
 * inotify_rm_watch().
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/mm.h"
#include "syscall/file_args.h"
#include "vfs/attr.h"
#include "vfs/fdtable.h"
#include "vfs/notify/inotify.h"
#include "vfs/notify/notify.h"

/* All that may be said, though some of it only events say. */
#define MASK_BITS                                                          \
	(IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED |         \
	 IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE |   \
	 IN_MASK_ADD | IN_ISDIR | IN_ONESHOT)

SYSCALL_1(inotify_init1, flags)
{
	struct file *f;
	int err;

	if (flags & ~(unsigned long)(O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	err = inotify_create(&f, (unsigned)flags);
	return err != 0 ? err : fd_install(f, flags & O_CLOEXEC);
}

static int may_watch(struct inode *inode, uint32_t mask)
{
	if ((mask & IN_ONLYDIR) && !inode_is(inode, S_IFDIR))
		return -ENOTDIR;
	return inode_permission(inode, MAY_READ);
}

/* The path is held until the watch is there: its file system does not go. */
static int watch_path(struct file *f, vaddr_t user_path, uint32_t mask)
{
	unsigned how = mask & IN_DONT_FOLLOW ? 0 : LOOKUP_FOLLOW;
	struct path path;
	int wd = path_at((unsigned long)AT_FDCWD, user_path, how, &path);

	if (wd == 0)
		wd = may_watch(path.inode, mask);
	if (wd == 0)
		wd = inotify_add(f, path.inode, mask);
	path_put(&path);
	return wd;
}

static long add_watch(struct file *f, vaddr_t path, uint32_t mask)
{
	if ((mask & IN_MASK_ADD) && (mask & IN_MASK_CREATE))
		return -EINVAL;
	return is_inotify(f) ? watch_path(f, path, mask) : -EINVAL;
}

/*
 * LACKS inotify_add_watch: of a file with several names the directory of the
 * one that it got last is told; a watch of a file of `/proc` is told nothing.
 */
SYSCALL_3(inotify_add_watch, fd, path, user_mask)
{
	uint32_t mask = (uint32_t)user_mask;
	struct file *f;
	long wd;

	if ((mask & ~MASK_BITS) || mask == 0)
		return -EINVAL;
	f = file_of_fd(fd);
	if (f == NULL)
		return -EBADF;
	wd = add_watch(f, path, mask);
	file_put(f);
	return wd;
}

SYSCALL_2(inotify_rm_watch, fd, wd)
{
	struct file *f = file_of_fd(fd);
	int err = -EINVAL;

	if (f == NULL)
		return -EBADF;
	if (is_inotify(f))
		err = inotify_remove(f, (int)wd);
	file_put(f);
	return err;
}
