#pragma once

/*
 * ipc/pipe/pipe_internal.h - what pipes with and without a name share.
 */

#include "ipc/pipe/pipe.h"
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
 *	(*)	read without the lock to decide whether to sleep, and then
 *		again with it
 */
struct pipe {
	struct refcount refs;            /* its files, the inode of a FIFO */
	struct LOCK_OF(mutex, pipe) lock; /* RANK_PIPE */
	/* (*) bytes since the beginning */
	uint64_t read_pos GUARDED_BY(C_pipe), write_pos GUARDED_BY(C_pipe);
	/* (*) files that have that end open */
	unsigned nr_readers GUARDED_BY(C_pipe), nr_writers GUARDED_BY(C_pipe);
	/* (*) ever: for fifo.c */
	unsigned reads_opened GUARDED_BY(C_pipe), writes_opened GUARDED_BY(C_pipe);
	struct page **page GUARDED_BY(C_pipe); /* the ring; NULL: nothing there */
	unsigned nr_pages GUARDED_BY(C_pipe); /* (*) a power of two */
	struct user *payer GUARDED_BY(C_pipe); /* for nr_pages: USER_PIPE_PAGES */
	bool is_peeked GUARDED_BY(C_pipe); /* (*) a splice reads, nobody else */
	struct waitq readable;           /* bytes came, or writers did or went */
	struct waitq writable;           /* bytes went, or readers did or went */
};

/* ---- the ring ---- */

static inline size_t bytes_used(const struct pipe *p)
{
	return READ_ONCE(p->write_pos) - READ_ONCE(p->read_pos);
}

static inline size_t size_of(const struct pipe *p)
{
	return READ_ONCE(p->nr_pages) * PAGE_SIZE;
}

/* Without the lock the ring may be about to shrink, and this be negative. */
static inline int64_t bytes_free(const struct pipe *p)
{
	return (int64_t)(size_of(p) - bytes_used(p));
}

static inline struct page **page_slot(struct pipe *p, uint64_t pos)
	REQUIRES(C_pipe)
{
	return &p->page[pos / PAGE_SIZE & (p->nr_pages - 1)];
}

/* It belongs to a process, which may have given it to others too. */
static inline bool is_borrowed(const struct page *page)
{
	return page->kind != PAGE_KERNEL;
}

static inline void put_page(struct page *page)
{
	page_put(page);
}


/* ---- taking turns (pipe.c) ---- */

/* The page before read_pos is empty, and goes, or stays for the next write. */
void pipe_leave_page(struct pipe *p) REQUIRES(C_pipe);
/* Who reads now would sleep.  Also without the lock. */
bool pipe_read_would_wait(const struct pipe *p);
/* 0, or -ERESTARTSYS.  Nobody holds the lock.  Who has slept owes a
 * pipe_wake_reader(), or _writer(), when he is through. */
int pipe_wait_for_bytes(struct pipe *p);
int pipe_wait_for_room(struct pipe *p);
/* If one could go on. */
void pipe_wake_reader(struct pipe *p);
void pipe_wake_writer(struct pipe *p);
/* Some of @n bytes go in: how many, or -errno; @borrow: whole pages by
 * reference.  Sleeps, unless @nonblock. */
ssize_t pipe_write_part(struct pipe *p, vaddr_t buf, size_t n, bool borrow,
			bool nonblock);
/* There is no reader. */
void pipe_send_sigpipe(void);

/* ---- life (life.c) ---- */

extern const struct file_ops pipe_file_ops;

/* No end is open, one reference: 0, -ENFILE (its user has too many) or
 * -ENOMEM. */
int pipe_alloc(struct pipe **pipe);
void pipe_get(struct pipe *p);
void pipe_put(struct pipe *p);
/* The ring of a new pipe, and its end: size.c. */
int pipe_ring_make(struct pipe *p);
void pipe_ring_free(struct pipe *p) REQUIRES(C_pipe);
/* A file of mode @mode has its ends open; it brings a reference. */
void pipe_open_ends(struct pipe *p, unsigned mode) REQUIRES(C_pipe);
