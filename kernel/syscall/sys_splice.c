/*
 * syscall/sys_splice.c - splice(), tee() and copy_file_range().
 *
 * What goes into a pipe from a page cache, or from another pipe, goes by
 * reference: the pipe has the page, and no byte is copied.  So what is in the
 * pipe changes when the file does, and is still there when the file has become
 * shorter.  All else moves in pieces through a buffer (syscall/transfer.h):
 * what comes out of a pipe is copied first and taken out when it has arrived
 * (pipe_peek()); what comes from a file stands there still if it has not.
 */
#include "syscall/splice.h"
#include "syscall/syscall.h"

#include "ipc/pipe/pipe.h"
#include "arch/io_counts.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/limits.h"
#include "mm/map.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "net/socket.h"
#include "sync/block.h"
#include "syscall/file_args.h"
#include "syscall/transfer.h"
#include "vfs/notify/notify.h"
#include "vfs/process.h"

#define SPLICE_F_NONBLOCK 2U
#define SPLICE_FLAGS 15U
#define MAX_LENGTH 0x7ffff000UL
#define PIECE (16 * PAGE_SIZE)
#define MAX_TEED 1024 /* pages; as many as a pipe of 4 MiB has */

/* ---- steps ---- */

/* What does not seek gives its bytes once, so they all have to go in. */
static ssize_t fill_pipe(struct splice *s, size_t n, bool all)
{
	size_t done = 0;

	while (done < n) {
		ssize_t part = pipe_splice(s->out, s->buf + done, n - done,
					   !all);

		if (part < 0)
			return done > 0 ? (ssize_t)done : part;
		done += (size_t)part;
		if (!all)
			break;
	}
	return (ssize_t)done;
}

/* A file's own position is where the pipe has got to. */
static ssize_t file_to_pipe(struct splice *s, size_t n)
{
	bool seeks = s->in->ops->lseek != NULL;
	uint64_t *at = s->in_at != NULL ? s->in_at : file_pos_without_turn(s->in);
	uint64_t pos = READ_ONCE(*at), to = pos;
	ssize_t room = pipe_wait_room(s->out, s->nonblock), got, put;

	if (room < 0)
		return room;
	n = min(n, (size_t)room);
	got = transfer_bytes(s->in, s->buf, n, &to, false);
	if (got <= 0)
		return got;
	put = fill_pipe(s, (size_t)got, !seeks);
	if (put > 0 && (s->in_at != NULL || seeks))
		WRITE_ONCE(*at, pos + (uint64_t)put);
	return put;
}

static ssize_t pipe_to_file(struct splice *s, size_t n)
{
	ssize_t got = pipe_peek(s->in, s->buf, n, s->nonblock), put;

	if (got <= 0)
		return got;
	put = transfer_bytes(s->out, s->buf, (size_t)got, s->out_at, true);
	pipe_unpeek(s->in, (size_t)max(put, 0L));
	return put;
}

static ssize_t file_to_file(struct splice *s, size_t n)
{
	uint64_t from = *s->in_at;
	ssize_t got = transfer_bytes(s->in, s->buf, n, s->in_at, false), put;

	if (got <= 0)
		return got;
	put = transfer_bytes(s->out, s->buf, (size_t)got, s->out_at, true);
	*s->in_at = from + (uint64_t)max(put, 0L);
	return put;
}

/* ---- all of it ---- */

/* Only the first piece is waited for. */
static ssize_t move_pieces(struct splice *s, size_t n, splice_step step,
			   bool once)
{
	size_t done = 0;

	while (done < n) {
		size_t piece = min(n - done, s->buf_size);
		ssize_t part = step(s, piece);

		if (part <= 0)
			return done > 0 ? (ssize_t)done : part;
		done += (size_t)part;
		s->nonblock = true;
		if (once || block_interrupted())
			break;
		cond_resched();
	}
	return (ssize_t)done;
}

static ssize_t move_bytes(struct splice *s, size_t n, splice_step step,
			  bool once)
{
	long buf = transfer_map(s->buf_size);
	ssize_t done;

	if (buf < 0)
		return buf;
	s->buf = (vaddr_t)buf;
	done = move_pieces(s, min(n, MAX_LENGTH), step, once);
	if (mm_unmap(current_mm(), s->buf, s->buf_size) < 0)
		return -ENOMEM;
	return done;
}

/* The same by reference, @max pages at a time. */
static ssize_t move_pages(struct splice *s, size_t n, splice_step step,
			  unsigned max, bool once)
{
	ssize_t done;

	s->max_pages = max;
	s->pages = kmalloc(max * sizeof(*s->pages));
	if (s->pages == NULL)
		return -ENOMEM;
	done = move_pieces(s, min(n, MAX_LENGTH), step, once);
	kfree(s->pages);
	return done;
}

