#pragma once

/*
 * vfs/filelock.h - advisory locks, those of flock() and of fcntl().
 *
 * A lock covers some bytes of a file, shared or exclusive, and has an owner:
 * for flock() the open file, for fcntl() the process, named by its table of
 * descriptors, or the open file (F_OFD_SETLK).  The two kinds do not see each
 * other.  Nobody is kept from reading or writing, only from taking a lock that
 * conflicts.
 *
 * A process that would wait for one that waits for it is refused: EDEADLK.
 *
 * The locks of an open file go with its last reference, those of a process
 * when it closes any descriptor of the file.
 */

#include "lib/list.h"
#include "lib/types.h"

struct fdtable;
struct file;

enum file_lock_kind {
	LOCK_OF_FILE,
	LOCK_OF_PROCESS,
};

void file_lock_init(void); /* boot */

#define FILE_LOCK_END ((uint64_t)INT64_MAX)
#define FILE_LOCK_NOBODY (-1)

struct file_lock {
	struct list link;     /* (lock_list_mutex) */
	const void *object;   /* (c) what is locked, see file_lock_object() */
	const void *owner;    /* (c) */
	enum file_lock_kind kind; /* (c) */
	bool exclusive;       /* (c) */
	int pid;              /* (c) for F_GETLK; FILE_LOCK_NOBODY: a file's */
	uint64_t first, last; /* (lock_list_mutex) bytes, both included */
	struct user *payer;   /* (c) a reference; NULL in what is only asked for */
};

/* What two open files of the same thing have in common. */
const void *file_lock_object(const struct file *f);

/*
 * Lock what @wanted says, in place of what its owner has there.  0, or
 * -EAGAIN (not with @wait), -EDEADLK, -ERESTARTSYS, -ENOLCK (no memory, or
 * this user has too many).
 */
int file_lock(const struct file_lock *wanted, bool wait);
/* The owner gives up what it has in the range.  0, or -ENOLCK when a lock
 * would fall into two and a second cannot be had. */
int file_unlock(const struct file_lock *range);
/* A lock that keeps @wanted from being taken is copied to *@out; false: there
 * is none. */
bool file_lock_find(const struct file_lock *wanted, struct file_lock *out);

/* @f has left a slot of the table @t. */
void fdtable_drop_locks(const struct fdtable *t, struct file *f);
/* The last reference to @f is gone. */
void file_drop_locks(struct file *f);
