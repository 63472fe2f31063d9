#pragma once

/*
 * disk/disk.h - devices that store, and their files /dev/vda, /dev/vdb, ...
 *
 * A driver registers a disk at boot.  Whoever stores something there moves it
 * by disk_transfer(), whole sectors at a time; disk_flush() returns when what
 * was written before is on the medium.  Nothing is kept in between: what one
 * transfer has written every later one reads, through whatever file.
 */

#include "lib/types.h"
#include "sync/mutex.h"

#define SECTOR_SIZE 512UL

struct disk;

/* All sleep.  0 or -EIO. */
struct disk_ops {
	/* Between the disk, from byte @offset on, and the kernel's memory at
	 * @buf, within one page. */
	int (*transfer)(struct disk *d, uint64_t offset, void *buf, size_t n,
			bool write);
	int (*flush)(struct disk *d);
};

/* Embedded in what the driver keeps; never goes away. */
struct disk {
	const struct disk_ops *ops; /* (c) */
	uint64_t size;              /* (c) in bytes, whole sectors */
	bool is_readonly;           /* (c) */
	struct mutex lock;          /* RANK_INODE: contents, for who writes less
				     * than a sector */
};

/* @d is complete but for its lock.  Boot only.  False: there are too many. */
bool disk_register(struct disk *d);
/* Give them names; boot, once there is /dev. */
void disk_init(void);

/* What is asked for is whole sectors, and there: 0, -EROFS or -EIO. */
int disk_transfer(struct disk *d, uint64_t offset, void *buf, size_t n,
		  bool write);
int disk_flush(struct disk *d);
/* All of them: for sync(). */
void disk_flush_all(void);