static int get_offset(vaddr_t user, uint64_t *pos, uint64_t **at)
{
	*at = NULL;
	if (user == 0)
		return 0;
	if (get_user_u64(pos, user) != 0)
		return -EFAULT;
	*at = pos;
	return 0;
}

static int put_offset(vaddr_t user, const uint64_t *at)
{
	return at != NULL && put_user_u64(user, *at) != 0 ? -EFAULT : 0;
}

static int check_modes(const struct splice *s)
{
	return (s->in->mode & FMODE_READ) && (s->out->mode & FMODE_WRITE) ?
		       0 : -EBADF;
}

/* ---- splice ---- */

/* Files with contents, devices, sockets; not counters, signals and the like. */
static bool can_splice(const struct file *f, bool write)
{
	bool has_op = write ? f->ops->write != NULL : f->ops->read != NULL;

	return has_op && f->ops->getdents == NULL &&
	       (f->inode != NULL || socket_of_file(f) != NULL);
}

static int check_offsets(const struct splice *s)
{
	if (s->in_at != NULL && s->in->ops->lseek == NULL)
		return is_pipe(s->in) ? -ESPIPE : -EINVAL;
	if (s->out_at != NULL && s->out->ops->lseek == NULL)
		return is_pipe(s->out) ? -ESPIPE : -EINVAL;
	if ((s->in_at != NULL && (int64_t)*s->in_at < 0) ||
	    (s->out_at != NULL && (int64_t)*s->out_at < 0))
		return -EINVAL;
	return 0;
}

/* A file whose bytes are in pages that others can have, too. */
static bool has_pages(const struct file *f)
{
	return f->inode != NULL && inode_is(f->inode, S_IFREG) &&
	       f->ops->pagecache != NULL;
}

static bool goes_by_reference(splice_step step)
{
	return step == splice_pages_to_pipe || step == splice_between_pipes;
}

static int choose_step(const struct splice *s, splice_step *step)
{
	bool from_pipe = is_pipe(s->in), to_pipe = is_pipe(s->out);

	*step = splice_between_pipes;
	if (from_pipe && to_pipe)
		return s->in->data != s->out->data ? 0 : -EINVAL;
	*step = pipe_to_file;
	if (from_pipe)
		return can_splice(s->out, true) &&
		       !(READ_ONCE(s->out->flags) & O_APPEND) ? 0 : -EINVAL;
	*step = has_pages(s->in) ? splice_pages_to_pipe : file_to_pipe;
	return to_pipe && can_splice(s->in, false) ? 0 : -EINVAL;
}

/* Of a pipe, how it was opened counts, too. */
static bool does_not_block(const struct splice *s, unsigned flags)
{
	const struct file *pipe = is_pipe(s->out) ? s->out : s->in;

	if (is_pipe(s->in) && (READ_ONCE(s->in->flags) & O_NONBLOCK))
		return true;
	return (flags & SPLICE_F_NONBLOCK) ||
	       (READ_ONCE(pipe->flags) & O_NONBLOCK);
}

static long splice_files(struct splice *s, size_t n, unsigned flags)
{
	splice_step step;
	int err = check_offsets(s);

	if (err == 0)
		err = check_modes(s);
	if (err == 0)
		err = choose_step(s, &step);
	if (err == 0)
		err = notify_ask(s->in, FAN_ACCESS_PERM);
	if (err != 0)
		return err;
	s->nonblock = does_not_block(s, flags);
	return goes_by_reference(step) ?
		       move_pages(s, n, step, PIECE / PAGE_SIZE, false) :
		       move_bytes(s, n, step, false);
}

/* Both files of a call, held; -EBADF: one is not there, and none is held. */
static int get_files(struct splice *s, unsigned long in, unsigned long out)
{
	s->in = file_of_fd(in);
	if (s->in == NULL)
		return -EBADF;
	s->out = file_of_fd(out);
	if (s->out != NULL)
		return 0;
	file_put(s->in);
	return -EBADF;
}

static void put_files(struct splice *s)
{
	file_put(s->in);
	file_put(s->out);
}

static long splice_at(struct splice *s, vaddr_t in_at, vaddr_t out_at,
		      size_t n, unsigned flags)
{
	long done;

	if ((is_pipe(s->in) && in_at != 0) || (is_pipe(s->out) && out_at != 0))
		return -ESPIPE;
	if (get_offset(out_at, &s->out_pos, &s->out_at) != 0 ||
	    get_offset(in_at, &s->in_pos, &s->in_at) != 0)
		return -EFAULT;
	done = splice_files(s, n, flags);
	if (done >= 0 && (put_offset(out_at, s->out_at) != 0 ||
			  put_offset(in_at, s->in_at) != 0))
		return -EFAULT;
	return done;
}

