/*
 * syscall/sys_xattr.c - extended attributes: four calls, each by a path, by a
 * path whose last link is not followed, and by a descriptor.
 */

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/file_args.h"
#include "syscall/syscall.h"
#include "vfs/mount.h"
#include "vfs/xattr.h"

/* ---- arguments ---- */

/* What it is about: *@out with a reference, or NULL for what has no inode. */
static int find_path(vaddr_t path, unsigned how, struct inode **out)
{
	int err = inode_at((unsigned long)AT_FDCWD, path, how, out);

	return err == -ENXIO ? 0 : err;
}

static int find_fd(unsigned long fd, unsigned how, struct inode **out)
{
	struct file *f = file_of_fd(fd);
	int err = 0;

	if (f == NULL)
		return -EBADF;
	if ((how & LOOKUP_CHANGE) && f->mount != NULL &&
	    mount_is_readonly(f->mount))
		err = -EROFS;
	else if (f->inode != NULL)
		inode_get(*out = f->inode);
	file_put(f);
	return err;
}

#define NAME_BUFFER (XATTR_NAME_MAX + 1)

static int name_from_user(char *name, vaddr_t from)
{
	long length = strncpy_from_user(name, from, NAME_BUFFER);

	return length == 0 || length == -ENAMETOOLONG ? -ERANGE : (int)min(length, 0L);
}

static int xattr_from_user(struct xattr **out, vaddr_t user_name, vaddr_t value,
			   size_t size, unsigned long flags)
{
	char name[NAME_BUFFER];
	int err;

	if (flags & ~(unsigned long)(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	err = name_from_user(name, user_name);
	if (err < 0)
		return err;
	if (size > XATTR_SIZE_MAX)
		return -E2BIG;
	*out = xattr_create(name, size);
	if (*out == NULL)
		return -ENOMEM;
	err = copy_from_user(xattr_value(*out), value, size);
	if (err < 0)
		xattr_put(*out);
	return err;
}

/* ---- the calls; @err says how finding @inode went, whose reference goes ---- */

static long set(int err, struct inode *inode, vaddr_t name, vaddr_t value,
		size_t size, unsigned long flags)
{
	struct xattr *new;

	if (err == 0)
		err = xattr_from_user(&new, name, value, size, flags);
	if (err == 0)
		err = inode_set_xattr(inode, new, (unsigned)flags);
	inode_put(inode);
	return err;
}

/* A size of 0 asks how much there is. */
static long value_to_user(struct xattr *x, vaddr_t to, size_t size)
{
	if (size != 0 && x->size > size)
		return -ERANGE;
	if (size != 0 && copy_to_user(to, xattr_value(x), x->size) < 0)
		return -EFAULT;
	return (long)x->size;
}

static long get(int err, struct inode *inode, vaddr_t user_name, vaddr_t value,
		size_t size)
{
	char name[NAME_BUFFER];
	struct xattr *x;
	long result = err;

	if (result == 0)
		result = name_from_user(name, user_name);
	if (result == 0)
		result = inode_get_xattr(inode, name, &x);
	if (result == 0) {
		result = value_to_user(x, value, size);
		xattr_put(x);
	}
	inode_put(inode);
	return result;
}

static long list_to_user(struct inode *inode, vaddr_t to, size_t size)
{
	char *buf;
	long length;

	if (size == 0)
		return inode_list_xattrs(inode, NULL, 0);
	size = min(size, XATTR_LIST_MAX);
	buf = kmalloc(size);
	if (buf == NULL)
		return -ENOMEM;
	length = inode_list_xattrs(inode, buf, size);
	if (length > 0 && copy_to_user(to, buf, (size_t)length) < 0)
		length = -EFAULT;
	kfree(buf);
	return length;
}

static long list(int err, struct inode *inode, vaddr_t to, size_t size)
{
	long result = err < 0 ? err : list_to_user(inode, to, size);

	inode_put(inode);
	return result;
}

static long remove(int err, struct inode *inode, vaddr_t user_name)
{
	char name[NAME_BUFFER];

	if (err == 0)
		err = name_from_user(name, user_name);
	if (err == 0)
		err = inode_remove_xattr(inode, name);
	inode_put(inode);
	return err;
}

/* ---- by a path ---- */

/*
 * LACKS setxattr, lsetxattr, fsetxattr, getxattr, lgetxattr, fgetxattr,
 * listxattr, llistxattr, flistxattr, removexattr, lremovexattr, fremovexattr:
 * a tmpfs alone has attributes (ext2 keeps and hides its own); access control
 * lists (`system.posix_acl_access`) and capabilities of files
 * (`security.capability`) are `EOPNOTSUPP`.
 */
SYSCALL_5(setxattr, path, name, value, size, flags)
{
	struct inode *inode = NULL;
	int err = find_path(path, LOOKUP_FOLLOW | LOOKUP_CHANGE, &inode);

	return set(err, inode, name, value, size, flags);
}

SYSCALL_4(getxattr, path, name, value, size)
{
	struct inode *inode = NULL;
	int err = find_path(path, LOOKUP_FOLLOW, &inode);

	return get(err, inode, name, value, size);
}

SYSCALL_3(listxattr, path, to, size)
{
	struct inode *inode = NULL;
	int err = find_path(path, LOOKUP_FOLLOW, &inode);

	return list(err, inode, to, size);
}

SYSCALL_2(removexattr, path, name)
{
	struct inode *inode = NULL;
	int err = find_path(path, LOOKUP_FOLLOW | LOOKUP_CHANGE, &inode);

	return remove(err, inode, name);
}

/* ---- of a link itself ---- */

SYSCALL_5(lsetxattr, path, name, value, size, flags)
{
	struct inode *inode = NULL;
	int err = find_path(path, LOOKUP_CHANGE, &inode);

	return set(err, inode, name, value, size, flags);
}

SYSCALL_4(lgetxattr, path, name, value, size)
{
	struct inode *inode = NULL;
	int err = find_path(path, 0, &inode);

	return get(err, inode, name, value, size);
}

SYSCALL_3(llistxattr, path, to, size)
{
	struct inode *inode = NULL;
	int err = find_path(path, 0, &inode);

	return list(err, inode, to, size);
}

SYSCALL_2(lremovexattr, path, name)
{
	struct inode *inode = NULL;
	int err = find_path(path, LOOKUP_CHANGE, &inode);

	return remove(err, inode, name);
}

/* ---- by a descriptor ---- */

SYSCALL_5(fsetxattr, fd, name, value, size, flags)
{
	struct inode *inode = NULL;
	int err = find_fd(fd, LOOKUP_CHANGE, &inode);

	return set(err, inode, name, value, size, flags);
}

SYSCALL_4(fgetxattr, fd, name, value, size)
{
	struct inode *inode = NULL;
	int err = find_fd(fd, 0, &inode);

	return get(err, inode, name, value, size);
}

SYSCALL_3(flistxattr, fd, to, size)
{
	struct inode *inode = NULL;
	int err = find_fd(fd, 0, &inode);

	return list(err, inode, to, size);
}

SYSCALL_2(fremovexattr, fd, name)
{
	struct inode *inode = NULL;
	int err = find_fd(fd, LOOKUP_CHANGE, &inode);

	return remove(err, inode, name);
}
