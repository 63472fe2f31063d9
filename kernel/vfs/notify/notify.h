#pragma once

/*
 * vfs/notify/notify.h - who wants to know what happens to an inode.
 *
 * What happens is said where it happens, in one line:
 *
 *	notify_inode(inode, IN_ATTRIB);
 *
 * Whoever watches the inode is told, and who watches the directory in which
 * it has its name, with that name.  Where nobody watches it costs two loads.
 *
 *	notify.c	watches, and who is told
 *	queue.c		what an instance was told and nobody has read
 *	inotify.c	the instance as a file
 *	fanotify*.c	the other family, which is told with the files
 *			themselves, of mounts and file systems, too
 *	dnotify.c	the third, which only says that there was something, by
 *			a signal
 *
 * A watch has no reference to its inode, or a removed file would never go;
 * the inode that goes takes its watches along.  One of a disk, that its file
 * system could forget and read again, is kept for as long as it is watched
 * (ops->unwatched).  All of it is under one
 * spinlock, so three pairs have nothing left to race about:
 *
 *	a watch is removed while an event comes: it is on the inode's list, and
 *		the event stands in the queue before IN_IGNORED; or it is not
 *	an inode goes while a watch of it is removed: one of the two finds it,
 *		and whoever adds one has a reference to the inode
 *	an event comes while the queue is read: it is in the queue before the
 *		reader looks, or wakes who has looked
 */

#include "lib/types.h"
#include "sync/spinlock.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define IN_ACCESS 0x1U
#define IN_MODIFY 0x2U
#define IN_ATTRIB 0x4U
#define IN_CLOSE_WRITE 0x8U
#define IN_CLOSE_NOWRITE 0x10U
#define IN_OPEN 0x20U
#define IN_MOVED_FROM 0x40U
#define IN_MOVED_TO 0x80U
#define IN_CREATE 0x100U
#define IN_DELETE 0x200U
#define IN_DELETE_SELF 0x400U
#define IN_MOVE_SELF 0x800U
#define IN_ALL_EVENTS 0xfffU
/* Beside them fanotify's, by the same numbers. */
#define FAN_OPEN_EXEC 0x1000U
#define FAN_RENAME 0x10000000U
/* A name comes, goes or becomes another's. */
#define FAN_DIRENT_EVENTS \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | FAN_RENAME)
/* What is not done before who watches has allowed it. */
#define FAN_OPEN_PERM 0x10000U
#define FAN_ACCESS_PERM 0x20000U
#define FAN_OPEN_EXEC_PERM 0x40000U
#define FAN_ALL_PERM (FAN_OPEN_PERM | FAN_ACCESS_PERM | FAN_OPEN_EXEC_PERM)

/* What was open may have no name any more: IN_EXCL_UNLINK. */
#define IN_OF_OPEN_FILES \
	(IN_ACCESS | IN_MODIFY | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_OPEN)

struct notify_watch;

/* Who watches what, and all queues; inode->parent and inode->name change under
 * it and the lock of names. */
extern struct spinlock notify_lock; /* RANK_NOTIFY */

/* Directories, mounts and file systems that are watched: who is in one may
 * concern somebody.  (a) */
extern uint32_t notify_nr_wide;

/* The way of those of whom somebody may want to know; @f: by which it was
 * done, or NULL. */
void notify_inode_watched(struct inode *inode, const struct file *f,
			  uint32_t event);

/* Without notify_lock: somebody may want to know of @event. */
static inline bool notify_may_concern(const struct inode *inode, uint32_t event)
{
	return unlikely((READ_ONCE(inode->watched) & event) ||
			READ_ONCE(notify_nr_wide) != 0);
}

/* Something happened to @inode, however it was reached. */
static inline void notify_inode(struct inode *inode, uint32_t event)
{
	if (notify_may_concern(inode, event))
		notify_inode_watched(inode, NULL, event);
}

/* The same by what is open; not by what the kernel has opened for who watches. */
static inline void notify_file(const struct file *f, uint32_t event)
{
	if (f->inode != NULL && !(f->mode & FMODE_QUIET) &&
	    notify_may_concern(f->inode, event))
		notify_inode_watched(f->inode, f, event);
}

/* Marks whose groups want to be asked.  (a) */
extern uint32_t notify_nr_asking;

/* The way where somebody may have to be asked. */
int notify_ask_watchers(const struct file *f, uint32_t event);

/*
 * May @event, one of FAN_ALL_PERM, be done to the file of @f, with which nothing
 * of it is done yet?  0, or -EPERM; -EINTR: who asks was killed.  Sleeps until
 * all have answered; no lock is held.
 */
static inline int notify_ask(const struct file *f, uint32_t event)
{
	return likely(READ_ONCE(notify_nr_asking) == 0) ?
		       0 : notify_ask_watchers(f, event);
}

/* Somebody watches it.  Without notify_lock: or did just now, or will. */
static inline bool notify_has_watches(const struct inode *inode)
{
	return READ_ONCE(inode->watches.next) != &inode->watches;
}

/* To the inode itself, whatever it is called: IN_ATTRIB of a link count. */
void notify_self(struct inode *inode, uint32_t event);
/* The name @at has come or gone. */
void notify_name(const struct dentry *at, uint32_t event);
/* from->inode has become @to. */
void notify_moved(const struct dentry *from, const struct dentry *to);

/* The last reference to @inode is gone; with its last name? */
void notify_inode_gone(struct inode *inode, bool removed);
/* Nobody is in @m any more. */
void notify_mount_gone(struct mount *m);
/* Nobody sees @fs any more. */
void notify_filesystem_gone(struct filesystem *fs);
