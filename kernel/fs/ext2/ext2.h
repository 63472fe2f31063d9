#pragma once

/*
 * fs/ext2/ext2.h - the file system on disks.
 */

/* Boot: mount() knows it. */
void ext2_init(void);
