/*
 * syscall/sys_mount_tree.c - open_tree(), move_mount(), mount_setattr().
 *
 * Source: open_tree(2), move_mount(2), mount_setattr(2).
 */
#include "syscall/mount_attr.h"
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/growing.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/file_args.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/landlock/landlock.h"
#include "vfs/mount.h"

#define AT_RECURSIVE 0x8000U

/* ---- open_tree() ---- */

#define OPEN_TREE_CLONE 1U
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#define OPEN_TREE_KNOWN                                                     \
	(OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH | \
	 AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW)

static int open_path(int dirfd, const char *path, unsigned flags,
		     struct file **out)
{
	unsigned open_flags = O_PATH;

	if (flags & AT_SYMLINK_NOFOLLOW)
		open_flags |= O_NOFOLLOW;
	return vfs_open_by(dirfd, path, open_flags, 0,
			   flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0, out);
}

static int open_tree(int dirfd, const char *path, unsigned flags,
		     struct file **out)
{
	const struct mount_place at = { dirfd, path, lookup_flags(flags) };

	return flags & OPEN_TREE_CLONE ?
		       vfs_mount_clone(&at, flags & AT_RECURSIVE, out) :
		       open_path(dirfd, path, flags, out);
}

/* LACKS open_tree: no mounts below another are copied (`AT_RECURSIVE`, where
 * there are any, is `EINVAL`). */
SYSCALL_3(open_tree, dirfd, user_path, user_flags)
{
	unsigned flags = (unsigned)user_flags;
	struct file *f = NULL;
	char *path;
	int err;

	if ((flags & ~OPEN_TREE_KNOWN) ||
	    (flags & (AT_RECURSIVE | OPEN_TREE_CLONE)) == AT_RECURSIVE)
		return -EINVAL;
	if ((flags & OPEN_TREE_CLONE) && !cred_is_root(current_cred()))
		return -EPERM;
	err = path_from_user(user_path, &path);
	if (err != 0)
		return err;
	err = open_tree((int)dirfd, path, flags, &f);
	kfree(path);
	return err != 0 ? err : fd_install(f, flags & OPEN_TREE_CLOEXEC);
}

/* ---- move_mount() ---- */

#define MOVE_FROM_SYMLINKS 1U
#define MOVE_FROM_EMPTY_PATH 4U
#define MOVE_TO_SYMLINKS 0x10U
#define MOVE_TO_EMPTY_PATH 0x40U
#define MOVE_SET_GROUP 0x100U
#define MOVE_BENEATH 0x200U
#define MOVE_KNOWN 0x377U

static unsigned how_to_find(unsigned flags, unsigned symlinks, unsigned empty)
{
	return (flags & symlinks ? LOOKUP_FOLLOW : 0) |
	       (flags & empty ? LOOKUP_EMPTY : 0);
}

/* LACKS move_mount: no mount is shared, so `MOVE_MOUNT_SET_GROUP` is `EINVAL`;
 * beneath another goes only what is nowhere yet. */
SYSCALL_5(move_mount, from_dirfd, user_from, to_dirfd, user_to, user_flags)
{
	unsigned flags = (unsigned)user_flags;
	char *from, *to = NULL;
	int err;

	if (!cred_is_root(current_cred()))
		return -EPERM;
	/* No mount is in a group that another could join. */
	if ((flags & ~MOVE_KNOWN) || (flags & MOVE_SET_GROUP))
		return -EINVAL;
	err = path_from_user(user_from, &from);
	if (err != 0)
		return err;
	err = path_from_user(user_to, &to);
	if (err == 0)
		err = landlock_may_mount();
	if (err == 0)
		err = vfs_mount_move_tree(
			&(struct mount_place){ (int)from_dirfd, from,
				how_to_find(flags, MOVE_FROM_SYMLINKS,
					    MOVE_FROM_EMPTY_PATH) },
			&(struct mount_place){ (int)to_dirfd, to,
				how_to_find(flags, MOVE_TO_SYMLINKS,
					    MOVE_TO_EMPTY_PATH) },
			flags & MOVE_BENEATH);
	kfree(from);
	kfree(to);
	return err;
}

/* ---- mount_setattr() ---- */

#define MS_PRIVATE (1U << 18)
#define MS_SLAVE (1U << 19)
#define MS_PROPAGATION (15UL << 17)

struct mount_attr {
	uint64_t set, clear, propagation, userns_fd;
};

#define MOUNT_ATTR_SIZE_VER0 sizeof(struct mount_attr)
#define SETATTR_KNOWN                                                \
	(AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW)

/* No mount is shared: to be private, or the slave of nobody, is what each is. */
static bool is_possible(const struct mount_attr *attr)
{
	return attr->propagation == 0 || attr->propagation == MS_PRIVATE ||
	       attr->propagation == MS_SLAVE;
}

/* What is said of access times goes together: who says one thing of them takes
 * all back that was said. */
static int flags_of(const struct mount_attr *attr, unsigned *set, unsigned *clear)
{
	uint64_t times = attr->clear & MOUNT_ATTR_TIMES;

	if (((attr->set | attr->clear) & ~MOUNT_ATTR_KNOWN) || !is_possible(attr))
		return -EINVAL;
	if (times != 0 ? times != MOUNT_ATTR_TIMES : (attr->set & MOUNT_ATTR_TIMES))
		return -EINVAL;
	*clear = mount_attr_flags(attr->clear & ~MOUNT_ATTR_TIMES);
	*set = mount_attr_flags(attr->set & ~MOUNT_ATTR_TIMES);
	if (times != 0) {
		*clear |= MOUNT_NOATIME | MOUNT_RELATIME;
		return mount_attr_times(attr->set, set);
	}
	return 0;
}

static int set_attr(int dirfd, vaddr_t user_path, unsigned flags,
		    const struct mount_attr *attr)
{
	unsigned set = 0, clear = 0;
	char *path;
	int err = flags_of(attr, &set, &clear);

	if (err == 0)
		err = path_from_user(user_path, &path);
	if (err != 0)
		return err;
	err = vfs_mount_set(&(struct mount_place){ dirfd, path, lookup_flags(flags) },
			    set, clear, flags & AT_RECURSIVE);
	kfree(path);
	return err;
}

/* LACKS mount_setattr: `MS_SHARED` and `MS_UNBINDABLE`, and `MOUNT_ATTR_IDMAP`, are
 * `EINVAL`. */
SYSCALL_5(mount_setattr, dirfd, path, user_flags, user_attr, size)
{
	unsigned flags = (unsigned)user_flags;
	struct mount_attr attr;
	int err;

	if (flags & ~SETATTR_KNOWN)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < MOUNT_ATTR_SIZE_VER0)
		return -EINVAL;
	if (!cred_is_root(current_cred()))
		return -EPERM;
	err = growing_from_user(&attr, sizeof(attr), user_attr, size);
	if (err != 0)
		return err;
	if (attr.set == 0 && attr.clear == 0 && attr.propagation == 0)
		return 0;
	return set_attr((int)dirfd, path, flags, &attr);
}
