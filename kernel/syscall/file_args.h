#pragma once

/*
 * syscall/file_args.h - descriptors and paths as arguments of system calls.
 */

#include "lib/compiler.h"
#include "lib/types.h"
#include "vfs/file.h"
#include "vfs/path.h"

/* The open file of a descriptor, with a reference; NULL: none, or one that
 * was opened with O_PATH and is good for nothing but its name. */
struct file *file_of_fd(unsigned long fd);

/* A copy of the path at @addr, to be kfree'd: 0, -EFAULT, -ENAMETOOLONG,
 * -ENOMEM. */
int MUST_CHECK path_from_user(vaddr_t addr, char **out);

#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR 0x200
#define AT_EACCESS 0x200
#define AT_SYMLINK_FOLLOW 0x400
#define AT_NO_AUTOMOUNT 0x800
#define AT_EMPTY_PATH 0x1000

/* ---- what open() and its like know ---- */

/* What F_GETFL shows of every file opened by name. */
#define O_LARGEFILE 0100000U

#define O_FULL_SYNC 04000000U /* with O_DSYNC it is O_SYNC */
#define O_NAMELESS 020000000U /* with O_DIRECTORY it is O_TMPFILE */

#define OPEN_FLAGS                                                         \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND |    \
	 O_NONBLOCK | O_DSYNC | O_ASYNC | O_DIRECT | O_LARGEFILE |         \
	 O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_FULL_SYNC |  \
	 O_PATH | O_NAMELESS)

/* The other number of a mount, which none gets again: statx(), name_to_handle_at(),
 * statmount(). No id of /proc/PID/mountinfo is as large. */
#define UNIQUE_MOUNT_IDS (1UL << 32)

static inline uint64_t unique_mount_id(unsigned id)
{
	return id + UNIQUE_MOUNT_IDS;
}

/* The mount that is meant by one; 0: none can be. */
static inline unsigned mount_of_unique_id(uint64_t id)
{
	return id - UNIQUE_MOUNT_IDS <= UINT32_MAX ?
		       (unsigned)(id - UNIQUE_MOUNT_IDS) : 0;
}

/* LOOKUP_* for calls that follow links unless told otherwise. */
static inline unsigned lookup_flags(unsigned long at_flags)
{
	return (at_flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
	       (at_flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

/* The inode a path of the program names, with a reference. */
int MUST_CHECK inode_at(unsigned long dirfd, vaddr_t path, unsigned how,
			struct inode **out);
/* The same, and what is to be known of the mount. */
int MUST_CHECK sight_at(unsigned long dirfd, vaddr_t path, unsigned how,
			struct sight *out);
/* The same, and in which mount, with a reference. */
int MUST_CHECK path_at(unsigned long dirfd, vaddr_t path, unsigned how,
		       struct path *out);
/* That of a descriptor, to be changed: -EBADF, -EROFS, or -EINVAL when it has
 * none (a pipe). */
int MUST_CHECK inode_of_fd(unsigned long fd, struct inode **out);
