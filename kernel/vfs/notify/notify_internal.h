#pragma once

/*
 * vfs/notify/notify_internal.h - what both families of calls stand on: marks,
 * and what happens; then inotify's instances, watches and events
 * (fanotify_internal.h has fanotify's).
 */

#include "lib/list.h"
#include "lib/radix.h"
#include "sync/waitq.h"
#include "vfs/notify/inotify.h"
#include "vfs/notify/notify.h"

struct user;
struct happening;
struct notify_mark;

/* What one of the families does with its marks. */
struct notify_kind {
	/* @h happens, and concerns @m, which may end by that. */
	void (*happens)(struct notify_mark *m, const struct happening *h);
	/* What @m is of is gone; or @unmounted: nobody sees it any more.  Ends @m. */
	void (*gone)(struct notify_mark *m, bool unmounted);
};

/*
 * That somebody wants to know what happens to an inode, or to whatever is
 * reached by a mount, or is of a file system: one of the three.
 *
 *	(c)	constant
 *	(w)	notify_lock
 */
struct notify_mark {
	const struct notify_kind *kind; /* (c) */
	uint32_t mask;         /* (w) */
	uint32_t ignored;      /* (w) of these, whoever else wants it: fanotify */
	bool keeps_ignored;    /* (w) when it is written to */
	struct inode *inode;   /* (w) no reference; NULL: it is gone, or not of one */
	struct mount *mount;   /* (w) the same */
	struct filesystem *fs; /* (w) the same */
	struct list of_object; /* (w) the marks of what it is of */
	struct list of_fs;     /* (w) its file system's, if that can go */
};

/* Something happens. */
struct happening {
	uint32_t event, cookie;
	struct inode *inode;     /* whom it is done to */
	struct inode *dir;       /* where that has or had its name; NULL: it is not told */
	struct name name;        /* which is this */
	const struct dentry *to; /* and this now: FAN_RENAME; else NULL */
	const struct file *file; /* by which it was done; or NULL */
	bool is_dir;             /* whom it was done to */
	bool nameless;
	bool of_name;            /* it is about the directory: a name comes or goes */
	bool of_child;           /* now told to the marks of the directory, and is not */
};

/* With which name it is told to whoever watches the directory, or NULL. */
static inline const struct name *happening_name(const struct happening *h)
{
	return h->of_name || h->of_child ? &h->name : NULL;
}

/* How many are taken down under one turn of notify_lock. */
#define WATCHES_AT_ONCE 64

/* The head of an event, as programs read it; the name follows. */
struct inotify_event {
	int32_t wd;
	uint32_t mask, cookie;
	uint32_t len; /* of the name, with zeros up to a multiple of 16 */
};

_Static_assert(sizeof(struct inotify_event) == 16, "Linux's layout");

struct notify_entry {
	struct list link;
	struct inotify_event head;
	char name[];
};

/*
 *	(c)	constant
 *	(w)	notify_lock
 */
struct inotify {
	struct user *payer;       /* (c) */
	struct radix watches;     /* (w) by number */
	int last_wd;              /* (w) */
	struct list events;       /* (w) struct notify_entry */
	unsigned nr_events;       /* (w); read without to decide to sleep */
	size_t bytes;             /* (w) as much will be read */
	unsigned max_events;      /* (c) */
	struct waitq readers;
	struct notify_entry overflow; /* (w) in events, or linked nowhere */
};

struct notify_watch {
	struct notify_mark mark;  /* of an inode */
	struct inotify *in;       /* (c) */
	int wd;                   /* (c) */
	struct user *payer;       /* (c) */
};

/* ---- notify.c ---- */

/* @m, whose kind, mask and object are set, is told from now on. */
void mark_attach(struct notify_mark *m) REQUIRES(notify_lock);
/* It is told nothing any more; nothing happens if it was not. */
void mark_detach(struct notify_mark *m) REQUIRES(notify_lock);
/* Its masks have changed. */
void mark_changed(struct notify_mark *m) REQUIRES(notify_lock);

/* @h, done to an inode that may have a name, is told to the marks of all that it
 * concerns. */
void notify_tell_all(struct happening *h) REQUIRES(notify_lock);

/* ---- queue.c ---- */

/* @bytes zeroed, paid by @payer, for an event that nobody has read; NULL: that
 * would be too much. */
void *event_alloc(struct user *payer, size_t bytes);
void event_free(struct user *payer, void *event, size_t bytes);

void queue_init(struct inotify *in);
/* @name may be NULL. */
void queue_event(struct inotify *in, const struct inotify_event *event,
		 const struct name *name) REQUIRES(notify_lock);
/* Nobody else has it any more: no watch tells it, nobody reads. */
void queue_drop(struct inotify *in);
/* The next event to @to, at most @room bytes: how many, -EAGAIN (there is
 * none), -EINVAL (there is one, and no room), -EFAULT (and it is lost). */
ssize_t queue_read(struct inotify *in, vaddr_t to, size_t room);
