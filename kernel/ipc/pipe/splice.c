/*
 * ipc/pipe/splice.c - what splice(), tee() and vmsplice() ask of a pipe: bytes
 * that stay until they are where they are to go, and pages by reference.
 *
 * A splice that has bytes in hand (pipe_peek()) is the only reader until it puts
 * them down (pipe_unpeek()); it holds no lock meanwhile, for where it writes to
 * may be another pipe, or sleep.
 */
#include "ipc/pipe/pipe_internal.h"

#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "sync/attempt.h"

/* Copy out @n bytes, which are there and stay. */
static int copy_out(struct pipe *p, vaddr_t buf, size_t n) REQUIRES(C_pipe)
{
	size_t done = 0, part;

	for (uint64_t at = p->tail; done < n; at++, done += part) {
		const struct pipe_buffer *b = buffer_at(p, at);

		part = min(n - done, (size_t)b->length);
		if (copy_to_user(buf + done, bytes_of(b), part) != 0)
			return -EFAULT;
	}
	return 0;
}

static ssize_t peek_some(struct pipe *p, vaddr_t buf, size_t n)
{
	ssize_t done = -EAGAIN;

	mutex_lock(&p->lock);
	n = min(n, bytes_used(p));
	if (!pipe_read_would_wait(p))
		done = copy_out(p, buf, n);
	if (done == 0 && n > 0) {
		WRITE_ONCE(p->is_peeked, true);
		done = (ssize_t)n;
	}
	mutex_unlock(&p->lock);
	return done;
}

ssize_t pipe_peek(struct file *f, vaddr_t buf, size_t n, bool nonblock)
{
	struct pipe *p = f->data;
	ssize_t done = attempt(peek_some(p, buf, n), nonblock,
			       pipe_wait_for_bytes(p));

	if (done <= 0) /* else pipe_unpeek() does */
		pipe_wake_reader(p);
	return done;
}

/* Two pipes have the page from now on: neither writes to it any more. */
static void share_buffer(struct pipe_buffer *b, size_t n, struct pipe_buffer *to)
{
	page_get(b->page);
	b->flags &= ~BUFFER_CAN_MERGE;
	*to = *b;
	to->length = (uint16_t)n;
}

/* How many bytes; they are there. */
static ssize_t share_some(struct pipe *p, struct pipe_buffer *buffers,
			  unsigned *nr, size_t n) REQUIRES(C_pipe)
{
	size_t done = 0, part;
	unsigned i;

	n = min(n, bytes_used(p));
	for (i = 0; i < *nr && done < n; i++, done += part) {
		struct pipe_buffer *b = buffer_at(p, p->tail + i);

		part = min(n - done, (size_t)b->length);
		share_buffer(b, part, &buffers[i]);
	}
	*nr = i;
	return (ssize_t)done;
}

static ssize_t peek_pages(struct pipe *p, struct pipe_buffer *buffers,
			  unsigned *nr, size_t n)
{
	ssize_t done = -EAGAIN;

	mutex_lock(&p->lock);
	if (!pipe_read_would_wait(p))
		done = share_some(p, buffers, nr, n);
	if (done > 0)
		WRITE_ONCE(p->is_peeked, true);
	mutex_unlock(&p->lock);
	return done;
}

ssize_t pipe_peek_pages(struct file *f, struct pipe_buffer *buffers,
			unsigned *nr, size_t n, bool nonblock)
{
	struct pipe *p = f->data;
	ssize_t done = attempt(peek_pages(p, buffers, nr, n), nonblock,
			       pipe_wait_for_bytes(p));

	if (done <= 0) {
		*nr = 0;
		pipe_wake_reader(p);
	}
	return done;
}

/* What it is says every field: the place is one that others have had. */
static void put_reference(struct pipe *p, const struct pipe_buffer *from)
	REQUIRES(C_pipe)
{
	struct pipe_buffer *b = pipe_next_buffer(p);

	b->page = from->page;
	b->offset = from->offset;
	b->length = from->length;
	b->flags = from->flags & BUFFER_PACKET;
	pipe_commit(p, b);
}

/* How many of the buffers have gone in, and *@bytes. */
static unsigned put_some(struct pipe *p, const struct pipe_buffer *buffers,
			 unsigned nr, ssize_t *bytes)
{
	unsigned i = 0;

	*bytes = -EAGAIN;
	mutex_lock(&p->lock);
	if (p->nr_readers == 0)
		*bytes = -EPIPE;
	for (; p->nr_readers > 0 && i < nr && bytes_free(p) > 0; i++) {
		put_reference(p, &buffers[i]);
		*bytes = max(*bytes, 0L) + buffers[i].length;
	}
	mutex_unlock(&p->lock);
	return i;
}

ssize_t pipe_put_pages(struct file *f, const struct pipe_buffer *buffers,
		       unsigned nr)
{
	struct pipe *p = f->data;
	ssize_t bytes;

	for (unsigned i = put_some(p, buffers, nr, &bytes); i < nr; i++)
		put_page(buffers[i].page);
	if (bytes > 0)
		waitq_wake_one(&p->readable);
	else if (bytes == -EPIPE)
		pipe_send_sigpipe();
	return bytes;
}

static void skip(struct pipe *p, size_t n) REQUIRES(C_pipe)
{
	while (n > 0) {
		size_t part = min(n, (size_t)buffer_at(p, p->tail)->length);

		pipe_consume(p, part);
		n -= part;
	}
}

void pipe_unpeek(struct file *f, size_t taken)
{
	struct pipe *p = f->data;

	mutex_lock(&p->lock);
	assert(p->is_peeked && taken <= bytes_used(p));
	skip(p, taken);
	WRITE_ONCE(p->is_peeked, false);
	mutex_unlock(&p->lock);
	pipe_wake_reader(p);
	if (taken > 0)
		pipe_wake_writer(p);
}

static ssize_t room_or_end(const struct pipe *p)
{
	int64_t room = bytes_free(p);

	if (READ_ONCE(p->nr_readers) == 0)
		return -EPIPE;
	return room > 0 ? (ssize_t)room : -EAGAIN;
}

ssize_t pipe_wait_room(struct file *f, bool nonblock)
{
	struct pipe *p = f->data;
	ssize_t room = attempt(room_or_end(p), nonblock, pipe_wait_for_room(p));

	pipe_wake_writer(p); /* what we shall write is not known yet */
	if (room == -EPIPE)
		pipe_send_sigpipe();
	return room;
}

ssize_t pipe_splice(struct file *f, vaddr_t buf, size_t n, bool nonblock)
{
	struct pipe *p = f->data;
	ssize_t done;

	if (n == 0)
		return 0;
	done = pipe_write_part(p, buf, n, PIPE_BORROWED, nonblock);
	if (done == -EPIPE)
		pipe_send_sigpipe();
	return done;
}
