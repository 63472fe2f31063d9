#pragma once

/*
 * syscall/mount_attr.h - MOUNT_ATTR_*, in which fsmount() and mount_setattr() say
 * what mount() says by MS_*.
 */

#include "lib/errno.h"
#include "lib/types.h"
#include "vfs/mount.h"

#define MOUNT_ATTR_RDONLY 1U
#define MOUNT_ATTR_NOSUID 2U
#define MOUNT_ATTR_NODEV 4U
#define MOUNT_ATTR_NOEXEC 8U
#define MOUNT_ATTR_TIMES 0x70UL /* one of these: */
#define MOUNT_ATTR_RELATIME 0U
#define MOUNT_ATTR_NOATIME 0x10U
#define MOUNT_ATTR_STRICTATIME 0x20U
#define MOUNT_ATTR_NODIRATIME 0x80U
#define MOUNT_ATTR_NOSYMFOLLOW 0x200000U
#define MOUNT_ATTR_KNOWN                                                    \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |         \
	 MOUNT_ATTR_NOEXEC | MOUNT_ATTR_TIMES | MOUNT_ATTR_NODIRATIME |     \
	 MOUNT_ATTR_NOSYMFOLLOW)

/* MOUNT_* of all but the access times. */
static inline unsigned mount_attr_flags(uint64_t attr)
{
	return (attr & MOUNT_ATTR_RDONLY ? MOUNT_RDONLY : 0) |
	       (attr & MOUNT_ATTR_NOSUID ? MOUNT_NOSUID : 0) |
	       (attr & MOUNT_ATTR_NODEV ? MOUNT_NODEV : 0) |
	       (attr & MOUNT_ATTR_NOEXEC ? MOUNT_NOEXEC : 0) |
	       (attr & MOUNT_ATTR_NODIRATIME ? MOUNT_NODIRATIME : 0) |
	       (attr & MOUNT_ATTR_NOSYMFOLLOW ? MOUNT_NOSYMFOLLOW : 0);
}

/* The other way round, with the access times. */
static inline uint64_t mount_attr_of_flags(unsigned flags)
{
	return (flags & MOUNT_RDONLY ? MOUNT_ATTR_RDONLY : 0) |
	       (flags & MOUNT_NOSUID ? MOUNT_ATTR_NOSUID : 0) |
	       (flags & MOUNT_NODEV ? MOUNT_ATTR_NODEV : 0) |
	       (flags & MOUNT_NOEXEC ? MOUNT_ATTR_NOEXEC : 0) |
	       (flags & MOUNT_NODIRATIME ? MOUNT_ATTR_NODIRATIME : 0) |
	       (flags & MOUNT_NOSYMFOLLOW ? MOUNT_ATTR_NOSYMFOLLOW : 0) |
	       (flags & MOUNT_NOATIME	? MOUNT_ATTR_NOATIME :
		flags & MOUNT_RELATIME ? MOUNT_ATTR_RELATIME :
					  MOUNT_ATTR_STRICTATIME);
}

/* What @attr says of them, into *@flags: 0 or -EINVAL. */
static inline int mount_attr_times(uint64_t attr, unsigned *flags)
{
	switch (attr & MOUNT_ATTR_TIMES) {
	case MOUNT_ATTR_RELATIME:
		*flags |= MOUNT_RELATIME;
		return 0;
	case MOUNT_ATTR_NOATIME:
		*flags |= MOUNT_NOATIME;
		return 0;
	case MOUNT_ATTR_STRICTATIME:
		return 0;
	}
	return -EINVAL;
}
