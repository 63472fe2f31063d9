#pragma once

/*
 * vfs/seals.h - what is not done to a file any more: fcntl(F_ADD_SEALS).
 *
 * Who hands memory to another by memfd_create() seals it, and the other need
 * not fear that it changes, or ends, under his eyes.  The seals stand in the
 * page cache (mm/pagecache.h), where mappings are known as well.
 */

#include "lib/types.h"
#include "sync/lockclass.h"

struct file;
struct inode;

/* 0, or -EINVAL (it has no such thing), -EPERM, -EBUSY. */
int file_add_seals(struct file *f, unsigned seals);
/* What they are, or -EINVAL. */
int file_seals(const struct file *f);

/* With inode->lock held: 0 or -EPERM.  A write of *@n bytes at @pos, which may
 * be cut; a new size; a hole. */
int seals_check_write(const struct inode *inode, uint64_t pos, size_t *n)
	REQUIRES(C_inode);
int seals_check_size(const struct inode *inode, uint64_t size)
	REQUIRES(C_inode);
int seals_check_punch(const struct inode *inode) REQUIRES(C_inode);
