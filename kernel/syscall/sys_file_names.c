/*
 * syscall/sys_file_names.c - names of files, and where a process is.
 */

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task/proc.h"
#include "syscall/file_args.h"
#include "syscall/syscall.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"

static unsigned major_of(unsigned long dev)
{
	return (unsigned)(dev >> 8) & 0xfff;
}

static unsigned minor_of(unsigned long dev)
{
	return (unsigned)((dev & 0xff) | ((dev >> 12) & 0xfff00));
}

/* ---- making ---- */

SYSCALL_3(mkdirat, dirfd, user_path, mode)
{
	char *path;
	int err = path_from_user(user_path, &path);

	if (err == 0)
		err = vfs_mkdir((int)dirfd, path, (unsigned)mode);
	kfree(path);
	return err;
}

static int check_node(unsigned long mode)
{
	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	case S_IFCHR:
	case S_IFBLK:
		return cred_can(current_cred(), CAP_MKNOD) ? 0 : -EPERM;
	case S_IFDIR:
		return -EPERM;
	}
	return -EINVAL;
}

/*
 * LACKS mknodat: a whiteout (a device of number 0) needs root, as any other.
 */
SYSCALL_4(mknodat, dirfd, user_path, mode, dev)
{
	int err = check_node(mode);
	char *path;

	if (err < 0)
		return err;
	if ((mode & S_IFMT) == 0)
		mode |= S_IFREG;
	err = path_from_user(user_path, &path);
	if (err == 0)
		err = vfs_mknod((int)dirfd, path, (unsigned)mode,
				major_of(dev), minor_of(dev));
	kfree(path);
	return err;
}

/* ---- two paths ---- */

struct two_paths {
	char *old, *new;
};

static int get_two_paths(struct two_paths *p, vaddr_t old, vaddr_t new)
{
	int err = path_from_user(old, &p->old);

	p->new = NULL;
	if (err == 0)
		err = path_from_user(new, &p->new);
	return err;
}

static void free_two_paths(struct two_paths *p)
{
	kfree(p->old);
	kfree(p->new);
}

SYSCALL_3(symlinkat, target, dirfd, user_path)
{
	struct two_paths p;
	int err = get_two_paths(&p, target, user_path);

	if (err == 0)
		err = vfs_symlink(p.old, (int)dirfd, p.new);
	free_two_paths(&p);
	return err;
}

SYSCALL_5(linkat, old_dirfd, old, new_dirfd, new, flags)
{
	unsigned how = flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0;
	struct two_paths p;
	int err;

	if (flags & ~(unsigned long)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_SYMLINK_FOLLOW)
		how |= LOOKUP_FOLLOW;
	err = get_two_paths(&p, old, new);
	if (err == 0)
		err = vfs_link((int)old_dirfd, p.old, (int)new_dirfd,
			       p.new, how);
	free_two_paths(&p);
	return err;
}

/* LACKS renameat2: `RENAME_WHITEOUT` is `EINVAL`. */
SYSCALL_5(renameat2, old_dirfd, old, new_dirfd, new, flags)
{
	struct two_paths p;
	int err;

	/* One of them at most. */
	if (flags > RENAME_EXCHANGE)
		return -EINVAL;
	err = get_two_paths(&p, old, new);
	if (err == 0)
		err = vfs_rename((int)old_dirfd, p.old, (int)new_dirfd,
				 p.new, (unsigned)flags);
	free_two_paths(&p);
	return err;
}

/* ---- removing ---- */

SYSCALL_3(unlinkat, dirfd, user_path, flags)
{
	char *path;
	int err;

	if (flags & ~(unsigned long)AT_REMOVEDIR)
		return -EINVAL;
	err = path_from_user(user_path, &path);
	if (err == 0)
		err = flags & AT_REMOVEDIR ?
			      vfs_rmdir((int)dirfd, path) :
			      vfs_unlink((int)dirfd, path);
	kfree(path);
	return err;
}

/* ---- reading a link, a directory ---- */

static long read_link(int dirfd, const char *path, vaddr_t to, size_t n)
{
	char *target = kmalloc(PATH_MAX);
	long len;

	if (target == NULL)
		return -ENOMEM;
	len = vfs_readlink(dirfd, path, target, min(n, (size_t)PATH_MAX));
	if (len > 0 && copy_to_user(to, target, (size_t)len) < 0)
		len = -EFAULT;
	kfree(target);
	return len;
}

SYSCALL_4(readlinkat, dirfd, user_path, buf, n)
{
	char *path;
	long result;

	if ((int)n <= 0)
		return -EINVAL;
	result = path_from_user(user_path, &path);
	if (result == 0)
		result = read_link((int)dirfd, path, buf, n);
	kfree(path);
	return result;
}

/*
 * LACKS getdents64: two threads that read a directory through one descriptor
 * may see a name twice, or not.
 */
SYSCALL_3(getdents64, fd, buf, n)
{
	struct file *f = file_of_fd(fd);
	long result = -ENOTDIR;

	if (f == NULL)
		return -EBADF;
	if (f->ops->getdents != NULL)
		result = f->ops->getdents(f, buf, (size_t)max((int)n, 0));
	file_put(f);
	return result;
}

/* ---- where the process is ---- */

SYSCALL_2(getcwd, buf, n)
{
	char *path = kmalloc(PATH_MAX);
	long size;

	if (path == NULL)
		return -ENOMEM;
	size = vfs_getcwd(path);
	if (size > 0 && (size_t)size > n)
		size = -ERANGE;
	if (size > 0 && copy_to_user(buf, path, (size_t)size) < 0)
		size = -EFAULT;
	kfree(path);
	return size;
}

static long enter(vaddr_t path, int (*change)(const struct path *dir))
{
	struct path dir;
	int err = path_at((unsigned long)AT_FDCWD, path, LOOKUP_FOLLOW, &dir);

	if (err == 0)
		err = change(&dir);
	path_put(&dir);
	return err;
}

SYSCALL_1(chdir, path)
{
	return enter(path, vfs_chdir);
}

SYSCALL_1(chroot, path)
{
	return enter(path, vfs_chroot);
}

/* O_PATH is good enough. */
SYSCALL_1(fchdir, fd)
{
	struct file *f = fd_get((int)fd);
	int err = -ENOTDIR;

	if (f == NULL)
		return -EBADF;

	const struct path dir = { f->mount, f->inode };

	if (f->inode != NULL)
		err = vfs_chdir(&dir);
	file_put(f);
	return err;
}

SYSCALL_1(umask, mask)
{
	return vfs_umask((unsigned)mask);
}
