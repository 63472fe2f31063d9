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

	for (uint32_t at = p->tail; done < n; at++, done += part) {
		const struct pipe_buffer *b = buffer_at(p, at);
		const char *from = page_address(b->page);

		part = min(n - done, (size_t)b->length);
		if (copy_to_user(buf + done, from + b->offset, part) != 0)
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
