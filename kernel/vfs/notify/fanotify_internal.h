#pragma once

/*
 * vfs/notify/fanotify_internal.h - groups, their marks and events.
 *
 *	fanotify.c		the group as a file
 *	fanotify_mark.c		its marks, and who wants what
 *	fanotify_queue.c	what it was told and nobody has read
 *
 * All of it is under notify_lock, as inotify's is.  An event has references to
 * the file that it tells of, which are given up without the lock: the last one
 * of an inode is told, too.
 */

#include "lib/list.h"
#include "lib/radix.h"
#include "sync/waitq.h"
#include "vfs/notify/fanotify.h"
#include "vfs/notify/notify_internal.h"
#include "vfs/path.h"

/*
 *	(c)	constant
 *	(w)	notify_lock
 */
struct fanotify_event {
	struct list link;         /* (w) */
	uint32_t mask;            /* (w) until it is read */
	unsigned pid;             /* (c) who did it */
	struct path at;           /* (c) to what, with references; nothing: overflow */
};

struct fanotify {
	struct user *payer;       /* (c) */
	unsigned flags;           /* (c) FAN_* */
	unsigned event_flags;     /* (c) O_* of the files that are told */
	struct radix marks;       /* (w) by number */
	uint64_t last_number;     /* (w) */
	struct list events;       /* (w) struct fanotify_event */
	unsigned nr_events;       /* (w); read without to decide to sleep */
	unsigned max_events;      /* (c) */
	struct waitq readers;
	struct fanotify_event overflow; /* (w) in events, or linked nowhere */
	/* While one happening is told, of all marks that it concerns. */
	struct list concerned;    /* (w) */
	uint32_t wanted, ignored; /* (w) */
};

struct fanotify_mark {
	struct notify_mark mark;
	struct fanotify *group;   /* (c) */
	uint64_t number;          /* (c) */
	bool is_evictable;        /* (w) */
	bool ignores_by_flags;    /* (w) FAN_MARK_IGNORE: FAN_ONDIR and so on count */
	struct user *payer;       /* (c) */
};

/* ---- fanotify_mark.c ---- */

/* As many of a kind, FAN_MARK_MOUNT and so on, as others can wait for, from *@at
 * on; false: there were no more.  @all: of every kind. */
bool fanotify_drop_marks(struct fanotify *g, uint64_t *at, unsigned type,
			 bool all);
/* Whoever was concerned by @h gets his event. */
void fanotify_told(const struct happening *h) REQUIRES(notify_lock);

/* ---- fanotify_queue.c ---- */

void fanotify_queue_init(struct fanotify *g);
void fanotify_queue_event(struct fanotify *g, const struct happening *h,
			  uint32_t mask) REQUIRES(notify_lock);
/* Nobody tells it any more, nobody reads. */
void fanotify_queue_drop(struct fanotify *g);
/* The next event to @to, at most @room bytes: how many, -EAGAIN (there is
 * none), -EINVAL (there is one, and no room); or it is lost: -EFAULT, or why its
 * file cannot be opened. */
ssize_t fanotify_queue_read(struct fanotify *g, vaddr_t to, size_t room);
size_t fanotify_queue_bytes(struct fanotify *g);
