/*
 * syscall/file_args.c - from what a program passes to files and inodes.
 */

#include "syscall/file_args.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "vfs/fdtable.h"
#include "vfs/mount.h"

struct file *file_of_fd(unsigned long fd)
{
	struct file *f = fd_get((int)fd);

	if (f != NULL && (f->mode & FMODE_PATH)) {
		file_put(f);
		return NULL;
	}
	return f;
}

int path_from_user(vaddr_t addr, char **out)
{
	char *buf = kmalloc(PATH_MAX);

	*out = NULL;
	if (buf == NULL)
		return -ENOMEM;

	long len = strncpy_from_user(buf, addr, PATH_MAX);

	if (len < 0) {
		kfree(buf);
		return (int)len;
	}
	*out = buf;
	return 0;
}

int sight_at(unsigned long dirfd, vaddr_t addr, unsigned how, struct sight *out)
{
	char *path;
	int err = path_from_user(addr, &path);

	if (err < 0)
		return err;
	err = vfs_look((int)dirfd, path, how, out);
	kfree(path);
	return err;
}

int inode_at(unsigned long dirfd, vaddr_t addr, unsigned how,
	     struct inode **out)
{
	struct sight s;
	int err = sight_at(dirfd, addr, how, &s);

	if (err == 0)
		*out = s.inode;
	return err;
}

int path_at(unsigned long dirfd, vaddr_t addr, unsigned how, struct path *out)
{
	char *path;
	int err = path_from_user(addr, &path);

	*out = (struct path){ NULL, NULL };
	if (err < 0)
		return err;
	err = vfs_lookup_path((int)dirfd, path, how, out);
	kfree(path);
	return err;
}

int inode_of_fd(unsigned long fd, struct inode **out)
{
	struct file *f = file_of_fd(fd);
	int err = 0;

	if (f == NULL)
		return -EBADF;
	if (f->inode == NULL)
		err = -EINVAL;
	else if (f->mount != NULL && mount_is_readonly(f->mount))
		err = -EROFS;
	else
		inode_get(*out = f->inode);
	file_put(f);
	return err;
}
