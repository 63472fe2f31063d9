#pragma once

/*
 * fs/tmp/tmpfs.h - the file system in memory: the page cache of a file is
 * the file.
 */

struct filesystem;
struct inode;

/* A new one, with an empty root directory; NULL: no memory. */
struct filesystem *tmpfs_create(void);

/* A regular file without a name, owned by the running process, for
 * memfd_create(); NULL: no memory. */
struct inode *tmpfs_create_nameless(unsigned mode);
