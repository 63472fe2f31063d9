#pragma once

/*
 * fs/tmp/tmpfs.h - the file system in memory that holds everything: the page
 * cache of a file is the file.
 */

#include "vfs/inode.h"

extern const struct inode_ops tmpfs_inode_ops;

/* A regular file without a name, for memfd_create(); see inode_create(). */
struct inode *tmpfs_create_file(unsigned mode);

/* Set the size of a regular file: 0, -EFBIG, -EINVAL. */
int tmpfs_truncate(struct inode *inode, uint64_t size);
/* fallocate() without flags but KEEP_SIZE: room for [@offset, @offset + @n). */
int tmpfs_allocate(struct inode *inode, uint64_t offset, uint64_t n,
		   bool keep_size);
/* Bytes of memory that the contents take. */
uint64_t tmpfs_bytes_used(struct inode *inode);
