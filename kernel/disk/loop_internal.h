#pragma once

/*
 * disk/loop_internal.h - disks whose bytes are in a file: /dev/loop0, ...
 *
 *	loop.c		which there are, what is bound to each, and its thread
 *	loop_control.c	the calls of losetup(8)
 *
 * Whoever moves sectors of a loop holds locks of the file system that is on it,
 * and the file may be on another one, with locks of the same kinds.  So each
 * loop has a thread that moves them, as a disk has a device; it holds nothing.
 */

#include "disk/disk_internal.h"
#include "sync/late.h"

#define LOOP_MAJOR 7
#define NR_LOOPS 8U
#define LOOP_NAME_MAX 64U

#define LOOP_READ_ONLY 1U
#define LOOP_AUTOCLEAR 4U

/* One request; the loop's turn is held. */
struct loop_request {
	enum { LOOP_READ, LOOP_WRITE, LOOP_FLUSH } what;
	uint64_t offset;
	void *buf;
	size_t n;
	int result;
};

/*
 *	(d)	disk.lock
 *	(t)	turn; the thread while a request is pending
 *	(a)	atomic, or one word, or belongs to who got one
 */
struct loop {
	struct disk disk;
	struct file *file;         /* (d)(t) what is bound: a reference; or NULL */
	uint64_t offset, limit;    /* (d)(t) of it; no limit is 0 */
	unsigned flags;            /* (a) LOOP_*; changed under (d) */
	char name[LOOP_NAME_MAX];  /* (d) as who bound it calls it */
	uint32_t goes;             /* (a) nobody uses it: somebody autoclears it */
	struct late late;          /* (a) the one's who set goes, */
	bool left;                 /* (a) or he left it to the thread */
	struct mutex turn;         /* RANK_MISC_SLEEP: one request */
	struct loop_request request; /* (t) */
	uint32_t pending;          /* (a) ORDER loop-request */
	struct waitq work, done;   /* (t) their own locks: who waits for pending */
};

extern struct loop loops[NR_LOOPS];

static inline struct loop *loop_of(struct disk *d)
{
	return container_of(d, struct loop, disk);
}

/* disk.lock is held: 0 or -errno. */
int loop_bind(struct loop *lo, struct file *f, uint64_t offset, uint64_t limit,
	      unsigned flags);
int loop_unbind(struct loop *lo);
/* Another file with the same bytes, where both can only be read: what was read
 * of the first stays.  -EINVAL: it is not as large, or could be written. */
int loop_exchange(struct loop *lo, struct file *f);
/* Another part of the file. */
int loop_resize(struct loop *lo, uint64_t offset, uint64_t limit);

long loop_control(struct disk *d, struct file *f, unsigned cmd, unsigned long arg);
extern const struct file_ops loop_control_ops;
