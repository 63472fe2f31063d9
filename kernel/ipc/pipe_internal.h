#pragma once

/*
 * ipc/pipe_internal.h - what pipes with and without a name share.
 */

#include "ipc/pipe.h"
#include "lib/types.h"
#include "mm/page.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "sync/waitq.h"
#include "vfs/file.h"

/* Of a new pipe, and of one whose user has many. */
#define PIPE_PAGES 16U
#define PIPE_FEW_PAGES 2U

/*
 *	(l)	lock
 *	(l*)	lock to write; read without it to decide whether to sleep,
 *		and then again with it
 */
struct pipe {
	struct refcount refs;            /* its files, the inode of a FIFO */
	struct mutex lock;               /* RANK_PIPE */
	uint64_t read_pos, write_pos;    /* (l*) bytes since the beginning */
	unsigned nr_readers, nr_writers; /* (l*) files that have that end open */
	unsigned reads_opened, writes_opened; /* (l*) ever: for fifo.c */
	struct page **page;              /* (l) the ring; NULL: nothing there */
	unsigned nr_pages;               /* (l*) a power of two */
	struct user *payer;              /* (l) for nr_pages: USER_PIPE_PAGES */
	struct waitq readable;           /* bytes came, or writers did or went */
	struct waitq writable;           /* bytes went, or readers did or went */
};

extern const struct file_ops pipe_file_ops;

/* No end is open, one reference: 0, -ENFILE (its user has too many) or
 * -ENOMEM. */
int pipe_alloc(struct pipe **pipe);
void pipe_get(struct pipe *p);
void pipe_put(struct pipe *p);
/* The ring of a new pipe, and its end: pipe_size.c. */
int pipe_ring_make(struct pipe *p);
void pipe_ring_free(struct pipe *p);
/* A file of mode @mode has its ends open; it brings a reference. */
void pipe_open_ends(struct pipe *p, unsigned mode);
