#pragma once

/*
 * vfs/notify/fanotify_internal.h - groups, their marks and events.
 *
 *	fanotify.c		the group as a file
 *	fanotify_mark.c		its marks, and who wants what
 *	fanotify_queue.c	what it was told and nobody has read
 *	fanotify_ask.c		who waits for its permission
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

/* It is part of a question. */
static inline bool fanotify_asks(const struct fanotify_event *e)
{
	return e->mask & FAN_ALL_PERM;
}

/* That somebody waits for the answer to.  It is his, until he was killed. */
struct fanotify_question {
	struct fanotify_event event;
	struct user *payer;       /* (c) */
	struct fanotify *group;   /* (c) no reference: there until it has answered */
	int fd;                   /* (w) by which it is answered */
	uint32_t answer;          /* (w) FAN_ALLOW, FAN_DENY; 0: none so far; read
				   * without to decide to sleep */
	bool abandoned;           /* (w) whoever answers it frees it */
	struct waitq asker;
};

struct fanotify {
	struct user *payer;       /* (c) */
	uint64_t age;             /* (c) the oldest was the first */
	struct list asked;        /* (w) struct fanotify_question, read and not
				   * answered */
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

/* Of those who are concerned and want @event that who has the least order above
 * *@after, which is his then; none is younger than @youngest.  NULL: there is none. */
struct fanotify *fanotify_choose(uint32_t event, uint64_t *after,
				 uint64_t youngest) REQUIRES(notify_lock);

/* ---- fanotify_ask.c ---- */

/* @g is new. */
void fanotify_set_age(struct fanotify *g);
/* When its turn comes to be asked: by class, then by age. */
uint64_t fanotify_order(const struct fanotify *g);
/* A reader has taken the question of @e, and will have told @fd by it: it is
 * answered by that from now on. */
void fanotify_asked(struct fanotify *g, struct fanotify_event *e, int fd);
/* It could not be told after all: no. */
void fanotify_not_asked(struct fanotify_event *e);
/* The answer to the question with @fd: 0, or -ENOENT. */
int fanotify_answer(struct fanotify *g, int fd, uint32_t answer);
/* Nobody will answer the question of @e, which is in no list: yes. */
void fanotify_let_go(struct fanotify_event *e);
/* The same of all that were read. */
void fanotify_let_all_go(struct fanotify *g);

/* ---- fanotify_queue.c ---- */

void fanotify_queue_init(struct fanotify *g);
void fanotify_queue_event(struct fanotify *g, const struct happening *h,
			  uint32_t mask) REQUIRES(notify_lock);
/* @e, which is whole, is read last. */
void fanotify_queue_append(struct fanotify *g, struct fanotify_event *e)
	REQUIRES(notify_lock);
/* @e, which is in the queue, is in it no more. */
void fanotify_queue_take(struct fanotify *g, struct fanotify_event *e)
	REQUIRES(notify_lock);
/* An event found no room. */
void fanotify_queue_lost(struct fanotify *g) REQUIRES(notify_lock);
/* Nobody tells it any more, nobody reads. */
void fanotify_queue_drop(struct fanotify *g);
/* The next event to @to, at most @room bytes: how many, -EAGAIN (there is
 * none), -EINVAL (there is one, and no room); or it is lost: -EFAULT, or why its
 * file cannot be opened. */
ssize_t fanotify_queue_read(struct fanotify *g, vaddr_t to, size_t room);
size_t fanotify_queue_bytes(struct fanotify *g);
