#pragma once

/*
 * vfs/mount.h - file systems as wholes, and where they are attached.
 *
 *	static struct filesystem my_fs = { .ops = &my_ops, .type = "my" };
 *
 *	my_fs.root = ...;
 *	vfs_mount("/mnt", &my_fs);
 *
 * What is mounted stays: there is no umount.
 */

#include "lib/list.h"
#include "lib/types.h"

struct filesystem;
struct inode;

/* What statfs() tells. */
struct fs_stats {
	uint64_t magic;        /* Linux's number for the type */
	uint64_t blocks, free; /* pages */
	uint64_t files, files_free;
};

/* All may sleep.  (n): names are locked, shared. */
struct filesystem_ops {
	void (*statfs)(struct filesystem *fs, struct fs_stats *stats);
	/* (n) All that was written is safe.  NULL: it always is. */
	int (*sync)(struct filesystem *fs);
};

/*
 *	(c)	constant once it is mounted
 *	(n)	the lock of names
 */
struct filesystem {
	const struct filesystem_ops *ops; /* (c) */
	const char *type;                 /* (c) as /proc/mounts names it */
	struct inode *root;               /* (c) a reference */
	unsigned dev;                     /* (c) by vfs_mount(): st_dev */
	struct list link;                 /* (n) all that are mounted, by age */
};

/* What has no name is on this device. */
#define DEV_NAMELESS 1

/* Make @fs the root of all.  Boot, before anything else. */
void vfs_mount_root(struct filesystem *fs);
/* The root directory of all; no reference is taken. */
struct inode *vfs_root(void);
/* Cover the directory @path: 0, -ENOTDIR, -EBUSY (something does already),
 * -ENOMEM, or why the path leads nowhere. */
int vfs_mount(const char *path, struct filesystem *fs);

/* Call @show for each file system in order of age with the path it is at;
 * until that is not 0, which is the result. */
int vfs_show_mounts(int (*show)(void *arg, const struct filesystem *fs,
				const char *path), void *arg);
/* All that was written to @fs is safe; or to all of them. */
int vfs_sync(struct filesystem *fs);
void vfs_sync_all(void);
