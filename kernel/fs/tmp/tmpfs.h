#pragma once

/*
 * fs/tmp/tmpfs.h - the file system in memory: the page cache of a file is
 * the file.
 */

#include "lib/types.h"

struct filesystem;
struct inode;

/* What mount() may say, as on Linux; 0 is no limit. */
#define TMPFS_OPTIONS \
	"size=N[k|m|g|%],nr_blocks=N,nr_inodes=N[k|m|g],mode=OCTAL,uid=N,gid=N"

/*
 * From now on there is a limit for all together: half of the memory that is
 * free, and what is there already; as many files.  @options, which may be
 * NULL, are for @root, the first.  False: they cannot be understood.
 */
bool tmpfs_limit(struct filesystem *root, const char *options);

/*
 * A new one, with an empty root directory; a sight of it for the caller.  It
 * has room for half of memory, within the limit of all together, but where
 * @options (may be NULL) say how much.  0, -EINVAL, -ENOMEM.
 */
int tmpfs_create(const char *type, const char *options,
		 struct filesystem **fs);

/* One of those that boot makes; its root is for root alone to write.  Until
 * tmpfs_limit() the archive may fill all of memory: half of what it leaves is
 * less than it has. */
struct filesystem *tmpfs_create_first(const char *type);

/* Tell mount() of it, and make /dev/shm.  Boot, when there is /dev. */
void tmpfs_init(void);

/* A regular file without a name, owned by the running process, for
 * memfd_create(): 0, -ENOSPC or -ENOMEM. */
int tmpfs_create_nameless(unsigned mode, struct inode **inode);
