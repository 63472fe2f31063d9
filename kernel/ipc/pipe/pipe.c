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

#define PIPE_BUF PAGE_SIZE
#define FIONREAD 0x541b

/* ---- reading ---- */

/* Copy out up to @n bytes of one buffer: how many, or none: what the reader has
 * no place for stays in the pipe.  The rest of a packet goes. */
static size_t drain_buffer(struct pipe *p, vaddr_t buf, size_t n)
	REQUIRES(C_pipe)
{
	const struct pipe_buffer *b = buffer_at(p, p->tail);
	const char *from = page_address(b->page);
	bool packet = b->flags & BUFFER_PACKET;

	n = min(n, (size_t)b->length);
	if (copy_to_user(buf, from + b->offset, n) != 0)
		return 0;
	pipe_consume(p, unlikely(packet) ? b->length : n);
	return n;
}

static bool is_packet_next(struct pipe *p) REQUIRES(C_pipe)
{
	return buffer_at(p, p->tail)->flags & BUFFER_PACKET;
}

/* The buffers behind the first, of which @done bytes are out. */
static NOINLINE ssize_t drain_rest(struct pipe *p, vaddr_t buf, size_t n,
				   size_t done) REQUIRES(C_pipe)
{
	bool packet = false;
	size_t part = done;

	while (part > 0 && done < n && !packet) {
		packet = is_packet_next(p);
		part = drain_buffer(p, buf + done, n - done);
		done += part;
	}
	return done > 0 ? (ssize_t)done : -EFAULT;
}

/* Copy out @n bytes, which are there: how many, or -EFAULT when none.  They
 * mostly are in one buffer; of packets only one is read. */
static ssize_t drain(struct pipe *p, vaddr_t buf, size_t n) REQUIRES(C_pipe)
{
	bool packet = likely(n > 0) && is_packet_next(p);
	size_t done = likely(n > 0) ? drain_buffer(p, buf, n) : 0;

	return likely(done == n) || (packet && done > 0) ?
		       (ssize_t)done : drain_rest(p, buf, n, done);
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
static NOINLINE ssize_t read_later(struct pipe *p, vaddr_t buf, size_t n)
{
	int err = pipe_wait_for_bytes(p);
	ssize_t done = err != 0 ? err :
		       attempt(read_some(p, buf, n), false,
			       pipe_wait_for_bytes(p));

	pipe_wake_reader(p);
	return done;
}

static ssize_t pipe_read(struct file *f, vaddr_t buf, size_t n,
			 uint64_t *pos UNUSED)
{
	struct pipe *p = f->data;
	ssize_t done;

	if (n == 0)
		return 0;
	done = read_some(p, buf, n);
	if (unlikely(done == -EAGAIN) && !(file_flags(f) & O_NONBLOCK))
		done = read_later(p, buf, n);
	return done;
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
	pipe_push(p, page, 0, (unsigned)n, flags);
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
	pipe_push(p, page, (unsigned)offset, (unsigned)n, 0);
	return (ssize_t)n;
}

/* Take in up to @n bytes for one buffer: bytes, or why there are none. */
static ssize_t fill_one(struct pipe *p, vaddr_t buf, size_t n, enum pipe_how how)
	REQUIRES(C_pipe)
{
	ssize_t part = unlikely(how == PIPE_BORROWED) ? borrow_page(p, buf, n) : 0;

	return part != 0 ? part :
	       fill_page(p, buf, n, how == PIPE_AS_PACKETS ? BUFFER_PACKET :
							     BUFFER_CAN_MERGE);
}

/* What the first buffer, of which @done bytes are in, has not taken. */
static NOINLINE ssize_t fill_rest(struct pipe *p, vaddr_t buf, size_t n,
				  enum pipe_how how, size_t done) REQUIRES(C_pipe)
{
	ssize_t part = 0;

	for (; done < n && bytes_free(p) > 0; done += (size_t)part) {
		part = fill_one(p, buf + done, n - done, how);
		if (part < 0)
			break;
	}
	return (ssize_t)done;
}

/* Of @n bytes, those that go behind what was written last. */
static size_t bytes_behind(const struct pipe *p, size_t n, enum pipe_how how)
	REQUIRES(C_pipe)
{
	return likely(how != PIPE_BORROWED) ? pipe_mergeable(p, n) : 0;
}

/* Take in up to @n bytes, there is room: bytes, or why there are none. */
static ssize_t fill(struct pipe *p, vaddr_t buf, size_t n, enum pipe_how how)
	REQUIRES(C_pipe)
{
	size_t merged = bytes_behind(p, n, how);
	ssize_t done = merged > 0 ? pipe_merge(p, buf, merged) :
				    fill_one(p, buf, n, how);

	return likely(done == (ssize_t)n) || done < 0 ?
		       done : fill_rest(p, buf, n, how, (size_t)done);
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

static ssize_t pipe_write(struct file *f, vaddr_t buf, size_t n,
			  uint64_t *pos UNUSED)
{
	struct pipe *p = f->data;
	unsigned flags = file_flags(f);
	size_t done = 0;

	while (done < n) {
		ssize_t part = pipe_write_part(p, buf + done, n - done,
					       flags & O_DIRECT ?
						       PIPE_AS_PACKETS :
						       PIPE_COPIED,
					       flags & O_NONBLOCK);

		if (unlikely(part < 0)) {
			if (part == -EPIPE)
				pipe_send_sigpipe();
			return done > 0 ? (ssize_t)done : part;
		}
		done += (size_t)part;
	}
	return (ssize_t)done;
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
	.tells_owner = true,
	.read = pipe_read,
	.write = pipe_write,
	.ioctl = pipe_ioctl,
	.poll = pipe_poll,
	.release = pipe_release,
};