SYSCALL_6(splice, in, in_at, out, out_at, n, flags)
{
	struct splice s = { .buf_size = PIECE };
	long done;

	if (n == 0)
		return 0;
	if (flags & ~(unsigned long)SPLICE_FLAGS)
		return -EINVAL;
	if (get_files(&s, in, out) != 0)
		return -EBADF;
	done = splice_at(&s, in_at, out_at, n, (unsigned)flags);
	put_files(&s);
	return done;
}

/* ---- tee ---- */

/* In one piece, for what is not taken out would come again. */
static long tee_files(struct splice *s, size_t n, unsigned flags)
{
	int err = check_modes(s);

	if (err != 0)
		return err;
	if (!is_pipe(s->in) || !is_pipe(s->out) || s->in->data == s->out->data)
		return -EINVAL;
	s->nonblock = does_not_block(s, flags);
	s->buf_size = min(n, MAX_LENGTH);
	return move_pages(s, n, splice_tee,
			  (unsigned)min(pipe_size(s->in) / (long)PAGE_SIZE,
					(long)MAX_TEED), true);
}

SYSCALL_4(tee, in, out, n, flags)
{
	struct splice s = { .buf_size = PIECE };
	long done;

	if (flags & ~(unsigned long)SPLICE_FLAGS)
		return -EINVAL;
	if (n == 0)
		return 0;
	if (get_files(&s, in, out) != 0)
		return -EBADF;
	done = tee_files(&s, n, (unsigned)flags);
	put_files(&s);
	return done;
}

/* ---- copy_file_range ---- */

static int check_kinds(const struct splice *s)
{
	if (s->in->inode == NULL || s->out->inode == NULL)
		return -EINVAL;
	if (inode_is(s->in->inode, S_IFDIR) || inode_is(s->out->inode, S_IFDIR))
		return -EISDIR;
	return inode_is(s->in->inode, S_IFREG) &&
	       inode_is(s->out->inode, S_IFREG) ? 0 : -EINVAL;
}

/* Bytes that there are to copy, up to @n. */
static ssize_t check_ranges(const struct splice *s, size_t n)
{
	uint64_t from = *s->in_at, to = *s->out_at, size;

	if ((int64_t)from < 0 || (int64_t)to < 0)
		return -EINVAL;
	if (from + n < from || to + n < to)
		return -EOVERFLOW;
	size = file_size(s->in);
	n = from < size ? min(n, size - from) : 0;
	if (s->in->inode == s->out->inode && to < from + n && from < to + n)
		return -EINVAL;
	if (n > INT64_MAX - to)
		return -EFBIG;
	if (n > 0 && to >= current_limit(RLIMIT_FSIZE)) {
		vfs_told_too_large();
		return -EFBIG;
	}
	return (ssize_t)n;
}

static long copy_range(struct splice *s, size_t n)
{
	ssize_t bytes = check_ranges(s, n);

	if (bytes > 0 && notify_ask(s->in, FAN_ACCESS_PERM) != 0)
		return -EPERM; /* nor does who was killed see another one */
	return bytes <= 0 ? bytes :
			    move_bytes(s, (size_t)bytes, file_to_file, false);
}

/* Without offsets the files' own move. */
static long copy_files(struct splice *s, vaddr_t in_at, vaddr_t out_at,
		       size_t n)
{
	int err = check_kinds(s);
	long done;

	if (err == 0)
		err = check_modes(s);
	if (err == 0 && (READ_ONCE(s->out->flags) & O_APPEND))
		err = -EBADF;
	if (err != 0)
		return err;
	if (get_offset(in_at, &s->in_pos, &s->in_at) != 0 ||
	    get_offset(out_at, &s->out_pos, &s->out_at) != 0)
		return -EFAULT;
	if (s->in_at == NULL)
		s->in_at = file_pos_without_turn(s->in);
	if (s->out_at == NULL)
		s->out_at = file_pos_without_turn(s->out);
	done = copy_range(s, n);
	io_count_call(done, false);
	io_count_call(done, true);
	if (done >= 0 &&
	    ((in_at != 0 && put_offset(in_at, s->in_at) != 0) ||
	     (out_at != 0 && put_offset(out_at, s->out_at) != 0)))
		return -EFAULT;
	return done;
}

SYSCALL_6(copy_file_range, in, in_at, out, out_at, n, flags)
{
	struct splice s = { .buf_size = PIECE };
	long done;

	if (flags != 0)
		return -EINVAL;
	if (get_files(&s, in, out) != 0)
		return -EBADF;
	done = copy_files(&s, in_at, out_at, n);
	put_files(&s);
	return done;
}
