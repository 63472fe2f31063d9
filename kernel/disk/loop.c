/*
 * disk/loop.c - loop devices: what is bound to each, and the thread that moves
 * its sectors.
 *
 * A request is handed over as to a device: filled, then pending, then done.
 * What is bound changes under the disk's lock, when the cache is empty and no
 * request is under way.
 */
#include "disk/loop_internal.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "proc/sched/thread.h"
#include "vfs/device.h"
#include "vfs/inode.h"

struct loop loops[NR_LOOPS];

static struct waitq clearing = WAITQ_INIT(clearing);

/* ---- the thread's side ---- */

static struct pagecache *cache_of(const struct loop *lo)
{
	return file_pagecache(lo->file);
}

/* What the file does not have is zeros. */
static int read_file(struct loop *lo, struct loop_request *r)
{
	ssize_t n = pagecache_read_kernel(cache_of(lo), lo->offset + r->offset,
					  r->buf, r->n);

	if (n < 0)
		return -EIO;
	memset((char *)r->buf + n, 0, r->n - (size_t)n);
	return 0;
}

/* Without the file's lock: who writes to the file himself may have to write back
 * what is dirty here, and wait for us with it.  The file does not grow. */
static int write_file(struct loop *lo, struct loop_request *r)
{
	ssize_t n = pagecache_write_kernel(cache_of(lo), lo->offset + r->offset,
					   r->buf, r->n);

	inode_touch_mtime(lo->file->inode);
	return n == (ssize_t)r->n ? 0 : -EIO;
}

static int serve(struct loop *lo, struct loop_request *r)
{
	switch (r->what) {
	case LOOP_READ:
		return read_file(lo, r);
	case LOOP_WRITE:
		return write_file(lo, r);
	default:
		return file_sync(lo->file);
	}
}

static bool is_pending(struct loop *lo)
{
	/*
	 * ORDER loop-request, looking side; the others are in request() and
	 * worker().  What was asked, or answered, is read after this.
	 */
	return load_acquire(&lo->pending) != 0;
}

static void worker(void *arg)
{
	struct loop *lo = arg;

	for (;;) {
		waitq_wait(&lo->work, is_pending(lo));
		lo->request.result = serve(lo, &lo->request);
		/* ORDER loop-request, answer side; is_pending() looks.  The
		 * bytes and the result, then that it is done. */
		store_release(&lo->pending, 0);
		waitq_wake_all(&lo->done);
	}
}

/* ---- who asks ---- */

/* What is bound to no file has no bytes, and none to be made safe: sync() asks
 * all disks. */
static int request(struct loop *lo, struct loop_request r)
{
	int result = r.what == LOOP_FLUSH ? 0 : -EIO;

	mutex_lock(&lo->turn);
	if (lo->file != NULL) {
		lo->request = r;
		/* ORDER loop-request, asking side; is_pending() looks.  The
		 * request, then that there is one. */
		store_release(&lo->pending, 1);
		waitq_wake_all(&lo->work);
		waitq_wait(&lo->done, !is_pending(lo));
		result = lo->request.result;
	}
	mutex_unlock(&lo->turn);
	return result;
}

static int transfer(struct disk *d, uint64_t offset, void *buf, size_t n, bool write)
{
	return request(loop_of(d), (struct loop_request){
		.what = write ? LOOP_WRITE : LOOP_READ,
		.offset = offset,
		.buf = buf,
		.n = n,
	});
}

static int flush(struct disk *d)
{
	return request(loop_of(d), (struct loop_request){ .what = LOOP_FLUSH });
}

/* ---- binding ---- */

/* Whole sectors of the file from @offset on. */
static uint64_t size_of(struct file *f, uint64_t offset, uint64_t limit)
{
	uint64_t size = READ_ONCE(file_pagecache(f)->size);

	size = size > offset ? size - offset : 0;
	if (limit != 0)
		size = min(size, limit);
	return align_down(size, SECTOR_SIZE);
}

static bool can_be_bound(struct file *f)
{
	return f->inode != NULL && (f->mode & FMODE_READ) &&
	       inode_is(f->inode, S_IFREG) && file_pagecache(f) != NULL;
}

int loop_bind(struct loop *lo, struct file *f, uint64_t offset, uint64_t limit,
	      unsigned flags)
{
	if (lo->file != NULL)
		return -EBUSY;
	if (!can_be_bound(f) || offset % SECTOR_SIZE != 0)
		return -EINVAL;
	if (!(f->mode & FMODE_WRITE))
		flags |= LOOP_READ_ONLY;
	file_get(f);
	mutex_lock(&lo->turn);
	lo->file = f;
	lo->offset = offset;
	lo->limit = limit;
	mutex_unlock(&lo->turn);
	WRITE_ONCE(lo->flags, flags);
	WRITE_ONCE(lo->disk.is_readonly, flags & LOOP_READ_ONLY);
	WRITE_ONCE(lo->disk.store.error, 0); /* of another file */
	return disk_resize(&lo->disk, size_of(f, offset, limit));
}

