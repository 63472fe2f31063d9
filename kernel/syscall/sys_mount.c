/*
 * syscall/sys_mount.c - mount(), umount2().
 *
 * One call does five things, and its flags say which; in Linux's order.
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/file_args.h"
#include "vfs/cred.h"
#include "vfs/landlock/landlock.h"
#include "vfs/mount.h"

#define MS_REMOUNT 32U
#define MS_BIND 4096U
#define MS_MOVE 8192U
#define MS_REC 16384U
#define MS_SILENT 32768U
#define MS_UNBINDABLE (1U << 17)
#define MS_PRIVATE (1U << 18)
#define MS_SLAVE (1U << 19)
#define MS_SHARED (1U << 20)
#define MS_STRICTATIME (1U << 24)
#define MS_PROPAGATION (MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED)
#define MS_MAGIC 0xc0ed0000U
#define MS_MAGIC_MASK 0xffff0000U
#define MS_NOUSER (1U << 31)

/* A string of the caller's, of a page with its NUL; NULL stays NULL. */
static int string_from_user(vaddr_t from, char **out)
{
	long len;

	*out = NULL;
	if (from == 0)
		return 0;
	*out = kmalloc(PAGE_SIZE);
	if (*out == NULL)
		return -ENOMEM;
	len = strncpy_from_user(*out, from, PAGE_SIZE);
	if (len == -ENAMETOOLONG)
		return -EINVAL;
	return len < 0 ? (int)len : 0;
}

struct mount_args {
	char *source, *path, *type, *options;
	unsigned flags;
};

static int get_args(struct mount_args *a, vaddr_t source, vaddr_t path,
		    vaddr_t type, vaddr_t options)
{
	int err = string_from_user(type, &a->type);

	if (err == 0)
		err = string_from_user(source, &a->source);
	if (err == 0)
		err = string_from_user(options, &a->options);
	if (err == 0)
		err = path_from_user(path, &a->path);
	return err;
}

/* Whoever says nothing of it gets RELATIME; a remount keeps nothing else. */
static unsigned place_flags(unsigned flags)
{
	unsigned place = flags & (MOUNT_FLAGS & ~MOUNT_RELATIME);

	if (!(flags & (MOUNT_NOATIME | MS_STRICTATIME)))
		place |= MOUNT_RELATIME;
	return place;
}

/* There is one namespace and no mount is shared: to be private, or the slave
 * of nobody, is what each is. */
static long change_propagation(const struct mount_args *a)
{
	unsigned type = a->flags & ~(MS_REC | MS_SILENT);

	if (type != MS_PRIVATE && type != MS_SLAVE)
		return -EINVAL;
	return vfs_mount_find(a->path);
}

static long from_another(const struct mount_args *a)
{
	if (a->source == NULL || *a->source == '\0')
		return -EINVAL;
	return a->flags & MS_BIND ?
		       vfs_mount_bind(a->source, a->path, a->flags & MS_REC) :
		       vfs_mount_move(a->source, a->path);
}

static long mount(const struct mount_args *a)
{
	unsigned place = place_flags(a->flags);

	if (a->flags & MS_REMOUNT)
		return vfs_mount_change(a->path, a->options, place,
					a->flags & MS_BIND);
	if (a->flags & MS_BIND)
		return from_another(a);
	if (a->flags & MS_PROPAGATION)
		return change_propagation(a);
	if (a->flags & MS_MOVE)
		return from_another(a);
	if (a->type == NULL)
		return -EINVAL;
	return vfs_mount_new(a->source, a->path, a->type, a->options, place);
}

/* The place is looked for first, as on Linux: -ENOENT comes before -EPERM. */
static long may_mount_at(const char *path, unsigned how)
{
	struct inode *inode;
	long err = vfs_lookup(AT_FDCWD, path, how, &inode);

	if (err != 0)
		return err;
	inode_put(inode);
	return cred_can(current_cred(), CAP_SYS_ADMIN) ? 0 : -EPERM;
}

/*
 * LACKS mount: `MS_SHARED` and `MS_UNBINDABLE` are `EINVAL`: there is one
 * namespace and no mount is shared; `MS_SYNCHRONOUS`, `MS_DIRSYNC`,
 * `MS_LAZYTIME` and `MS_I_VERSION` are passed over; `/proc/filesystems` has
 * what can be mounted.
 */
SYSCALL_5(mount, source, path, type, flags, options)
{
	struct mount_args a = { .flags = (unsigned)flags };
	long err = get_args(&a, source, path, type, options);

	if ((a.flags & MS_MAGIC_MASK) == MS_MAGIC)
		a.flags &= ~MS_MAGIC_MASK;
	if (err == 0)
		err = may_mount_at(a.path, LOOKUP_FOLLOW);
	if (err == 0)
		err = landlock_may_mount();
	if (err == 0)
		err = a.flags & MS_NOUSER ? -EINVAL : mount(&a);
	kfree(a.source);
	kfree(a.path);
	kfree(a.type);
	kfree(a.options);
	return err;
}

#define UMOUNT_KNOWN                                              \
	(UMOUNT_FORCE | UMOUNT_DETACH | UMOUNT_EXPIRE | UMOUNT_NOFOLLOW)

SYSCALL_2(umount2, user_path, flags)
{
	char *path;
	long err;

	if (flags & ~(unsigned long)UMOUNT_KNOWN)
		return -EINVAL;
	err = path_from_user(user_path, &path);
	if (err == 0)
		err = may_mount_at(path, LOOKUP_TO_UMOUNT |
				   (flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW));
	if (err == 0)
		err = vfs_umount(path, (unsigned)flags);
	kfree(path);
	return err;
}
