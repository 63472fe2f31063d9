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
struct file;

/* transfer() and flush() sleep.  0 or -EIO. */
struct disk_ops {
	/* Between the disk, from byte @offset on, and the kernel's memory at
	 * @buf, within one page. */
	int (*transfer)(struct disk *d, uint64_t offset, void *buf, size_t n,
			bool write);
	int (*flush)(struct disk *d);
	/* Nobody has it open or mounted any more; takes no lock above
	 * RANK_PROC_TREE.  NULL: nothing. */
	void (*unused)(struct disk *d);
	/* Calls that are its own.  NULL: -ENOTTY. */
	long (*control)(struct disk *d, struct file *f, unsigned cmd,
			unsigned long arg);
};

/*
 * Embedded in what the driver keeps; never goes away.
 *
 *	(c)	constant
 *	(a)	one word; of a device of its own constant, of a loop changed
 *		under lock
 */
struct disk {
	const struct disk_ops *ops; /* (c) */
	char name[8];               /* (c) in /dev */
	unsigned major, minor;      /* (c) */
	uint64_t size;              /* (a) in bytes, whole sectors */
	bool is_readonly;           /* (a) the device is */
	bool is_protected;          /* (a) somebody wants it to be (BLKROSET): no
				     * program, and no new mount, writes to it */
	uint32_t readahead;         /* (a) in bytes: it is kept and told, and nothing
				     * goes by it */
	uint32_t users;             /* (a) who has it open, or mounted */
	struct mutex lock;          /* RANK_INODE: who writes as a file */
	struct pagecache pagecache; /* its bytes */
	struct store store;         /* what is behind them */
	struct store_list stores;   /* (c) that one */
};

/* Who begins to write to it is refused. */
static inline bool disk_refuses_writers(const struct disk *d)
{
	return READ_ONCE(d->is_readonly) || READ_ONCE(d->is_protected);
}

/* @d has ops, size and is_readonly, and a name and numbers, or it is the next
 * vda.  Boot only.  False: there are too many. */
bool disk_register(struct disk *d);
/* Give them names; boot, once there is /dev. */
void disk_init(void);

/* The one whose node in /dev has these numbers, or NULL. */
struct disk *disk_find(unsigned major, unsigned minor);

/* Somebody uses it: it stays what it is; and no longer. */
void disk_use(struct disk *d);
void disk_unuse(struct disk *d);
/* Another size, under its lock: what is in the cache behind that is gone. */
int disk_resize(struct disk *d, uint64_t size);

/* What is asked for is whole sectors, and there: 0, -EROFS or -EIO. */
int disk_transfer(struct disk *d, uint64_t offset, void *buf, size_t n,
		  bool write);
int disk_flush(struct disk *d);
/* What is dirty in its cache is written, and all is on the medium. */
int disk_sync(struct disk *d);
/* Pages in the caches of all, a moment ago. */
uint64_t disk_cached_pages(void);
/* All of them: for sync(). */
void disk_sync_all(void);

/* ---- cache.c ---- */

/* For disk_register(). */
void disk_cache_init(struct disk *d);
