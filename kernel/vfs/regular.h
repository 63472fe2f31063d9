#pragma once

/*
 * vfs/regular.h - regular files: contents and size.
 */

#include "lib/types.h"

struct file_ops;
struct inode;

/* No file is larger: offsets are signed. */
#define FILE_SIZE_MAX (1UL << 62)

/* Of an open file whose bytes are in inode->pagecache. */
extern const struct file_ops regular_file_ops;

/* Set the size: 0, -EFBIG, -EINVAL (it has none), or what the file system
 * says. */
int inode_truncate(struct inode *inode, uint64_t size);
/* fallocate() without flags but KEEP_SIZE: room for [@offset, @offset + @n). */
int inode_allocate(struct inode *inode, uint64_t offset, uint64_t n,
		   bool keep_size);
/* The same with PUNCH_HOLE: zeros, and less memory. */
int inode_punch(struct inode *inode, uint64_t offset, uint64_t n);
/* @n bytes behind its end, all or none: 0, -ENOSPC, ...  It has a page cache. */
int inode_append(struct inode *inode, const void *from, size_t n);
/* All that was written is safe. */
int inode_sync(struct inode *inode);
