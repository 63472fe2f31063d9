/*
 * vfs/fdtable.c - the tables of descriptors that name open files.
 *
 * A table is an array of slots that doubles when it is full.  Every change is
 * made under the table's mutex, and so is a look-up, with one exception: when
 * the running thread is alone with its table, nobody can change it meanwhile
 * and no lock is needed.  Who looks on from outside (/proc/PID/fd) holds a
 * reference of its own, which ends the exception, and only reads.
 *
 * A file leaves its slot under the mutex and is put after: the last put may
 * sleep, and calls the file's release.
 *
 * Who is going to open something reserves its descriptor first: whatever
 * opening does (truncate, create, wake the other end of a FIFO) cannot be
 * undone when no descriptor is left.  A reserved slot is not free and has no
 * file yet: to everybody else it is not open.
 */

#include "vfs/fdtable.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/limits.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "sync/mutex.h"
#include "vfs/file.h"
#include "vfs/filelock.h"
#include "vfs/process.h"

#define FIRST_SLOTS 32
/* No table is larger, whatever RLIMIT_NOFILE says. */
#define MAX_SLOTS (KMALLOC_MAX / sizeof(struct slot))

struct slot {
	struct file *file; /* a reference, or NULL */
	bool cloexec;
	bool reserved;     /* there will be a file; then it is NULL */
};

/*
 *	(a)	atomic
 * The slots belong to who holds the lock, too; a thread that is alone reads
 * all of it without.
 */
struct fdtable {
	struct refcount refs;
	struct LOCK_OF(mutex, fdtable) lock; /* RANK_FD_TABLE */
	struct slot *slots GUARDED_BY(C_fdtable);
	unsigned nr GUARDED_BY(C_fdtable);     /* slots there are */
	unsigned lowest GUARDED_BY(C_fdtable); /* no slot below is free */
	bool has_locks; /* (a) it may own advisory locks; stays set */
};

/* ---- tables ---- */

static struct fdtable *table_alloc(unsigned nr)
{
	struct fdtable *t = kzalloc(sizeof(*t));

	if (t == NULL)
		return NULL;
	is_private(fdtable);
	t->slots = kzalloc(nr * sizeof(t->slots[0]));
	if (t->slots == NULL) {
		kfree(t);
		return NULL;
	}
	t->refs = REFCOUNT_INIT(1);
	mutex_init(&t->lock, RANK_FD_TABLE);
	t->nr = nr;
	return t;
}

struct fdtable *fdtable_create(void)
{
	return table_alloc(FIRST_SLOTS);
}

/* What is being opened while we copy is not inherited. */
static void copy_slots(struct fdtable *to, const struct fdtable *from)
	REQUIRES(C_fdtable)
{
	to->lowest = from->lowest;
	for (unsigned i = 0; i < from->nr; i++) {
		if (from->slots[i].file != NULL) {
			to->slots[i] = from->slots[i];
			race_point(fd_copied, from);
			file_get(to->slots[i].file);
		} else {
			to->lowest = min(to->lowest, i);
		}
	}
}

/* In one stretch: were @from to grow between, what a sibling moves up then
 * would be neither where it was nor where it is. */
struct fdtable *fdtable_copy(struct fdtable *from)
{
	mutex_lock(&from->lock);
	struct fdtable *to = table_alloc(from->nr);

	if (to != NULL)
		copy_slots(to, from);
	mutex_unlock(&from->lock);
	return to;
}

void fdtable_get(struct fdtable *t)
{
	refcount_get(&t->refs);
}

void fdtable_note_locks(struct fdtable *t)
{
	WRITE_ONCE(t->has_locks, true);
}

/* @f, or NULL, has left its slot in @t; the lock is not held. */
static void close_file(struct fdtable *t, struct file *f)
{
	if (f == NULL)
		return;
	if (READ_ONCE(t->has_locks))
		fdtable_drop_locks(t, f);
	if (f->ops != NULL && f->ops->closed != NULL)
		f->ops->closed(f);
	file_put(f);
}

void fdtable_put(struct fdtable *t)
{
	if (!refcount_put(&t->refs))
		return;
	is_private(fdtable);
	for (unsigned i = 0; i < t->nr; i++)
		close_file(t, t->slots[i].file);
	kfree(t->slots);
	kfree(t);
}

bool fdtable_is_shared(const struct fdtable *t)
{
	return refcount_read(&t->refs) > 1;
}

static struct fdtable *own_table(void)
{
	return vfs_self()->files;
}

