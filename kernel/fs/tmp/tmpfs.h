#pragma once

/*
 * fs/tmp/tmpfs.h - the file system in memory: the page cache of a file is
 * the file.
 */

#include "lib/types.h"

struct filesystem;
struct inode;

/*
 * From now on there is a limit: half of the memory that is free, and what is
 * there already; as many files.  @options, which may be NULL, says otherwise:
 * "size=BYTES[k|m|g|%],nr_inodes=N[k|m|g]", as Linux's mount options; 0 is no
 * limit.  False: it cannot be understood.
 */
bool tmpfs_limit(const char *options);

/* A new one, with an empty root directory; NULL: no memory. */
struct filesystem *tmpfs_create(void);

/* A regular file without a name, owned by the running process, for
 * memfd_create(): 0, -ENOSPC or -ENOMEM. */
int tmpfs_create_nameless(unsigned mode, struct inode **inode);
