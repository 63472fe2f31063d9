/*
 * vfs/fdtable.c - the tables of descriptors that name open files.
 *
 * A table is an array of slots that doubles when it is full.  Every change is
 * made under the table's mutex, and looks from outside as well (/proc/PID/fd);
 * who looks for a descriptor of his own takes no lock.  If he is alone with the
 * table nobody can change it meanwhile.  Else he reads by RCU (sync/rcu.h), and
 * writes to nothing but the count of the file that he finds:
 *
 *	finds the file	which is there for as long as he reads: what was closed
 *			by who was not alone is freed after a grace period, and
 *			so are arrays of slots that were too small
 *	holds it	unless the last reference is gone
 *	looks again	a file that was closed meanwhile is somebody else's, or
 *			only in messages, whose collector has counted without
 *			him (net/unix/rights.c)
 *
 * If he was too late for one of the last two he looks with the mutex.
 *
 * So a slot changes by one store from what it was to what it will be: dup2() is
 * seen done or not begun.
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
#include "sync/rcu.h"
#include "vfs/file.h"
#include "vfs/filelock.h"
#include "vfs/process.h"

#define FIRST_SLOTS 32
/* No table is larger, whatever RLIMIT_NOFILE says. */
#define MAX_SLOTS (KMALLOC_MAX / sizeof(struct slot))

struct slot {
	struct file *file; /* a reference, or NULL; read by rcu_dereference() */
	bool cloexec;
	bool reserved;     /* there will be a file; then it is NULL */
};

/*
 *	(c)	constant
 * One that has become too small is given up for a larger one, and changes no
 * more.
 */
struct slots {
	struct rcu_head rcu;
	unsigned nr;       /* (c) */
	struct slot *slot; /* (c) so many */
};

/*
 *	(a)	atomic
 * The slots belong to who holds the lock, too; files in them and where they are
 * is read without.
 */
struct fdtable {
	struct refcount refs;
	struct LOCK_OF(mutex, fdtable) lock; /* RANK_FD_TABLE */
	struct slots *slots GUARDED_BY(C_fdtable);
	unsigned lowest GUARDED_BY(C_fdtable); /* no slot below is free */
	bool has_locks; /* (a) it may own advisory locks; stays set */
};

/* ---- slots ---- */

static struct slots *slots_alloc(unsigned nr)
{
	struct slots *s = kmalloc(sizeof(*s));

	if (s == NULL)
		return NULL;
	s->nr = nr;
	s->slot = kzalloc(nr * sizeof(s->slot[0]));
	if (s->slot == NULL) {
		kfree(s);
		return NULL;
	}
	return s;
}

static void slots_free(struct slots *s)
{
	kfree(s->slot);
	kfree(s);
}

static void slots_free_rcu(struct rcu_head *rcu)
{
	slots_free(container_of(rcu, struct slots, rcu));
}

/* It has the file, or none, from one moment on. */
static void slot_set(struct slot *slot, struct slot to)
{
	slot->cloexec = to.cloexec;
	slot->reserved = to.reserved;
	rcu_assign_pointer(slot->file, to.file);
}

/* ---- tables ---- */

static struct fdtable *table_alloc(unsigned nr)
{
	struct fdtable *t = kzalloc(sizeof(*t));

	if (t == NULL)
		return NULL;
	is_private(fdtable);
	t->slots = slots_alloc(nr);
	if (t->slots == NULL) {
		kfree(t);
		return NULL;
	}
	t->refs = REFCOUNT_INIT(1);
	mutex_init(&t->lock, RANK_FD_TABLE);
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
	const struct slot *slot = from->slots->slot;

