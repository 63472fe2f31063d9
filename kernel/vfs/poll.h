#pragma once

/*
 * vfs/poll.h - wait until one of many files is ready.
 *
 *	struct poller poller;
 *
 *	poll_begin(&poller);
 *	do {
 *		for each file:	ready |= poll_file(&poller, f) & wanted
 *	} while (!ready && (err = poll_wait(&poller, deadline)) == 0);
 *	poll_end(&poller);
 *
 * The first round joins the wait queues that the files name; whatever
 * happens to one of them from then on ends the next poll_wait().  Files that
 * are watched are held until poll_end().
 */

#include "sync/waitq.h"
#include "vfs/file.h"

#define POLLER_OWN_WATCHES 8U

struct poll_watch {
	struct waiter waiter;  /* first; on a queue of the file */
	struct poller *poller; /* (c) */
	struct file *file;     /* (c) a reference */
};

struct poll_chunk; /* poll.c: more watches than the poller itself has */

/* Belongs to the thread that polls; only woken is shared. */
struct poller {
	struct poll_table table; /* first: what files are given */
	struct thread *thread;
	uint32_t woken;          /* (a) ORDER poll-woken */
	bool watching;           /* the first round is not over */
	bool no_memory;
	unsigned nr_own;
	struct poll_watch own[POLLER_OWN_WATCHES];
	struct poll_chunk *chunks; /* newest first */
};

void poll_begin(struct poller *p);
/* What @f is ready for.  It is watched in the first round, until one was
 * found ready: poll_found() says so. */
unsigned poll_file(struct poller *p, struct file *f);
void poll_found(struct poller *p);
/*
 * Until something may have changed: 0; -ETIMEDOUT, -ERESTARTNOHAND when a
 * signal came, -ENOMEM when a file could not be watched.
 */
int poll_wait(struct poller *p, uint64_t deadline);
void poll_end(struct poller *p);

/* The events of any file, by its operations; @pt may be NULL. */
unsigned file_poll(struct file *f, struct poll_table *pt);