int loop_unbind(struct loop *lo)
{
	struct file *f = lo->file;
	int err;

	if (f == NULL)
		return -ENXIO;
	err = disk_sync(&lo->disk);
	(void)disk_resize(&lo->disk, 0);
	mutex_lock(&lo->turn);
	lo->file = NULL;
	mutex_unlock(&lo->turn);
	WRITE_ONCE(lo->flags, 0);
	WRITE_ONCE(lo->disk.is_readonly, false);
	file_put(f);
	return err;
}

int loop_resize(struct loop *lo, uint64_t offset, uint64_t limit)
{
	bool moves = offset != lo->offset;
	int err = moves ? disk_sync(&lo->disk) : 0;

	if (offset % SECTOR_SIZE != 0)
		return -EINVAL;
	if (err == 0 && moves)
		err = disk_resize(&lo->disk, 0);
	if (err != 0)
		return err;
	mutex_lock(&lo->turn);
	lo->offset = offset;
	lo->limit = limit;
	mutex_unlock(&lo->turn);
	return disk_resize(&lo->disk, size_of(lo->file, offset, limit));
}

int loop_exchange(struct loop *lo, struct file *f)
{
	struct file *old = lo->file;

	if (old == NULL)
		return -ENXIO;
	if (!(lo->flags & LOOP_READ_ONLY) || !can_be_bound(f) ||
	    size_of(f, lo->offset, lo->limit) !=
		    size_of(old, lo->offset, lo->limit))
		return -EINVAL;
	file_get(f);
	mutex_lock(&lo->turn);
	lo->file = f;
	mutex_unlock(&lo->turn);
	file_put(old);
	return 0;
}

/* ---- autoclear ---- */

static void clear(struct loop *lo)
{
	mutex_lock(&lo->disk.lock);
	/* ORDER loop-unused, acquire side: who gave it back, and found that
	 * somebody clears it, is seen to have given it back; the other is in
	 * unused(). */
	(void)atomic_exchange_full(&lo->goes, 0);
	if (READ_ONCE(lo->disk.users) == 0 && (lo->flags & LOOP_AUTOCLEAR))
		(void)loop_unbind(lo);
	mutex_unlock(&lo->disk.lock);
}

static void clear_late(struct late *late)
{
	clear(container_of(late, struct loop, late));
}

/* The last one is gone: where nothing may sleep, so it is done when his call is
 * over, or by another thread. */
static void unused(struct disk *d)
{
	struct loop *lo = loop_of(d);

	if (!(READ_ONCE(lo->flags) & LOOP_AUTOCLEAR))
		return;
	/* ORDER loop-unused, release side: it is given back, then it goes; the
	 * other is in clear(). */
	if (atomic_exchange_full(&lo->goes, 1) || late_call(&lo->late, clear_late))
		return;
	WRITE_ONCE(lo->left, true);
	waitq_wake_all(&clearing);
}

static struct loop *next_to_clear(void)
{
	for (unsigned i = 0; i < NR_LOOPS; i++)
		if (READ_ONCE(loops[i].left))
			return &loops[i];
	return NULL;
}

static void clearer(void *unused UNUSED)
{
	struct loop *lo;

	for (;;) {
		waitq_wait(&clearing, next_to_clear() != NULL);
		while ((lo = next_to_clear()) != NULL) {
			WRITE_ONCE(lo->left, false);
			clear(lo);
		}
	}
}

/* ---- boot ---- */

void loop_init(void)
{
	static const struct disk_ops ops = {
		.transfer = transfer,
		.flush = flush,
		.unused = unused,
		.control = loop_control,
	};

	for (unsigned i = 0; i < NR_LOOPS; i++) {
		struct loop *lo = &loops[i];

		lo->disk.ops = &ops;
		lo->disk.major = LOOP_MAJOR;
		lo->disk.minor = i;
		(void)ksnprintf(lo->disk.name, sizeof(lo->disk.name), "loop%u", i);
		mutex_init(&lo->turn, RANK_MISC_SLEEP);
		waitq_init(&lo->work);
		waitq_init(&lo->done);
		if (!disk_register(&lo->disk))
			panic("too many disks");
		if (kthread_start(lo->disk.name, worker, lo) == NULL)
			panic("no memory for a thread");
	}
	if (kthread_start("loops", clearer, NULL) == NULL)
		panic("no memory for a thread");
}
