#pragma once

/*
 * vfs/fd/fd_internal.h - a table of descriptors, as those see it who make one
 * (table.c), look into it (get.c) and change it (change.c).
 *
 * A table is an array of slots that doubles when it is full.  Every change is
 * made under the table's mutex, and looks from outside as well (/proc/PID/fd);
 * who looks for a descriptor of his own takes no lock (get.c).
 *
 * So a slot changes by one store from what it was to what it will be: dup2() is
 * seen done or not begun.
 *
 * A file leaves its slot under the mutex and is put after: the last put may
 * sleep, and calls the file's release.
 */

#include "arch/barrier.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/mutex.h"
#include "sync/rcu.h"
#include "sync/refcount.h"
#include "vfs/process.h"

struct file;

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
	unsigned nr; /* (c) */
	struct slot slot[];
};

/*
 *	(a)	atomic
 * The slots belong to who holds the lock, too; files in them and where they are
 * is read without.
 */
struct fdtable {
	struct refcount users;  /* processes whose descriptors it has */
	struct refcount refs;   /* all of those, as one, and each who visits it */
	struct LOCK_OF(mutex, fdtable) lock; /* RANK_FD_TABLE */
	struct slots *slots GUARDED_BY(C_fdtable);
	unsigned lowest GUARDED_BY(C_fdtable); /* no slot below is free */
	struct list dir_watches; /* (notify_lock) vfs/notify/dnotify.c; who closes, and
				  * they are its own, reads without if any are there */
	bool has_locks; /* (a) it may own advisory locks; stays set */
};

static inline struct fdtable *own_table(void)
{
	return vfs_self()->files;
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
	return self->files == t && (load_acquire(&t->users.count) |
				    load_acquire(self->nr_threads)) == 1;
}

static inline struct slot *slot_at(struct fdtable *t, int fd) REQUIRES(C_fdtable)
{
	return &t->slots->slot[fd];
}

static inline struct file *slot_file(struct fdtable *t, int fd) REQUIRES(C_fdtable)
{
	return (unsigned)fd < t->slots->nr ? slot_at(t, fd)->file : NULL;
}

/* Make slot @fd exist: 0, -EMFILE, -ENOMEM. */
int table_grow(struct fdtable *t, unsigned fd) REQUIRES(C_fdtable);
/* @f, or NULL, has left its slot in @t.  May sleep. */
void close_slot(struct fdtable *t, struct file *f);
