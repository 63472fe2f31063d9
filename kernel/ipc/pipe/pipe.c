/*
 * ipc/pipe/pipe.c - a ring of pages between readers and writers.
 *
 * read_pos and write_pos only grow; what is between is in the ring, 16 pages
 * of it or what F_SETPIPE_SZ made (size.c).  A page is allocated when the
 * first byte comes to its place, and the last one read empty stays for the
 * next write, so that a byte that goes to and fro allocates nothing.
 *
 * vmsplice() puts a writer's own page into the ring, full from the start.
 * Such a page is never written to here: who comes to its place gets a copy.
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

/* The page before read_pos is empty.  Keep it if the ring is, else free it
 * (a busy pipe then has pages enough).  In a full ring the writers have come
 * round, and are at the beginning of it: then it is theirs. */
NOINLINE void pipe_leave_page(struct pipe *p)
{
	struct page **slot = page_slot(p, p->read_pos - 1);

	if (bytes_used(p) > size_of(p) - PAGE_SIZE)
		return;
	if (bytes_used(p) == 0 && *page_slot(p, p->write_pos) == NULL &&
	    !is_borrowed(*slot))
		*page_slot(p, p->write_pos) = *slot;
	else
		put_page(*slot);
	*slot = NULL;
}

/* Copy out up to @n bytes of one page: how many, or none: what the reader has
 * no place for stays in the pipe. */
static size_t drain_page(struct pipe *p, vaddr_t buf, size_t n) REQUIRES(C_pipe)
{
	uint64_t pos = p->read_pos;
	size_t offset = pos % PAGE_SIZE;
	const char *from = page_address(*page_slot(p, pos));

	n = min(n, PAGE_SIZE - offset);
	if (copy_to_user(buf, from + offset, n) != 0)
		return 0;
	WRITE_ONCE(p->read_pos, pos + n);
	if (offset + n == PAGE_SIZE)
		pipe_leave_page(p);
	return n;
}

/* The pages behind the first, of which @done bytes are out. */
static NOINLINE ssize_t drain_rest(struct pipe *p, vaddr_t buf, size_t n,
				   size_t done) REQUIRES(C_pipe)
{
	size_t part = done;

	while (part > 0 && done < n) {
		part = drain_page(p, buf + done, n - done);
		done += part;
	}
	return done > 0 ? (ssize_t)done : -EFAULT;
}

/* Copy out @n bytes, which are there: how many, or -EFAULT when none.  They
 * mostly are in one page. */
static ssize_t drain(struct pipe *p, vaddr_t buf, size_t n) REQUIRES(C_pipe)
{
	size_t done = likely(n > 0) ? drain_page(p, buf, n) : 0;

	return likely(done == n) ? (ssize_t)n : drain_rest(p, buf, n, done);
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

/* A page of the pipe's own at @slot, with what is there now; false: no
 * memory. */
static NOINLINE bool provide_page(struct page **slot)
{
	struct page *page = page_alloc(PAGE_KERNEL);

	if (page == NULL)
		return false;
	if (*slot != NULL) {
		page_copy(page_address(page), page_address(*slot));
		put_page(*slot);
	}
	*slot = page;
	return true;
}

/* Copy in up to @n bytes, those that fit one page: how many, or -errno, and
 * then none is in the pipe. */
static ssize_t fill_page(struct pipe *p, vaddr_t buf, size_t n) REQUIRES(C_pipe)
{
	uint64_t pos = p->write_pos;
	size_t offset = pos % PAGE_SIZE;
	struct page **slot = page_slot(p, pos);

	if (unlikely(*slot == NULL || is_borrowed(*slot)) &&
	    !provide_page(slot))
		return -ENOMEM;
	n = min(n, PAGE_SIZE - offset);
	if (copy_from_user((char *)page_address(*slot) + offset, buf, n) != 0)
		return -EFAULT;
	WRITE_ONCE(p->write_pos, pos + n);
	return (ssize_t)n;
}

/* Take in the page at @buf by reference, if it is a whole one and so is the
 * place for it: its bytes, or 0. */
static ssize_t borrow_page(struct pipe *p, vaddr_t buf, size_t n)
	REQUIRES(C_pipe)
{
	struct page **slot = page_slot(p, p->write_pos), *page;

	if (!is_aligned(p->write_pos | buf, PAGE_SIZE) || n < PAGE_SIZE)
		return 0;
	page = mm_share_page(current_mm(), buf);
	if (page == NULL)
		return 0;
	if (*slot != NULL)
		put_page(*slot);
	*slot = page;
	WRITE_ONCE(p->write_pos, p->write_pos + PAGE_SIZE);
	return PAGE_SIZE;
}

/* Take in up to @n bytes for one page: bytes, or why there are none. */
static ssize_t fill_one(struct pipe *p, vaddr_t buf, size_t n, bool borrow)
	REQUIRES(C_pipe)
{
	ssize_t part = unlikely(borrow) ? borrow_page(p, buf, n) : 0;

	return part != 0 ? part : fill_page(p, buf, n);
}

/* The pages behind the first, of which @done bytes are in. */
static NOINLINE ssize_t fill_rest(struct pipe *p, vaddr_t buf, size_t n,
				  bool borrow, size_t done) REQUIRES(C_pipe)
{
	ssize_t part = 0;

	for (; done < n; done += (size_t)part) {
		part = fill_one(p, buf + done, n - done, borrow);
		if (part < 0)
			break;
	}
	return (ssize_t)done;
}

/* Take in up to @n bytes, there is room: bytes, or why there are none. */
static ssize_t fill(struct pipe *p, vaddr_t buf, size_t n, bool borrow)
	REQUIRES(C_pipe)
{
	ssize_t done = fill_one(p, buf, n, borrow);

	return likely(done == (ssize_t)n) || done < 0 ?
		       done : fill_rest(p, buf, n, borrow, (size_t)done);
}

/* How much of @n bytes goes in now; 0: wait.  Small writes go whole. */
static size_t room_for(const struct pipe *p, size_t n)
{
	int64_t room = bytes_free(p);

	if (room >= (int64_t)n)
		return n;
	return n <= PIPE_BUF || room < 0 ? 0 : (size_t)room;
}

/* One turn with the lock: bytes written, or -errno. */
static NOINLINE ssize_t write_some(struct pipe *p, vaddr_t buf, size_t n,
				   bool borrow)
{
	ssize_t done = -EAGAIN;
	size_t part;

	mutex_lock(&p->lock);
	part = room_for(p, n);
	if (p->nr_readers == 0)
		done = -EPIPE;
	else if (part > 0)
		done = fill(p, buf, part, borrow);
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
				    bool borrow)
{
	int err = pipe_wait_for_room(p);
	ssize_t done = err != 0 ? err :
		       attempt(write_some(p, buf, n, borrow), false,
			       pipe_wait_for_room(p));

	pipe_wake_writer(p);
	return done;
}

/* Some of @n bytes: how many, or -errno. */
ssize_t pipe_write_part(struct pipe *p, vaddr_t buf, size_t n, bool borrow,
			  bool nonblock)
{
	ssize_t done = write_some(p, buf, n, borrow);

	return unlikely(done == -EAGAIN) && !nonblock ?
		       write_later(p, buf, n, borrow) : done;
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
	size_t done = 0;

	while (done < n) {
		ssize_t part = pipe_write_part(p, buf + done, n - done, false,
					  file_flags(f) & O_NONBLOCK);

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
		p->read_pos = p->write_pos;
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
