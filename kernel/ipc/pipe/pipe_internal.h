#pragma once

/*
 * ipc/pipe/pipe_internal.h - what pipes with and without a name share.
 */

#include "ipc/pipe/pipe.h"
#include "lib/bug.h"
#include "lib/types.h"
#include "mm/page.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "sync/waitq.h"
#include "vfs/file.h"

/* Of a new pipe, and of one whose user has many. */
#define PIPE_PAGES 16U
#define PIPE_FEW_PAGES 2U

/* The page is the pipe's alone, and what is written next may go behind the
 * bytes: no page that anybody else can see has it. */
#define BUFFER_CAN_MERGE 1U
/* One write, for one read: what that leaves goes. */
#define BUFFER_PACKET 2U

/*
 *	(*)	read without the lock to decide whether to sleep, and then
 *		again with it
 */
struct pipe {
	struct LOCK_OF(mutex, pipe) lock; /* RANK_PIPE */
	struct refcount refs;            /* its files, the inode of a FIFO */
	/* (*) buffers since the beginning: put in, read */
	uint64_t head GUARDED_BY(C_pipe), tail GUARDED_BY(C_pipe);
	size_t nr_bytes GUARDED_BY(C_pipe); /* (*) in all of them */
	/* (*) files that have that end open */
	unsigned nr_readers GUARDED_BY(C_pipe), nr_writers GUARDED_BY(C_pipe);
	/* (*) ever: for fifo.c */
	unsigned reads_opened GUARDED_BY(C_pipe), writes_opened GUARDED_BY(C_pipe);
	struct pipe_buffer *ring GUARDED_BY(C_pipe);
	size_t nr_pages GUARDED_BY(C_pipe); /* (*) buffers of it, a power of two */
	struct page *spare GUARDED_BY(C_pipe); /* its own, read empty; NULL: none */
	struct user *payer GUARDED_BY(C_pipe); /* for nr_pages: USER_PIPE_PAGES */
	bool is_peeked GUARDED_BY(C_pipe); /* (*) a splice reads, nobody else */
	struct waitq readable;           /* bytes came, or writers did or went */
	struct waitq writable;           /* a buffer went, or readers did or went */
};

/* ---- the ring (ring.c) ---- */

static inline size_t bytes_used(const struct pipe *p)
{
	return READ_ONCE(p->nr_bytes);
}

static inline size_t size_of(const struct pipe *p)
{
	return READ_ONCE(p->nr_pages) * PAGE_SIZE;
}

/* What there are buffers for.  Without the lock the ring may be about to
 * shrink, and this be negative. */
static inline int64_t bytes_free(const struct pipe *p)
{
	uint64_t used = READ_ONCE(p->head) - READ_ONCE(p->tail);

	return (int64_t)((READ_ONCE(p->nr_pages) - used) * PAGE_SIZE);
}

static inline struct pipe_buffer *buffer_at(struct pipe *p, uint64_t number)
	REQUIRES(C_pipe)
{
	return &p->ring[number & (p->nr_pages - 1)];
}

/* Where its bytes begin. */
static inline const char *bytes_of(const struct pipe_buffer *b)
{
	return (const char *)page_address(b->page) + b->offset;
}

/* It belongs to a process, which may have given it to others too, or to a
 * file. */
static inline bool is_borrowed(const struct page *page)
{
	return page->kind != PAGE_KERNEL;
}

static inline void put_page(struct page *page)
{
	page_put(page);
}

/* What comes next into the ring, where there is room, is filled in there as a
 * whole, and then in the pipe. */
static inline struct pipe_buffer *pipe_next_buffer(struct pipe *p) REQUIRES(C_pipe)
{
	lab_assert(p->head - p->tail < p->nr_pages);
	return buffer_at(p, p->head);
}

static inline void pipe_commit(struct pipe *p, const struct pipe_buffer *next)
	REQUIRES(C_pipe)
{
	lab_assert(next->length > 0);
	WRITE_ONCE(p->head, p->head + 1);
	WRITE_ONCE(p->nr_bytes, p->nr_bytes + next->length);
}

/* Both in one: the bytes of @page, whose reference is the pipe's from now on. */
static inline void pipe_push(struct pipe *p, struct page *page, size_t offset,
			     size_t length, unsigned flags) REQUIRES(C_pipe)
{
	struct pipe_buffer *b = pipe_next_buffer(p);

	*b = (struct pipe_buffer){
		.page = page,
		.offset = (uint16_t)offset,
		.length = (uint16_t)length,
		.flags = flags,
	};
	pipe_commit(p, b);
}

/* @n bytes of the oldest buffer, which has them, are read. */
void pipe_consume(struct pipe *p, size_t n) REQUIRES(C_pipe);
/* All that is in it goes. */
void pipe_empty(struct pipe *p) REQUIRES(C_pipe);
/* A page of the pipe's own, whose reference is the caller's; NULL: no memory. */
struct page *pipe_own_page(struct pipe *p) REQUIRES(C_pipe);
/* Of a write of @n bytes, those beyond whole pages, if they fit behind what was
 * written last; else 0. */
size_t pipe_mergeable(const struct pipe *p, size_t n) REQUIRES(C_pipe);
/* These @n bytes at @buf go there: @n, or -EFAULT and none has. */
ssize_t pipe_merge(struct pipe *p, vaddr_t buf, size_t n) REQUIRES(C_pipe);

/* ---- taking turns (pipe.c) ---- */

/* Who reads now would sleep.  Also without the lock. */
bool pipe_read_would_wait(const struct pipe *p);
/* 0, or -ERESTARTSYS.  Nobody holds the lock.  Who has slept owes a
 * pipe_wake_reader(), or _writer(), when he is through. */
int pipe_wait_for_bytes(struct pipe *p);
int pipe_wait_for_room(struct pipe *p);
/* If one could go on. */
void pipe_wake_reader(struct pipe *p);
void pipe_wake_writer(struct pipe *p);
/* How the bytes of a write go in. */
enum pipe_how {
	PIPE_COPIED,
	PIPE_AS_PACKETS,
	PIPE_BORROWED, /* the program's pages, where they can: vmsplice() */
};
/* Some of @n bytes go in: how many, or -errno.  Sleeps, unless @nonblock. */
ssize_t pipe_write_part(struct pipe *p, vaddr_t buf, size_t n, enum pipe_how how,
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
