#pragma once

/*
 * vfs/flags.h - what chattr sets: a file that nobody changes, one that only grows.
 *
 * They hold back root, too, and are asked where something begins: at open(), where
 * a name is taken away or given, where attributes or the size are set.  Who has
 * opened the file before goes on writing, as on Linux.
 */

#include "lib/compiler.h"
#include "vfs/inode.h"

/* As FS_IOC_SETFLAGS has them; the first three are statx()'s as well. */
#define INODE_IMMUTABLE 0x10U
#define INODE_APPEND 0x20U /* of a directory: names are not taken away */
#define INODE_NODUMP 0x40U /* kept, for who backs up */
#define INODE_NOATIME 0x80U

/* Nobody gives it another name, or other attributes. */
#define INODE_FIXED (INODE_IMMUTABLE | INODE_APPEND)

static inline bool inode_has(const struct inode *inode, unsigned flags)
{
	return unlikely((READ_ONCE(inode->flags) & flags) != 0);
}

/* Its flags shall be @flags: 0, -ENOTTY: it keeps none, -EOPNOTSUPP: not all of
 * these, -EPERM. */
int inode_set_flags(struct inode *inode, unsigned flags);