/* ---- slots ---- */

static struct file *slot_file(const struct fdtable *t, int fd)
	REQUIRES(C_fdtable)
{
	return fd >= 0 && (unsigned)fd < t->nr ? t->slots[fd].file : NULL;
}

/* Empty a slot; its file, to be put without the lock, or NULL. */
static struct file *slot_take(struct fdtable *t, int fd) REQUIRES(C_fdtable)
{
	struct file *f = slot_file(t, fd);

	if (f != NULL) {
		t->slots[fd] = (struct slot){ .file = NULL };
		t->lowest = min(t->lowest, (unsigned)fd);
	}
	return f;
}

static bool slot_is_free(const struct slot *slot)
{
	return slot->file == NULL && !slot->reserved;
}

/* A free slot is so no more. */
static void slot_fill(struct fdtable *t, unsigned fd, struct slot slot)
	REQUIRES(C_fdtable)
{
	t->slots[fd] = slot;
	if (fd == t->lowest)
		t->lowest++;
}

/* Make slot @fd exist. */
static int table_grow(struct fdtable *t, unsigned fd) REQUIRES(C_fdtable)
{
	unsigned nr = t->nr;

	if (fd >= MAX_SLOTS)
		return -EMFILE;
	while (nr <= fd)
		nr *= 2;
	if (nr == t->nr)
		return 0;

	struct slot *slots = kzalloc(nr * sizeof(slots[0]));

	if (slots == NULL)
		return -ENOMEM;
	memcpy(slots, t->slots, t->nr * sizeof(slots[0]));
	kfree(t->slots);
	t->slots = slots;
	t->nr = nr;
	return 0;
}

/* RLIMIT_NOFILE: descriptors are below. */
static uint64_t fd_limit(void)
{
	return current_limit(RLIMIT_NOFILE);
}

/* Fill the lowest free slot from @lowest on. */
static int install_locked(struct fdtable *t, struct slot slot, unsigned lowest)
	REQUIRES(C_fdtable)
{
	unsigned fd = max(lowest, t->lowest);

	while (fd < t->nr && !slot_is_free(&t->slots[fd]))
		fd++;
	if (lowest <= t->lowest)
		t->lowest = fd;
	if (fd >= fd_limit())
		return -EMFILE;

	int err = table_grow(t, fd);

	if (err < 0)
		return err;
	slot_fill(t, fd, slot);
	return (int)fd;
}

/* ---- descriptors ---- */

/*
 * Nobody else can change the table: it belongs to one process, of one thread.
 *
 * ORDER fd-alone, looking side; the other is leave_group(), where the
 * thread that was second leaves its process.
 * Acquire: what it did to the table, and to files in it, happened before.
 */
static ALWAYS_INLINE bool alone_with(const struct fdtable *t)
{
	const struct vfs_process *self = vfs_self();

	return self->files == t && load_acquire(&t->refs.count) == 1 &&
	       load_acquire(self->nr_threads) == 1;
}

int fdtable_of_own(struct fdtable **copy)
{
	struct vfs_process *self = vfs_self();

	*copy = NULL;
	/* ORDER fd-alone, looking side, as alone_with(); the other is
	 * leave_group(). */
	if (load_acquire(self->nr_threads) != 1)
		return -EINVAL;
	if (!fdtable_is_shared(self->files))
		return 0;
	*copy = fdtable_copy(self->files);
	return *copy != NULL ? 0 : -ENOMEM;
}

static ALWAYS_INLINE struct file *slot_hold(struct fdtable *t, int fd)
	REQUIRES(C_fdtable)
{
	struct file *f = slot_file(t, fd);

	if (f != NULL)
		refcount_get(&f->refs); /* file_get() without a call */
	return f;
}

/* alone_with(t) is true. */
static ALWAYS_INLINE struct file *alone_get(struct fdtable *t, int fd)
{
	is_private(fdtable);
	return slot_hold(t, fd);
}

static NOINLINE struct file *locked_get(struct fdtable *t, int fd)
{
	mutex_lock(&t->lock);
	struct file *f = slot_hold(t, fd);
	mutex_unlock(&t->lock);
	race_point(fd_found, t);
	return f;
}

struct file *fd_get_from(struct fdtable *t, int fd)
{
	return alone_with(t) ? alone_get(t, fd) : locked_get(t, fd);
}

/* Every read() and write() comes by. */
struct file *fd_get(int fd)
{
	struct fdtable *t = own_table();

