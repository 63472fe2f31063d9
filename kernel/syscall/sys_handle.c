/*
 * syscall/sys_handle.c - name_to_handle_at() and open_by_handle_at(): a file by
 * what its file system calls it, without a path.
 *
 * A handle (vfs/handle.h) passes by the rights of all directories above, so to use
 * one takes CAP_DAC_READ_SEARCH; to get one does not.
 */

#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "syscall/file_args.h"
#include "syscall/syscall.h"
#include "vfs/caps.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/handle.h"
#include "vfs/mount.h"

#define AT_HANDLE_MNT_ID_UNIQUE 0x1U
#define AT_HANDLE_FID 0x200U /* to compare, not to open: anything has one */

#define MAX_BODY_BYTES 128U

/* ---- telling ---- */

static int put_mount_id(vaddr_t to, const struct mount *m, bool unique)
{
	uint32_t id = m != NULL ? m->id : 0;
	uint64_t other = unique_mount_id(id);

	return unique ? copy_to_user(to, &other, sizeof(other)) :
			copy_to_user(to, &id, sizeof(id));
}

/* Where there is not enough room, how much it takes is told all the same. */
static int put_handle(vaddr_t to, struct inode *inode, uint32_t room)
{
	struct inode_handle h = inode_handle(inode);
	bool fits = (room & ~3U) >= HANDLE_BODY;
	int err;

	if (!fits)
		h.type = HANDLE_INVALID;
	err = copy_to_user(to, &h, HANDLE_HEAD + (fits ? HANDLE_BODY : 0));
	return err == 0 && !fits ? -EOVERFLOW : err;
}

static int tell(const struct path *at, vaddr_t user_handle, vaddr_t mount_id,
		unsigned long flags)
{
	uint32_t room;
	int err;

	if (at->inode->fs->ops->show == NULL && !(flags & AT_HANDLE_FID))
		return -EOPNOTSUPP;
	err = copy_from_user(&room, user_handle, sizeof(room));
	if (err == 0 && room > MAX_BODY_BYTES)
		err = -EINVAL;
	if (err == 0)
		err = put_mount_id(mount_id, at->mount,
				   flags & AT_HANDLE_MNT_ID_UNIQUE);
	return err != 0 ? err : put_handle(user_handle, at->inode, room);
}

/* LACKS name_to_handle_at: of a pipe it is `ENOTDIR`. */
SYSCALL_5(name_to_handle_at, dirfd, name, handle, mount_id, flags)
{
	unsigned how = (flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) |
		       (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	struct path at;
	int err;

	if (flags & ~(unsigned long)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH |
				     AT_HANDLE_FID | AT_HANDLE_MNT_ID_UNIQUE))
		return -EINVAL;
	err = path_at(dirfd, name, how, &at);
	if (err != 0)
		return err == -ENXIO ? -EOPNOTSUPP : err;
	err = tell(&at, handle, mount_id, flags);
	path_put(&at);
	return err;
}

/* ---- opening ---- */

/* Any file of the mount that is meant. */
static int mount_of_fd(unsigned long fd, struct path *out)
{
	struct file *f;

	if ((int)fd != AT_FDCWD) {
		f = file_of_fd(fd);
		if (f == NULL)
			return -EBADF;
		file_put(f);
	}
	return vfs_lookup_path((int)fd, "", LOOKUP_EMPTY, out);
}

static int handle_from_user(vaddr_t from, struct inode_handle *h)
{
	int err = copy_from_user(h, from, HANDLE_HEAD);

	if (err != 0)
		return err;
	if (h->bytes == 0 || h->bytes > MAX_BODY_BYTES)
		return -EINVAL;
	if (h->bytes < HANDLE_BODY)
		return -ESTALE;
	return copy_from_user(&h->generation, from + HANDLE_HEAD, HANDLE_BODY);
}

/* What @h stands for in the file system of @at is there instead. */
static int go_to(struct path *at, const struct inode_handle *h)
{
	uint64_t ino = h->ino_low | (uint64_t)h->ino_high << 32;
	struct inode *inode;
	int err = vfs_find_inode(at->inode->fs, ino, h->generation, &inode);

	if (err != 0)
		return err;
	inode_put(at->inode);
	at->inode = inode;
	return 0;
}

static int open_inode(const struct path *at, unsigned flags)
{
	struct file *f;
	int fd = fd_reserve(flags & O_CLOEXEC), err;

	if (fd < 0)
		return fd;
	err = vfs_open_inode(at, flags & O_PATH ? flags : flags | O_LARGEFILE, &f);
	if (err < 0) {
		fd_unreserve(fd);
		return err;
	}
	fd_fill(fd, f);
	return fd;
}

static int open_handle(struct path *at, vaddr_t handle, unsigned flags)
{
	struct inode_handle h;
	int err;

	if (!cred_can(current_cred(), CAP_DAC_READ_SEARCH))
		return -EPERM;
	err = handle_from_user(handle, &h);
	if (err == 0)
		err = go_to(at, &h);
	return err != 0 ? err : open_inode(at, flags);
}

/* LACKS open_by_handle_at: a file on a disk that has lost its last name is `ESTALE`,
 * though somebody has it open. */
SYSCALL_3(open_by_handle_at, mount_fd, handle, flags)
{
	struct path at;
	int result = mount_of_fd(mount_fd, &at);

	if (result != 0) /* a pipe is in no mount */
		return result == -ENXIO || result == -ENOTDIR ? -ESTALE : result;
	result = open_handle(&at, handle, (unsigned)flags & OPEN_FLAGS);
	path_put(&at);
	return result;
}
