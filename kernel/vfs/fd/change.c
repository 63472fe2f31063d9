/*
 * vfs/fd/change.c - descriptors come, are changed, and go.
 *
 * Who is going to open something reserves its descriptor first: whatever
 * opening does (truncate, create, wake the other end of a FIFO) cannot be
 * undone when no descriptor is left.  A reserved slot is not free and has no
 * file yet: to everybody else it is not open.
 */

#include "vfs/fdtable.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/limits.h"
#include "mm/mm.h"
#include "vfs/fd/fd_internal.h"
#include "vfs/file.h"
#include "vfs/notify/dnotify.h"

/* ---- one slot ---- */

/* It has the file, or none, from one moment on. */
static void slot_set(struct slot *slot, struct slot to)
{
	slot->cloexec = to.cloexec;
	slot->reserved = to.reserved;
	rcu_assign_pointer(slot->file, to.file);
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

/* ---- descriptors that come ---- */

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

/* ---- that are replaced, and go ---- */

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
	race_point(fd_gone, 0);
	return 0;
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

/* ---- what is said of them ---- */

int fdtable_get_cloexec(struct fdtable *t, int fd)
{
	int result = -EBADF;

	mutex_lock(&t->lock);
	if (slot_file(t, fd) != NULL)
		result = slot_at(t, fd)->cloexec;
	mutex_unlock(&t->lock);
	return result;
}

int fd_get_cloexec(int fd)
{
	return fdtable_get_cloexec(own_table(), fd);
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

/* ---- what is told of directories ---- */

/* Under the lock @fd is there, or was closed. */
int fd_watch_dir(int fd, struct file *f, uint32_t asked)
{
	struct fdtable *t = own_table();
	int err = 0;

	mutex_lock(&t->lock);
	if (slot_file(t, fd) == f)
		err = dnotify_add(&t->dir_watches, f, fd, asked);
	mutex_unlock(&t->lock);
	return err;
}

void fd_unwatch_dir(struct file *f)
{
	dnotify_end(&own_table()->dir_watches, f);
}
