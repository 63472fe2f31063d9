#pragma once

/*
 * vfs/notify/dnotify.h - who has a directory open is told by a signal what
 * happens to it and in it: F_NOTIFY.
 *
 * A watch is of one open file, as one table of descriptors has it.  It ends
 * when any descriptor of that file is closed in that table; or it has told
 * once, and was not asked for more (DN_MULTISHOT).  Whom it tells, and by what
 * signal, is said as of any file (proc/signal/async.h).
 */

#include "lib/types.h"

struct file;
struct list;

#define DN_ACCESS 0x1U
#define DN_MODIFY 0x2U
#define DN_CREATE 0x4U
#define DN_DELETE 0x8U
#define DN_RENAME 0x10U
#define DN_ATTRIB 0x20U
#define DN_MULTISHOT 0x80000000U /* tell more than once */

/* 0: F_NOTIFY is EINVAL. */
extern uint32_t dir_notify_enable;

/*
 * @f, a directory with an owner, tells of @asked as well, as the descriptor
 * @fd.  @watches are those of a table whose lock is held: @fd names @f in it.
 * 0, -ENOSPC (this user has too many), -ENOMEM.
 */
int dnotify_add(struct list *watches, struct file *f, int fd, uint32_t asked);
/* No more; the owner has been told what has happened before.  May sleep. */
void dnotify_end(struct list *watches, const struct file *f);

/* ---- telling: owners_tell() of sync/late.h ---- */

/* Something that happened: the owner of @file gets so many signals. */
struct dnotify_due {
	const struct file *file; /* not closed yet */
	int fd;
	unsigned times;
};

/* For how many files is there something?  What the running thread has done counts,
 * others may just add to it. */
unsigned dnotify_nr_due(void);
/* The next, which the caller tells before it lets go of its lock, the same for all
 * callers: whoever ends a watch waits for him.  False: there is none. */
bool dnotify_take(struct dnotify_due *due);
