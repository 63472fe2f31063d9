/*
 * ipc/pipe/pipe.c - what is written at one end is read at the other, and who
 * waits for it.
 *
 * The bytes are in a ring of buffers (ring.c), 16 of a page each or what
 * F_SETPIPE_SZ made (size.c).  A write goes behind the one before, if there is
 * room in its page, and else takes buffers of its own; as packets (O_DIRECT)
 * each takes one, and a read gets no more than that.
 *
 * Up to PIPE_BUF bytes are written in one piece.  Readers and writers wait in
 * queues of their own; waking an empty queue costs next to nothing.  Nobody
 * holds the mutex while waiting.
 *
 * However many readers wait, a write wakes one; and a read wakes one writer, as
 * soon as there is room for PIPE_BUF bytes, which is what each of them waits
 * for.  So who was woken owes something: if he leaves bytes, or room, behind,
 * he wakes the next one; and if he leaves for a signal, waitq_wait_exclusive()
 * does that for him.  He cannot overlook any:
 *
 *	reader A, woken by the first byte	writer
 *	leaves the queue
 *						second byte: A does not stand
 *						there any more, B is woken
 *	reads both, or leaves B the second
 *
 *	still stands in the queue
 *						second byte: A is awake
 *						already, B is woken
 *
 *	has just announced its sleep
 *						first byte: A is woken
 *	sees it, leaves the queue and takes a turn with the mutex, behind the
 *	byte.  If that leaves anything, A sees it then, and wakes B
 *
 * Who did not wait owes nothing: if there is anything in spite of a sleeper,
 * somebody is awake who does.
 *
 * The end of the bytes, or of the readers, concerns all, and all are woken.
 * A splice that has bytes in hand (pipe_peek()) leaves nothing for others until
 * it puts them down, and hands on then; who was woken meanwhile sleeps again.
 */
#include "ipc/pipe/pipe_internal.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "sync/attempt.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define PIPE_BUF PAGE_SIZE
#define FIONREAD 0x541b

/* ---- reading ---- */

/* Copy out @n bytes, which are there: how many, or -EFAULT when none.  What the
 * reader has no place for stays in the pipe, but for the rest of a packet; and
 * no read goes beyond a packet. */
static ssize_t drain(struct pipe *p, vaddr_t buf, size_t n) REQUIRES(C_pipe)
{
	size_t done = 0;
	bool packet = false;

	while (done < n && !packet) {
		struct pipe_buffer *b = buffer_at(p, p->tail);
		size_t part = min(n - done, (size_t)b->length);

		if (copy_to_user(buf + done, bytes_of(b), part) != 0)
			return done > 0 ? (ssize_t)done : -EFAULT;
		packet = b->flags & BUFFER_PACKET;
		pipe_consume(p, packet ? b->length : part);
		done += part;
	}
	return (ssize_t)done;
}

/* A splice has them in hand. */
static bool is_peeked(const struct pipe *p)
{
	return unlikely(READ_ONCE(p->is_peeked));
}

/* However little they write, all that wait do so for this: whichever one is
 * woken can go on. */
static bool has_room(const struct pipe *p)
{
	return bytes_free(p) >= (int64_t)PIPE_BUF;
}

bool pipe_read_would_wait(const struct pipe *p)
{
	return (bytes_used(p) == 0 && READ_ONCE(p->nr_writers) > 0) ||
	       is_peeked(p);
}

NOINLINE void pipe_wake_reader(struct pipe *p)
{
	if (!pipe_read_would_wait(p))
		waitq_wake_one(&p->readable);
}

NOINLINE void pipe_wake_writer(struct pipe *p)
{
	if (has_room(p))
		waitq_wake_one(&p->writable);
}

/* One turn with the lock: bytes read, 0 at the end, or -errno. */
static NOINLINE ssize_t read_some(struct pipe *p, vaddr_t buf, size_t n)
{
	ssize_t done = -EAGAIN;

	mutex_lock(&p->lock);
	n = min(n, bytes_used(p));
	if ((likely(n > 0) || p->nr_writers == 0) && !is_peeked(p))
		done = drain(p, buf, n);
	mutex_unlock(&p->lock);
	if (done > 0 && unlikely(!waitq_is_empty(&p->writable)))
		pipe_wake_writer(p);
	return done;
}

NOINLINE int pipe_wait_for_bytes(struct pipe *p)
{
	return waitq_wait_exclusive(&p->readable, !pipe_read_would_wait(p));
}