	to->lowest = from->lowest;
	for (unsigned i = 0; i < from->slots->nr; i++) {
		if (slot[i].file != NULL) {
			to->slots->slot[i] = slot[i];
			race_point(fd_copied, from);
			file_get(slot[i].file);
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
	struct fdtable *to = table_alloc(from->slots->nr);

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

/*
 * Nobody else can change the table: it belongs to one process, of one thread.
 *
 * ORDER fd-alone, looking side; the other is leave_locked(), where the
 * thread that was second leaves its process.
 * Acquire: what it did to the table, and to files in it, happened before.
 */
static ALWAYS_INLINE bool alone_with(const struct fdtable *t)
{
	const struct vfs_process *self = vfs_self();

	/* Neither is ever 0 here. */
	return self->files == t && (load_acquire(&t->refs.count) |
				    load_acquire(self->nr_threads)) == 1;
}

/* @f, or NULL, has left its slot in @t, where nobody can find it now; the lock
 * is not held. */
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

/*
 * The same, but who shares the table may have found @f before, and not hold it
 * yet.
 *
 * ORDER fd-closed, closing side; the other is shared_get().
 * Plain: the reference is given back by a release, refcount_put(), and the slot
 * was emptied before.
 */
static void close_slot(struct fdtable *t, struct file *f)
{
	if (f != NULL && !alone_with(t))
		WRITE_ONCE(f->free_late, true);
	close_file(t, f);
}

void fdtable_put(struct fdtable *t)
{
	if (!refcount_put(&t->refs))
		return;
	is_private(fdtable);
	for (unsigned i = 0; i < t->slots->nr; i++)
		close_file(t, t->slots->slot[i].file);
	slots_free(t->slots);
	kfree(t);
}

bool fdtable_is_shared(const struct fdtable *t)
{
	return refcount_read(&t->refs) > 1;
}

/* ---- slots of a table ---- */

static struct slot *slot_at(struct fdtable *t, int fd) REQUIRES(C_fdtable)
{
	return &t->slots->slot[fd];
}

static struct file *slot_file(struct fdtable *t, int fd) REQUIRES(C_fdtable)
{
	return (unsigned)fd < t->slots->nr ? slot_at(t, fd)->file : NULL;
}

/* Nothing is there any more. */
static void slot_clear(struct fdtable *t, int fd) REQUIRES(C_fdtable)
{
	slot_set(slot_at(t, fd), (struct slot){ .file = NULL });
	t->lowest = min(t->lowest, (unsigned)fd);
}

/* Empty a slot; its file, to be put without the lock, or NULL. */
static struct file *slot_take(struct fdtable *t, int fd) REQUIRES(C_fdtable)
{
	struct file *f = slot_file(t, fd);

	if (f != NULL)
		slot_clear(t, fd);
	return f;
}

static bool slot_is_free(const struct slot *slot)
{
	return slot->file == NULL && !slot->reserved;
}

/* A slot is not free from now on. */
static void slot_fill(struct fdtable *t, unsigned fd, struct slot slot)
	REQUIRES(C_fdtable)
{
	slot_set(slot_at(t, (int)fd), slot);
	if (fd == t->lowest)
		t->lowest++;
}

/* Make slot @fd exist. */
static int table_grow(struct fdtable *t, unsigned fd) REQUIRES(C_fdtable)
{
	struct slots *old = t->slots;
	unsigned nr = old->nr;

	if (fd >= MAX_SLOTS)
		return -EMFILE;
	while (nr <= fd)
		nr *= 2;
	if (nr == old->nr)
		return 0;

	struct slots *slots = slots_alloc(nr);

	if (slots == NULL)
		return -ENOMEM;
	memcpy(slots->slot, old->slot, old->nr * sizeof(old->slot[0]));
	rcu_assign_pointer(t->slots, slots);
	call_rcu(&old->rcu, slots_free_rcu);
	race_point(fd_table_grown, t);
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

	while (fd < t->slots->nr && !slot_is_free(slot_at(t, (int)fd)))
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

static struct fdtable *own_table(void)
{
	return vfs_self()->files;
}

int fdtable_of_own(struct fdtable **copy)
{
	struct vfs_process *self = vfs_self();

	*copy = NULL;
	/* ORDER fd-alone, looking side, as alone_with(); the other is
	 * leave_locked(). */
	if (load_acquire(self->nr_threads) != 1)
		return -EINVAL;
	if (!fdtable_is_shared(self->files))
		return 0;
	*copy = fdtable_copy(self->files);
	return *copy != NULL ? 0 : -ENOMEM;
}

static ALWAYS_INLINE struct file *slot_get(struct fdtable *t, int fd)
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
	return slot_get(t, fd);
}

static struct file *locked_get(struct fdtable *t, int fd)
{
	mutex_lock(&t->lock);
	struct file *f = slot_get(t, fd);
	mutex_unlock(&t->lock);
	return f;
}

/* What @fd names at this moment; there for as long as we read. */
static ALWAYS_INLINE struct file *slot_look(const struct fdtable *t, int fd)
{
	const struct slots *slots = rcu_dereference(t->slots);

	race_point(fd_slots_found, t);
	return (unsigned)fd < slots->nr ?
		       rcu_dereference(slots->slot[fd].file) : NULL;
}

/* @fd names @f no more, of which we have a reference if it is @held. */
static NOINLINE struct file *get_again(struct fdtable *t, int fd,
				       struct file *f, bool held)
{
	if (held)
		file_put(f);
	return locked_get(t, fd);
}

/* Nobody is kept away meanwhile. */
static NOINLINE struct file *shared_get(struct fdtable *t, int fd)
{
	rcu_read_lock();
	struct file *f = slot_look(t, fd);

	race_point(fd_found, t);
	race_point(fd_to_hold, 0);
	bool held = f != NULL && refcount_try_get(&f->refs);

	/*
	 * ORDER fd-closed, looking side; the other is close_slot().
	 * Who has given up the slot's reference and then looks at the count,
	 * as the collector of sockets does, finds ours, too; or we have got it
	 * after he gave up his, and find the slot empty.
	 */
	smp_rmb();
	bool stays = slot_look(t, fd) == f;

	rcu_read_unlock();
	if (f == NULL || likely(held && stays))
		return f;
	return get_again(t, fd, f, held);
}

struct file *fd_get_from(struct fdtable *t, int fd)
{
	return locked_get(t, fd);
}

/* Every read() and write() comes by. */
struct file *fd_get(int fd)
{
	struct fdtable *t = own_table();

	return likely(alone_with(t)) ? alone_get(t, fd) : shared_get(t, fd);
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
	struct slot *slot = slot_at(t, fd);

	assert(slot->reserved);
	slot_set(slot, (struct slot){ .file = f, .cloexec = slot->cloexec });
	mutex_unlock(&t->lock);
}

void fd_unreserve(int fd)
{
	struct fdtable *t = own_table();

	mutex_lock(&t->lock);
	assert(slot_at(t, fd)->reserved);
	slot_clear(t, fd);
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

/* Replace what is at @fd, by one store; *@old is to be put. */
static int replace_locked(struct fdtable *t, struct file *f, int fd,
			  bool cloexec, struct file **old) REQUIRES(C_fdtable)
{
	if (fd < 0 || (uint64_t)fd >= fd_limit())
		return -EBADF;

	int err = table_grow(t, (unsigned)fd);

	if (err < 0)
		return err;
	if (slot_at(t, fd)->reserved)
		return -EBUSY;
	*old = slot_file(t, fd);
	race_point(fd_replaces, t);
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
	close_slot(t, old);
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
	close_slot(t, f);
	race_point(fd_closed, t);
	return 0;
}

int fd_get_cloexec(int fd)
{
	struct fdtable *t = own_table();
	int result = -EBADF;

	mutex_lock(&t->lock);
	if (slot_file(t, fd) != NULL)
		result = slot_at(t, fd)->cloexec;
	mutex_unlock(&t->lock);
	return result;
}

int fd_set_cloexec(int fd, bool cloexec)
{
	struct fdtable *t = own_table();
	int result = -EBADF;

	mutex_lock(&t->lock);
	if (slot_file(t, fd) != NULL) {
		slot_at(t, fd)->cloexec = cloexec;
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
	for (; *fd < t->slots->nr && f == NULL; ++*fd)
		if (slot_at(t, (int)*fd)->cloexec)
			f = slot_take(t, (int)*fd);
	mutex_unlock(&t->lock);
	return f;
}

void fdtable_close_on_exec(struct fdtable *t)
{
	struct file *f;
	unsigned fd = 0;

	while ((f = take_next_cloexec(t, &fd)) != NULL)
		close_slot(t, f);
}

int fdtable_next(struct fdtable *t, int fd)
{
	mutex_lock(&t->lock);
	unsigned i = fd < 0 ? 0 : (unsigned)fd;

	while (i < t->slots->nr && slot_at(t, (int)i)->file == NULL)
		i++;
	int found = i < t->slots->nr ? (int)i : -1;
	mutex_unlock(&t->lock);
	return found;
}
