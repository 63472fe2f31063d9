#pragma once

/*
 * fs/ext2/super_internal.h - the superblock (super.c), for who mounts (mount.c).
 */

#include "fs/ext2/ext2_internal.h"

/* What it says, if that can be right: 0, -EINVAL or -EIO. */
int ext2_super_read(struct ext2 *ext2, bool readonly);
/* What has changed in memory since goes into it; @clean: there is no more. */
int ext2_super_put(struct ext2 *ext2, bool clean);
/* The disk says from now on that it is not clean, or is so again: 0 or -errno. */
int ext2_begin_writing(struct ext2 *ext2);
int ext2_end_writing(struct ext2 *ext2);

/* Blocks that can never be a file's. */
unsigned ext2_overhead(const struct ext2 *ext2);
