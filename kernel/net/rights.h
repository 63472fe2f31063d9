#pragma once

/*
 * net/rights.h - open files on their way in a message (SCM_RIGHTS).
 *
 * They are put together by who sends, belong to the message, and then to who
 * receives it, who takes them out and gives them descriptors.  A message that
 * nobody receives drops them: who drops it closes them when his call is over,
 * for closing them at once may be within the close of a file.
 *
 * Sockets can be sent through sockets, so some may be left that only each
 * other's messages hold.  Those are found and closed, too: unix/rights.c.
 */

#include "lib/list.h"
#include "lib/types.h"
#include "sync/late.h"
#include "sync/lockclass.h"

#define RIGHTS_MAX 253U

struct file;
struct socket;
struct unix_socket;
struct user;

/*
 * The files belong to whoever has the rights.
 *
 *	(c)	constant once sent
 */
struct rights {
	unsigned nr, charged; /* (c) files there are, and are paid for */
	struct file **files;  /* (c) references */
	struct user *payer;   /* (c) USER_PASSED_FILES */

	/* Under inflight_lock of unix/rights.c. */
	struct unix_socket *holder GUARDED_BY(C_inflight); /* on whose list; NULL: on none */
	struct unix_socket *end GUARDED_BY(C_inflight); /* in whose queue */
	struct list link GUARDED_BY(C_inflight); /* holder->held, or the collector's */
	struct late late GUARDED_BY(C_inflight); /* his who set closing */
	bool dropped GUARDED_BY(C_inflight); /* the message does not have it any more */
	bool closing GUARDED_BY(C_inflight); /* the files will be gone, */
	bool closed GUARDED_BY(C_inflight); /* and are */
};

/* Room in *@rights for @n files more; NULL: it is new then.  0, -ETOOMANYREFS (its
 * user has too many on their way), -ENOMEM. */
int rights_make_room(struct rights **rights, unsigned n);
/* @r is about to be queued for @to. */
void rights_send(struct rights *r, struct socket *to);
/* What a message carries is not wanted, or nobody is there to want it.  May be
 * called from the release of a file. */
void rights_drop(struct rights *r);
/* @r is out of its queue, and its files are the caller's: it puts them, and
 * then frees the rest. */
void rights_take(struct rights *r);
void rights_free(struct rights *r);
/* The same files once more, taken; NULL: no memory. */
struct rights *rights_copy(const struct rights *r);