/* Who may have been woken hands on what he leaves. */
static NOINLINE ssize_t read_later(struct file *f, vaddr_t buf, size_t n)
{
	struct pipe *p = f->data;
	ssize_t done;

	if (file_flags(f) & O_NONBLOCK)
		return -EAGAIN;
	done = pipe_wait_for_bytes(p);
	if (done == 0)
		done = attempt(read_some(p, buf, n), false,
			       pipe_wait_for_bytes(p));
	pipe_wake_reader(p);
	return done;
}

static ssize_t pipe_read(struct file *f, vaddr_t buf, size_t n,
			 uint64_t *pos UNUSED)
{
	ssize_t done;

	if (n == 0)
		return 0;
	done = read_some(f->data, buf, n);
	return likely(done != -EAGAIN) ? done : read_later(f, buf, n);
}

/* ---- writing ---- */

/* Copy in up to @n bytes, those that fit one page: how many, or -errno, and
 * then none is in the pipe. */
static ssize_t fill_page(struct pipe *p, vaddr_t buf, size_t n, unsigned flags)
	REQUIRES(C_pipe)
{
	struct page *page = pipe_own_page(p);

	if (page == NULL)
		return -ENOMEM;
	n = min(n, PAGE_SIZE);
	if (copy_from_user(page_address(page), buf, n) != 0) {
		p->spare = page;
		return -EFAULT;
	}
	pipe_push(p, page, 0, n, flags);
	return (ssize_t)n;
}

/* Take in by reference what is of the @n bytes in the page at @buf, if it can
 * be had: how many, or 0. */
static ssize_t borrow_page(struct pipe *p, vaddr_t buf, size_t n)
	REQUIRES(C_pipe)
{
	size_t offset = buf % PAGE_SIZE;
	struct page *page = mm_share_page(current_mm(), buf);

	if (page == NULL)
		return 0;
	n = min(n, PAGE_SIZE - offset);
	pipe_push(p, page, offset, n, 0);
	return (ssize_t)n;
}

/* Of @n bytes, those that go behind what was written last. */
static size_t bytes_behind(const struct pipe *p, size_t n, enum pipe_how how)
	REQUIRES(C_pipe)
{
	return likely(how != PIPE_BORROWED) ? pipe_mergeable(p, n) : 0;
}

/* Take in some of @n bytes, there is a buffer for them: bytes, or why there are
 * none. */
static ssize_t fill_one(struct pipe *p, vaddr_t buf, size_t n, enum pipe_how how)
	REQUIRES(C_pipe)
{
	size_t behind = bytes_behind(p, n, how);
	ssize_t part = 0;

	if (behind > 0)
		return pipe_merge(p, buf, behind);
	if (unlikely(how == PIPE_BORROWED))
		part = borrow_page(p, buf, n);
	return part != 0 ? part :
	       fill_page(p, buf, n, how == PIPE_AS_PACKETS ? BUFFER_PACKET :
							     BUFFER_CAN_MERGE);
}

/* Take in up to @n bytes, there is room: bytes, or why there are none. */
static ssize_t fill(struct pipe *p, vaddr_t buf, size_t n, enum pipe_how how)
	REQUIRES(C_pipe)
{
	ssize_t part = fill_one(p, buf, n, how);
	size_t done = 0;

	while (part > 0) {
		done += (size_t)part;
		if (done == n || bytes_free(p) <= 0)
			break;
		part = fill_one(p, buf + done, n - done, how);
	}
	return done > 0 ? (ssize_t)done : part;
}

/* How much of @n bytes goes in now; 0: wait.  Small writes go whole. */
static size_t room_for(const struct pipe *p, size_t n, enum pipe_how how)
	REQUIRES(C_pipe)
{
	int64_t room = bytes_free(p);

	if (unlikely(room < (int64_t)n))
		room += (int64_t)bytes_behind(p, n, how);
	if (room >= (int64_t)n)
		return n;
	return n <= PIPE_BUF || room < 0 ? 0 : (size_t)room;
}

/* One turn with the lock: bytes written, or -errno. */
static NOINLINE ssize_t write_some(struct pipe *p, vaddr_t buf, size_t n,
				   enum pipe_how how)
{
	ssize_t done = -EAGAIN;
	size_t part;

	mutex_lock(&p->lock);
	part = room_for(p, n, how);
	if (p->nr_readers == 0)
		done = -EPIPE;
	else if (part > 0)
		done = fill(p, buf, part, how);
	mutex_unlock(&p->lock);
	if (done > 0)
		waitq_wake_one(&p->readable);
	return done;
}

NOINLINE int pipe_wait_for_room(struct pipe *p)
{
	return waitq_wait_exclusive(&p->writable,
				    has_room(p) ||
				    READ_ONCE(p->nr_readers) == 0);
}

