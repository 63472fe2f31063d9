#pragma once

/*
 * vfs/notify/fanotify_internal.h - groups, their marks and events.
 *
 *	fanotify.c		the group as a file
 *	fanotify_mark.c		its marks, and who wants what
 *	fanotify_fids.c		what it is told in place of a descriptor
 *	fanotify_queue.c	what it was told and nobody has read
 *	fanotify_read.c		how that is read
 *	fanotify_ask.c		who waits for its permission
 *
 * All of it is under notify_lock, as inotify's is.  An event that will be read with
 * a descriptor has references to the file that it tells of, which are given up
 * without the lock: the last one of an inode is told, too.  One that is read with
 * handles (FAN_REPORT_FID and its like) has none: it may tell of an inode's end.
 */

#include "lib/list.h"
#include "lib/radix.h"
#include "sync/waitq.h"
#include "vfs/handle.h"
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
	uint64_t birth;           /* (c) whose number it was then */
	struct path at;           /* (c) to what, with references; or nothing */
	struct fanotify_fids *fids; /* (c) in place of it, behind; or NULL */
	size_t bytes;             /* (c) of both; of one that is no question */
};

/* What is read in place of a descriptor: handles as they were when it happened,
 * those without bytes are not told. */
struct fanotify_fids {
	unsigned dev;
	struct inode_handle dir, new_dir, object;
	struct name name, new_name; /* in the two directories, or no text */
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
	bool is_private;          /* (c) its maker was not root: it sees no others */
	unsigned event_flags;     /* (c) O_* of the files that are told */
	struct radix marks;       /* (w) by number */
	uint64_t last_number;     /* (w) */
	struct list events;       /* (w) struct fanotify_event */
	unsigned nr_events;       /* (w); read without to decide to sleep */
	size_t bytes;             /* (w) as much will be read; for FIONREAD */
	unsigned max_events;      /* (c) */
	struct waitq readers;
	struct fanotify_event overflow; /* (w) in events, or linked nowhere */
	/* While one happening is told, of all marks that it concerns. */
	struct list concerned;    /* (w) */
	uint32_t wanted, ignored; /* (w) */
	bool has_old, has_new;    /* (w) FAN_RENAME: which of the two directories */
};

struct fanotify_mark {
	struct notify_mark mark;
	struct fanotify *group;   /* (c) */
	uint64_t number;          /* (c) */
	bool is_evictable;        /* (w) */
	bool ignores_by_flags;    /* (w) FAN_MARK_IGNORE: FAN_ONDIR and so on count */
	struct user *payer;       /* (c) */
};

/* It is read with handles. */
static inline bool fanotify_tells_fids(const struct fanotify *g)
{
	return g->flags & FAN_FID_BITS;
}

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

/* ---- fanotify_fids.c ---- */

/* What @g will read of @h, which is a group that reads handles: false, there is
 * nothing that it asked for.  The names are those of @h. */
bool fanotify_fids_get(const struct fanotify *g, const struct happening *h,
		       struct fanotify_fids *fids) REQUIRES(notify_lock);
/* How much a copy takes, with its names, and to make it. */
size_t fanotify_fids_room(const struct fanotify_fids *fids);
void fanotify_fids_copy(struct fanotify_fids *to, const struct fanotify_fids *from);
bool fanotify_fids_same(const struct fanotify_fids *a, const struct fanotify_fids *b);
/* As it is read: how many bytes, and to write them. */
size_t fanotify_fids_len(const struct fanotify *g, uint32_t mask,
			 const struct fanotify_fids *fids);
int fanotify_fids_put(const struct fanotify *g, uint32_t mask,
		      const struct fanotify_fids *fids, vaddr_t to);

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
/* The first event whose length, which is put into *@len, is at most @room: 0, -EAGAIN
 * (there is none), -EINVAL (there is one, and no room). */
int fanotify_queue_first(struct fanotify *g, size_t room,
			 struct fanotify_event **out, size_t *len);
/* @e, which is in no queue and no question, was read. */
void fanotify_event_drop(struct fanotify *g, struct fanotify_event *e);

/* ---- fanotify_read.c ---- */

/* How many bytes @e is, as it is read: always the same, whatever it merges with. */
size_t fanotify_event_len(const struct fanotify *g, const struct fanotify_event *e)
	REQUIRES(notify_lock);
/* The next event to @to, at most @room bytes: how many, -EAGAIN (there is
 * none), -EINVAL (there is one, and no room); or it is lost: -EFAULT, or why its
 * file cannot be opened. */
ssize_t fanotify_read_event(struct fanotify *g, vaddr_t to, size_t room);