	return likely(alone_with(t)) ? alone_get(t, fd) : locked_get(t, fd);
}

static int install(struct slot slot, unsigned lowest)
{
	struct fdtable *t = own_table();

	mutex_lock(&t->lock);
	int fd = install_locked(t, slot, lowest);
	mutex_unlock(&t->lock);
	return fd;
}

int fd_reserve(bool cloexec)
{
	return install((struct slot){ .reserved = true, .cloexec = cloexec },
		       0);
}

void fd_fill(int fd, struct file *f)
{
	struct fdtable *t = own_table();

	mutex_lock(&t->lock);
	assert(t->slots[fd].reserved);
	t->slots[fd].file = f;
	t->slots[fd].reserved = false;
	mutex_unlock(&t->lock);
}

void fd_unreserve(int fd)
{
	struct fdtable *t = own_table();

	mutex_lock(&t->lock);
	assert(t->slots[fd].reserved);
	t->slots[fd] = (struct slot){ .file = NULL };
	t->lowest = min(t->lowest, (unsigned)fd);
	mutex_unlock(&t->lock);
}

int fd_install_from(struct file *f, int lowest, bool cloexec)
{
	int fd = install((struct slot){ .file = f, .cloexec = cloexec },
			 (unsigned)lowest);

	if (fd < 0)
		file_put(f);
	return fd;
}

int fd_install(struct file *f, bool cloexec)
{
	return fd_install_from(f, 0, cloexec);
}

/* Replace what is at @fd, all in one; *@old is to be put. */
static int replace_locked(struct fdtable *t, struct file *f, int fd,
			  bool cloexec, struct file **old) REQUIRES(C_fdtable)
{
	if (fd < 0 || (uint64_t)fd >= fd_limit())
		return -EBADF;

	int err = table_grow(t, (unsigned)fd);

	if (err < 0)
		return err;
	if (t->slots[fd].reserved)
		return -EBUSY;
	*old = slot_take(t, fd);
	slot_fill(t, (unsigned)fd,
		  (struct slot){ .file = f, .cloexec = cloexec });
	return fd;
}

int fd_dup_to(struct file *f, int fd, bool cloexec)
{
	struct fdtable *t = own_table();
	struct file *old = NULL;

	mutex_lock(&t->lock);
	int result = replace_locked(t, f, fd, cloexec, &old);
	mutex_unlock(&t->lock);
	if (result < 0)
		file_put(f);
	close_file(t, old);
	return result;
}

int fd_close(int fd)
{
	struct fdtable *t = own_table();

	mutex_lock(&t->lock);
	struct file *f = slot_take(t, fd);
	mutex_unlock(&t->lock);
	if (f == NULL)
		return -EBADF;
	close_file(t, f);
	race_point(fd_closed, t);
	return 0;
}

int fd_get_cloexec(int fd)
{
	struct fdtable *t = own_table();
	int result = -EBADF;

	mutex_lock(&t->lock);
	if (slot_file(t, fd) != NULL)
		result = t->slots[fd].cloexec;
	mutex_unlock(&t->lock);
	return result;
}

int fd_set_cloexec(int fd, bool cloexec)
{
	struct fdtable *t = own_table();
	int result = -EBADF;

	mutex_lock(&t->lock);
	if (slot_file(t, fd) != NULL) {
		t->slots[fd].cloexec = cloexec;
		result = 0;
	}
	mutex_unlock(&t->lock);
	return result;
}

/* The next file from *@fd on that exec closes, out of the table; NULL: there is
 * no more. */
static struct file *take_next_cloexec(struct fdtable *t, unsigned *fd)
{
	struct file *f = NULL;

	mutex_lock(&t->lock);
	for (; *fd < t->nr && f == NULL; ++*fd)
		if (t->slots[*fd].cloexec)
			f = slot_take(t, (int)*fd);
	mutex_unlock(&t->lock);
	return f;
}

void fdtable_close_on_exec(struct fdtable *t)
{
	struct file *f;
	unsigned fd = 0;

	while ((f = take_next_cloexec(t, &fd)) != NULL)
		close_file(t, f);
}

int fdtable_next(struct fdtable *t, int fd)
{
	mutex_lock(&t->lock);
	unsigned i = fd < 0 ? 0 : (unsigned)fd;

	while (i < t->nr && t->slots[i].file == NULL)
		i++;
	int found = i < t->nr ? (int)i : -1;
	mutex_unlock(&t->lock);
	return found;
}
