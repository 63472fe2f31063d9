#pragma once

/*
 * vfs/epoll/epoll_internal.h - what the files of an epoll share.
 */

#include "lib/avl.h"
#include "lib/list.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "sync/spinlock.h"
#include "sync/waitq.h"
#include "vfs/epoll/epoll.h"
#include "vfs/poll.h"

struct epoll_watch;
struct user;

extern struct mutex epoll_nest_lock; /* RANK_EPOLL_NEST: who watches whom */

/* What the newest walk of nest.c that came by has found. */
struct epoll_walk {
	uint64_t walk;
	unsigned steps;
	uint64_t ways;
};

/*
 * Each field names the lock that protects it:
 *	(c)	constant
 *	(n+m)	epoll_nest_lock and ep->lock to write, either to read
 *	(w)	watches_lock of epoll.c
 */
struct epoll {
	struct refcount refs;      /* its file, who takes a file off it */
	struct file *file;         /* (c) no reference: it is this file's */
	struct LOCK_OF(mutex, epoll) lock; /* RANK_EPOLL */
	struct avl_root items GUARDED_BY(C_epoll); /* by file and descriptor */
	struct list nested;        /* (n+m) items that are epolls */
	unsigned nr_nested;        /* (n+m); read without to see that it is 0 */

	struct LOCK_OF(spinlock, epollready) ready_lock; /* RANK_READY */
	struct list ready GUARDED_BY(C_epollready);      /* items that something happened to */
	unsigned nr_ready GUARDED_BY(C_epollready);      /* read without to decide to sleep */
	uint64_t nr_events GUARDED_BY(C_epollready);     /* read without by who compares */
	struct waitq sleepers;     /* in epoll_wait(); RANK_READY */
	struct waitq pollers;      /* who polls the epoll; RANK_READY */

	struct epoll_walk down GUARDED_BY(epoll_nest_lock); /* of what is below, */
	struct epoll_walk up GUARDED_BY(epoll_nest_lock);   /* and above */
};

struct epoll_item {
	struct epoll *ep;            /* (c) */
	struct file *file;           /* (c) no reference: epoll_forget_file() */
	int fd;                      /* (c) */
	struct user *payer;          /* (c) USER_EPOLL_WATCHES */
	struct list nested_link;     /* (n+m) only of an epoll */
	struct list file_link;       /* (w) of file->watches */

	uint32_t events GUARDED_BY(C_epoll);     /* wanted; and EPOLL_HOW */
	uint64_t data GUARDED_BY(C_epoll);
	struct avl_node node GUARDED_BY(C_epoll);
	uint64_t seen GUARDED_BY(C_epoll);       /* count_events() when last looked at */
	struct epoll_watch *watches GUARDED_BY(C_epoll); /* places in queues of the file */
	struct list ready_link GUARDED_BY(C_epollready);
};

struct epoll_watch {
	struct waiter waiter;
	struct epoll_item *item;  /* (c) */
	struct epoll_watch *next; /* (c) */
};

static inline struct epoll *epoll_of(const struct file *f)
{
	return f->data;
}

/*
 * The lock of an epoll that is watched by one whose lock is held.  Both have
 * one rank; that there is no circle is what nest.c sees to.
 */
static inline void epoll_lock_inner(struct epoll *ep)
	ACQUIRES(ep->lock) ACQUIRES(C_epoll)
{
	mutex_lock_below(&ep->lock);
}

/* ---- ready.c ---- */

extern const struct file_ops epoll_file_ops;

/* Something happened to the item, or may have: true if it woke somebody. */
bool epoll_note(struct epoll_item *item);
/* It is not on the ready list any more. */
void epoll_unnote(struct epoll_item *item);
/* Join the queues of the item's file; it is noted if it is ready: 0 or
 * -ENOMEM. */
int epoll_join(struct epoll_item *item) REQUIRES(C_epoll);
/* Its file is asked, and it is noted if that is ready. */
void epoll_ask(struct epoll_item *item) REQUIRES(C_epoll);
/* Up to @max events of the ready list go to user memory: how many. */
long epoll_collect(struct epoll *ep, vaddr_t events, unsigned max);

/* ---- epoll.c ---- */

void epoll_release(struct file *f);

/* ---- nest.c ---- */

/* @outer may watch @inner: 0, -ELOOP, or -EINVAL: there would be too many ways
 * down.  The nest lock is held. */
int epoll_may_nest(struct epoll *outer, struct epoll *inner)
	REQUIRES(epoll_nest_lock);
