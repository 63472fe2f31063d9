#pragma once

/*
 * disk/disk_internal.h - which disks there are.
 *
 *	disk.c		the disks, and moving sectors
 *	cache.c		the page cache of one
 *	file.c		the files that programs open
 *	flusher.c	writing back
 *	loop.c		disks that are in files
 */

#include "disk/disk.h"
#include "vfs/file.h"

extern const struct file_ops disk_file_ops;

void flusher_init(void);
void loop_init(void);