/* As read_later(). */
static NOINLINE ssize_t write_later(struct pipe *p, vaddr_t buf, size_t n,
				    enum pipe_how how)
{
	int err = pipe_wait_for_room(p);
	ssize_t done = err != 0 ? err :
		       attempt(write_some(p, buf, n, how), false,
			       pipe_wait_for_room(p));

	pipe_wake_writer(p);
	return done;
}

/* Some of @n bytes: how many, or -errno. */
ssize_t pipe_write_part(struct pipe *p, vaddr_t buf, size_t n, enum pipe_how how,
			bool nonblock)
{
	ssize_t done = write_some(p, buf, n, how);

	return unlikely(done == -EAGAIN) && !nonblock ?
		       write_later(p, buf, n, how) : done;
}

NOINLINE void pipe_send_sigpipe(void)
{
	struct siginfo info = { .si_signo = SIGPIPE, .si_code = SI_USER };

	signal_send_thread(current_proc(), current_thread(), &info);
}

static enum pipe_how how_to_write(const struct file *f)
{
	return READ_ONCE(f->flags) & O_DIRECT ? PIPE_AS_PACKETS : PIPE_COPIED;
}

/* What is left of @n bytes, of which @done are in; what was in their way is met
 * again. */
static NOINLINE ssize_t write_rest(struct file *f, vaddr_t buf, size_t n,
				   size_t done)
{
	bool nonblock = file_flags(f) & O_NONBLOCK;
	ssize_t part = 1;

	while (part > 0 && done < n) {
		part = pipe_write_part(f->data, buf + done, n - done,
				       how_to_write(f), nonblock);
		done += (size_t)max(part, 0L);
	}
	if (part == -EPIPE)
		pipe_send_sigpipe();
	return done > 0 ? (ssize_t)done : part;
}

static ssize_t pipe_write(struct file *f, vaddr_t buf, size_t n,
			  uint64_t *pos UNUSED)
{
	ssize_t done;

	if (n == 0)
		return 0;
	done = write_some(f->data, buf, n, how_to_write(f));
	return likely(done == (ssize_t)n) ?
		       done : write_rest(f, buf, n, (size_t)max(done, 0L));
}

/* ---- poll, ioctl, close ---- */

/* Writers were there, and are gone.  One that never met any waits for the
 * first. */
static bool is_hung_up(const struct file *f, const struct pipe *p)
{
	return READ_ONCE(p->nr_writers) == 0 &&
	       READ_ONCE(p->writes_opened) != f->writers_before;
}

static unsigned poll_reader(const struct file *f, struct pipe *p,
			    struct poll_table *pt)
{
	if (pt != NULL)
		pt->watch(pt, &p->readable);
	return (bytes_used(p) > 0 ? POLLIN : 0) |
	       (is_hung_up(f, p) ? POLLHUP : 0);
}

static unsigned poll_writer(struct pipe *p, struct poll_table *pt)
{
	if (pt != NULL)
		pt->watch(pt, &p->writable);
	return (has_room(p) ? POLLOUT : 0) |
	       (READ_ONCE(p->nr_readers) == 0 ? POLLERR : 0);
}

static unsigned pipe_poll(struct file *f, struct poll_table *pt)
{
	unsigned events = 0;

	if (f->mode & FMODE_READ)
		events |= poll_reader(f, f->data, pt);
	if (f->mode & FMODE_WRITE)
		events |= poll_writer(f->data, pt);
	return events;
}

static long pipe_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	if (cmd != FIONREAD)
		return -ENOTTY;
	return put_user_u32(arg, (uint32_t)bytes_used(f->data));
}

/* The last reader wakes all writers, the last writer all readers. */
static void pipe_release(struct file *f)
{
	struct pipe *p = f->data;

	mutex_lock(&p->lock);
	if (f->mode & FMODE_READ)
		WRITE_ONCE(p->nr_readers, p->nr_readers - 1);
	if (f->mode & FMODE_WRITE)
		WRITE_ONCE(p->nr_writers, p->nr_writers - 1);
	/* What nobody has read by now, nobody will. */
	if (p->nr_readers == 0 && p->nr_writers == 0)
		pipe_empty(p);
	waitq_wake_all(&p->readable);
	waitq_wake_all(&p->writable);
	mutex_unlock(&p->lock);
	/* Not before unlocking is over at the other end, too. */
	pipe_put(p);
}

const struct file_ops pipe_file_ops = {
	.inode_mode = S_IFIFO | 0600,
	.kind = "pipe",
	.opens_again = true,
	.tells_owner = true,
	.read = pipe_read,
	.write = pipe_write,
	.ioctl = pipe_ioctl,
	.poll = pipe_poll,
	.release = pipe_release,
};
