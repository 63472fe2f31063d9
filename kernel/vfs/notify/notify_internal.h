#pragma once

/*
 * vfs/notify/notify_internal.h - instances, watches and events.
 */

#include "lib/list.h"
#include "lib/radix.h"
#include "sync/waitq.h"
#include "vfs/notify/inotify.h"
#include "vfs/notify/notify.h"

struct user;

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
	struct inotify *in;       /* (c) */
	int wd;                   /* (c) */
	uint32_t mask;            /* (w) */
	struct inode *inode;      /* (w) no reference; NULL: it is gone */
	struct list of_inode;     /* (w) inode->watches */
	struct list of_fs;        /* (w) its file system's, if that can go */
	struct user *payer;       /* (c) */
};

/* ---- notify.c ---- */

/* @w, whose owner, number and mask are set, watches @inode from now on. */
void watch_attach(struct notify_watch *w, struct inode *inode)
	REQUIRES(notify_lock);
void watch_set_mask(struct notify_watch *w, uint32_t mask)
	REQUIRES(notify_lock);
/* Of @inode's watches that of @in; NULL: there is none. */
struct notify_watch *watch_find(struct inode *inode, const struct inotify *in)
	REQUIRES(notify_lock);
/* It is over, and freed: its instance is told IN_IGNORED; or not. */
void watch_end(struct notify_watch *w) REQUIRES(notify_lock);
void watch_free(struct notify_watch *w) REQUIRES(notify_lock);

/* ---- queue.c ---- */

void queue_init(struct inotify *in);
/* @name may be NULL. */
void queue_event(struct inotify *in, const struct inotify_event *event,
		 const struct name *name) REQUIRES(notify_lock);
/* Nobody else has it any more: no watch tells it, nobody reads. */
void queue_drop(struct inotify *in);
/* The next event to @to, at most @room bytes: how many, -EAGAIN (there is
 * none), -EINVAL (there is one, and no room), -EFAULT (and it is lost). */
ssize_t queue_read(struct inotify *in, vaddr_t to, size_t room);
