/*
 * syscall/sys_open.c - a descriptor for a name.
 *
 * openat() ignores what it does not know, as it always has; openat2() refuses
 * it, and may say by which ways the name is to be reached.
 */

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/growing.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "syscall/file_args.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"

#define PATH_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* A failing open changes nothing: so the descriptor comes first. */
static int open_at(int dirfd, const char *path, unsigned flags, unsigned mode,
		   unsigned how)
{
	struct file *f = NULL;
	int fd = fd_reserve(flags & O_CLOEXEC), err;

	if (fd < 0)
		return fd;
	if (!(flags & O_PATH))
		flags |= O_LARGEFILE;
	err = vfs_open_by(dirfd, path, flags, mode, how, &f);
	if (err < 0) {
		fd_unreserve(fd);
		return err;
	}
	fd_fill(fd, f);
	return fd;
}

static int open_user_path(unsigned long dirfd, vaddr_t user_path,
			  unsigned flags, unsigned mode, unsigned how)
{
	char *path;
	int result = path_from_user(user_path, &path);

	if (result < 0)
		return result;
	result = open_at((int)dirfd, path, flags, mode, how);
	kfree(path);
	return result;
}

/*
 * LACKS openat, openat2: `O_DIRECT` goes through the page cache all the same,
 * `O_DSYNC` is as `O_SYNC`.
 */
SYSCALL_4(openat, dirfd, path, flags, mode)
{
	return open_user_path(dirfd, path, (unsigned)flags & OPEN_FLAGS,
			      (unsigned)mode, 0);
}

/* ---- openat2 ---- */

/* Linux's struct open_how (linux/openat2.h). */
struct open_how {
	uint64_t flags, mode, resolve;
};

#define OPEN_HOW_SIZE_VER0 24

#define RESOLVE_NO_XDEV 1U
#define RESOLVE_NO_MAGICLINKS 2U
#define RESOLVE_NO_SYMLINKS 4U
#define RESOLVE_BENEATH 8U
#define RESOLVE_IN_ROOT 0x10U
#define RESOLVE_CACHED 0x20U
#define RESOLVE_ALL 0x3fU

static unsigned ways(uint64_t resolve)
{
	static const struct {
		unsigned resolve, how;
	} pairs[] = {
		{ RESOLVE_NO_XDEV, LOOKUP_NO_MOUNTS },
		{ RESOLVE_NO_MAGICLINKS, LOOKUP_NO_MAGIC_LINKS },
		{ RESOLVE_NO_SYMLINKS, LOOKUP_NO_LINKS },
		{ RESOLVE_BENEATH, LOOKUP_BENEATH },
		{ RESOLVE_IN_ROOT, LOOKUP_IN_ROOT },
	};
	unsigned how = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++)
		if (resolve & pairs[i].resolve)
			how |= pairs[i].how;
	return how;
}

/* Who makes nothing needs no mode. */
static int check_mode(const struct open_how *how)
{
	if (how->flags & (O_CREAT | O_NAMELESS))
		return how->mode & ~07777UL ? -EINVAL : 0;
	return how->mode != 0 ? -EINVAL : 0;
}

static int check_how(const struct open_how *how)
{
	if ((how->flags & ~(uint64_t)OPEN_FLAGS) ||
	    (how->resolve & ~(uint64_t)RESOLVE_ALL))
		return -EINVAL;
	if ((how->resolve & RESOLVE_BENEATH) && (how->resolve & RESOLVE_IN_ROOT))
		return -EINVAL;
	if ((how->flags & O_PATH) && (how->flags & ~(uint64_t)PATH_FLAGS))
		return -EINVAL;
	return check_mode(how);
}

/*
 * RESOLVE_CACHED asks for what needs no wait for a disk.  All names are in
 * memory, so each is known; but, as on Linux, who wants to change something is
 * told to come again without.
 */
static int check_cached(const struct open_how *how)
{
	if ((how->resolve & RESOLVE_CACHED) &&
	    (how->flags & (O_TRUNC | O_CREAT | O_NAMELESS)))
		return -EAGAIN;
	return 0;
}

SYSCALL_4(openat2, dirfd, path, user_how, size)
{
	struct open_how how;
	int err;

	if (size < OPEN_HOW_SIZE_VER0)
		return -EINVAL;
	err = growing_from_user(&how, sizeof(how), user_how, size);
	if (err == 0)
		err = check_how(&how);
	if (err == 0)
		err = check_cached(&how);
	if (err < 0)
		return err;
	return open_user_path(dirfd, path, (unsigned)how.flags,
			      (unsigned)how.mode, ways(how.resolve));
}
