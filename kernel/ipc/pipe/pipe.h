#pragma once

/*
 * ipc/pipe/pipe.h - a pipe: what is written at one end is read at the other.
 */

#include "lib/types.h"

struct file;
struct page;

/* Bytes in a row that nobody has read, in one page. */
struct pipe_buffer {
	struct page *page;       /* a reference: the pipe's own, a program's, a file's */
	uint16_t offset, length; /* of the bytes in it; never none */
	uint32_t flags;          /* pipe_internal.h */
};

/*
 * A new pipe as two open files with one reference each.  @flags: O_NONBLOCK,
 * O_DIRECT: what is written is packets.
 * 0, -ENFILE (this user has too many) or -ENOMEM.
 */
int pipe_create(struct file **read_end, struct file **write_end,
		unsigned flags);

bool is_pipe(const struct file *f);
/*
 * As a write of @n bytes at @buf, but goes on after a part, and whole pages of
 * the program's go into the pipe by reference where they can: vmsplice().
 */
ssize_t pipe_splice(struct file *f, vaddr_t buf, size_t n, bool nonblock);

/*
 * What a splice takes out of a pipe stays there until it is where it is to go:
 *
 *	n = pipe_peek(f, buf, size, nonblock)	a copy of the next bytes
 *	...					some of them are written
 *	pipe_unpeek(f, written)			they are gone
 *
 * From the first to the last nobody else reads.  0: the end is reached; or
 * -EAGAIN, -EFAULT, -ERESTARTSYS: nothing to be given back.
 */
ssize_t pipe_peek(struct file *f, vaddr_t buf, size_t n, bool nonblock);
void pipe_unpeek(struct file *f, size_t taken);
/*
 * The same by reference: what the next bytes are in, up to @n of them in up to
 * *@nr buffers.  How many bytes that is; *@nr are the caller's to give up.
 */
ssize_t pipe_peek_pages(struct file *f, struct pipe_buffer *buffers,
			unsigned *nr, size_t n, bool nonblock);
/*
 * The @nr buffers go in, as far as there is room, without waiting: how many
 * bytes; or -EAGAIN, -EPIPE with its signal.  Their references are the pipe's,
 * or given up.
 */
ssize_t pipe_put_pages(struct file *f, const struct pipe_buffer *buffers,
		       unsigned nr);
/* Room for bytes: how many; or -EAGAIN, -ERESTARTSYS, -EPIPE with its signal. */
ssize_t pipe_wait_room(struct file *f, bool nonblock);

/* F_GETPIPE_SZ, F_SETPIPE_SZ: bytes; or -EPERM (more than its user may have),
 * -EBUSY (more is in it), -EINVAL, -ENOMEM. */
long pipe_size(struct file *f);
long pipe_resize(struct file *f, size_t size);

/* ---- limits, which /proc/sys/fs shows ---- */

/*
 * What who is not root may have: bytes in one pipe (fs.pipe-max-size), and
 * pages in all of his, beyond which a new one is short, or there is none
 * (fs.pipe-user-pages-soft and -hard; 0: no such limit, of the hard one what
 * ipc/pipe/size.c says).  Root may change them.  All (a).
 */
extern uint32_t pipe_max_size, pipe_user_pages_soft, pipe_user_pages_hard;
#define PIPE_MAX_SIZE_LIMIT (1U << 31)
/* The size of the pipe that has room for @size bytes. */
uint32_t pipe_round_size(uint32_t size);
