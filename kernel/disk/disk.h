#pragma once

/*
 * disk/disk.h - devices that store, and their files /dev/vda, /dev/vdb, ...
 *
 * A driver registers a disk at boot.  Its bytes are in a page cache, as those of
 * a file are: programs read and write there, and so do file systems what is
 * theirs (cache.c).  disk_sync() returns when what was written before is on the
 * medium.
 *
 * Below that, who has memory of his own moves it by disk_transfer(), whole
 * sectors at a time and past the cache; disk_flush() returns when what was
 * moved before is on the medium.
 */

#include "lib/types.h"
#include "mm/pagecache.h"
#include "mm/store.h"
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

/*
 * Embedded in what the driver keeps; never goes away.
 *
 *	(c)	constant
 */
struct disk {
	const struct disk_ops *ops; /* (c) */
	uint64_t size;              /* (c) in bytes, whole sectors */
	bool is_readonly;           /* (c) */
	struct mutex lock;          /* RANK_INODE: who writes as a file */
	struct pagecache pagecache; /* its bytes */
	struct store store;         /* what is behind them */
	struct store_list stores;   /* (c) that one */
};

/* @d has ops, size and is_readonly.  Boot only.  False: there are too many. */
bool disk_register(struct disk *d);
/* Give them names; boot, once there is /dev. */
void disk_init(void);

/* The one whose node in /dev has these numbers, or NULL. */
struct disk *disk_find(unsigned major, unsigned minor);

/* What is asked for is whole sectors, and there: 0, -EROFS or -EIO. */
int disk_transfer(struct disk *d, uint64_t offset, void *buf, size_t n,
		  bool write);
int disk_flush(struct disk *d);
/* What is dirty in its cache is written, and all is on the medium. */
int disk_sync(struct disk *d);
/* All of them: for sync(). */
void disk_sync_all(void);

/* ---- cache.c ---- */

/* For disk_register(). */
void disk_cache_init(struct disk *d);
