/*
 * syscall/sys_file_rw.c - read and write; those of vectors begin in
 * sys_file_vector.c.
 *
 * All are a vector of buffers, moved one after the other until one is cut
 * short.  Without an offset of their own they use the file's, and then two
 * threads on one open file take turns.
 */

#include "arch/io_counts.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/map.h"
#include "mm/pieces.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "mm/vma.h"
#include "sync/block.h"
#include "syscall/file_args.h"
#include "syscall/rw_flags.h"
#include "syscall/syscall.h"
#include "syscall/transfer.h"
#include "syscall/uapi.h"
#include "vfs/dir.h"
#include "vfs/fdtable.h"
#include "vfs/notify/notify.h"

/* One call moves no more; Linux's limit. */
#define MAX_TRANSFER 0x7ffff000UL

struct transfer {
	struct file *file;
	const struct user_iovec *iov;
	unsigned nr;
	bool write;
};

/* A pipe or terminal may have no more: do not wait for a second helping. */
static bool would_wait(const struct transfer *t)
{
	const struct file_ops *ops = t->file->ops;
	unsigned wanted = t->write ? POLLOUT : POLLIN;

	return ops->poll != NULL && !(ops->poll(t->file, NULL) & wanted);
}

static inline ssize_t move(struct file *f, vaddr_t buf, size_t n, uint64_t *pos,
		    bool write)
{
	return write ? f->ops->write(f, buf, n, pos) :
		       f->ops->read(f, buf, n, pos);
}

static inline void begin_move(struct file *f, uint64_t *pos, bool write)
{
	if (write && f->ops->begin_write != NULL)
		f->ops->begin_write(f, pos);
}

static inline void end_move(struct file *f, bool write)
{
	if (write && f->ops->end_write != NULL)
		f->ops->end_write(f);
}

static ssize_t move_each(const struct transfer *t, uint64_t *pos)
{
	size_t done = 0;

	for (unsigned i = 0; i < t->nr && done < MAX_TRANSFER; i++) {
		size_t n = min(t->iov[i].length, MAX_TRANSFER - done);

		if (n == 0)
			continue;
		if (done != 0 && !t->write && would_wait(t))
			break;

		ssize_t moved = move(t->file, t->iov[i].base, n, pos,
				     t->write);

		if (moved < 0)
			return done != 0 ? (ssize_t)done : moved;
		done += (size_t)moved;
		if ((size_t)moved < n)
			break;
	}
	return (ssize_t)done;
}

static size_t bytes_wanted(const struct transfer *t)
{
	size_t n = 0;

	for (unsigned i = 0; i < t->nr; i++)
		n += min(t->iov[i].length, MAX_TRANSFER);
	return min(n, MAX_TRANSFER);
}

static NOINLINE ssize_t read_vector(const struct transfer *t)
{
	struct pieces to = { .iov = t->iov, .nr = t->nr };
	struct file *f = t->file;
	size_t n = bytes_wanted(t);

	if (n == 0)
		return 0;
	return f->ops->read_vector(f, &to, n);
}

static ssize_t move_segments(const struct transfer *t, uint64_t *pos)
{
	struct file *f = t->file;

	if (f->ops->read_vector != NULL && !t->write)
		return read_vector(t);

	if (f->ops->move != NULL)
		return f->ops->move(f, t->iov, t->nr, bytes_wanted(t),
				    t->write);
	begin_move(f, pos, t->write);
	ssize_t done = move_each(t, pos);
	end_move(f, t->write);
	if (t->write && done > 0 && (READ_ONCE(f->flags) & O_DSYNC)) {
		int err = file_make_safe(f);

		if (err != 0)
			return err;
	}
	return done;
}

/* Who watches the file is told. */
static inline void tell(const struct file *f, long moved, bool write)
{
	if (moved > 0)
		notify_file(f, write ? IN_MODIFY : IN_ACCESS);
}

/* No file has a byte behind the one that the largest offset names. */
static inline bool is_file_range(uint64_t pos, size_t n)
{
	return (int64_t)pos >= 0 && n <= INT64_MAX - pos;
}

static bool are_user_ranges(const struct transfer *t)
{
	for (unsigned i = 0; i < t->nr; i++)
		if (!is_user_range(t->iov[i].base, t->iov[i].length))
			return false;
	return true;
}

static ssize_t move_and_advance(const struct transfer *t, uint64_t *at)
{
	uint64_t pos = READ_ONCE(*at);
	ssize_t done;

	if ((t->file->mode & FMODE_POS) && !is_file_range(pos, bytes_wanted(t)))
		return -EINVAL;
	done = move_segments(t, &pos);
	WRITE_ONCE(*at, pos);
	return done;
}

static ssize_t move_at_pos(const struct transfer *t)
{
	struct file *f = t->file;

	if (!(f->mode & FMODE_POS))
		return move_and_advance(t, file_pos_without_turn(f));
	mutex_lock(&f->pos_lock);
	ssize_t done = move_and_advance(t, file_pos(f));
	mutex_unlock(&f->pos_lock);
	return done;
}

static ssize_t move_at_offset(const struct transfer *t, int64_t offset)
{
	uint64_t pos = (uint64_t)offset;

	if (!are_user_ranges(t))
		return -EFAULT;
	if (!is_file_range(pos, bytes_wanted(t)))
		return -EINVAL;
	return move_segments(t, &pos);
}

static inline int check_mode(const struct file *f, bool write)
{
	if (!(f->mode & (write ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	if (write ? f->ops->write == NULL : f->ops->read == NULL)
		return -EINVAL;
	return 0;
}

/* @offset NULL: the file's own position. */
static long move_from(const struct transfer *t, const int64_t *offset)
{
	if (offset != NULL)
		return move_at_offset(t, *offset);
	return are_user_ranges(t) ? move_at_pos(t) : -EFAULT;
}

/* Who moves nothing is not asked how. */
static NOINLINE long move_like(const struct transfer *t, const int64_t *offset,
			       unsigned rwf)
{
	long result;

	if (bytes_wanted(t) == 0)
		return move_from(t, offset);
	result = rw_flags_begin(t->file, rwf);
	if (result < 0)
		return result;
	result = move_from(t, offset);
	return rw_flags_end(t->file, rwf, t->write, result);
}

long transfer(unsigned long fd, const struct user_iovec *iov, unsigned nr,
	      const int64_t *offset, unsigned rwf, bool write)
{
	struct transfer t = { .file = NULL, .iov = iov, .nr = nr, .write = write };
	long result;

	if (offset != NULL && *offset < 0)
		return -EINVAL;
	t.file = file_of_fd(fd);
	if (t.file == NULL)
		return -EBADF;
	if (offset != NULL && t.file->ops->lseek == NULL)
		result = -ESPIPE;
	else
		result = check_mode(t.file, write);
	if (result == 0 && !write)
		result = notify_ask(t.file, FAN_ACCESS_PERM);
	if (result == 0) {
		result = rwf == 0 ? move_from(&t, offset) :
				    move_like(&t, offset, rwf);
		io_count_call(result, write);
	}
	tell(t.file, result, write);
	file_put(t.file);
	return result;
}

/* What has no position is nothing that anybody is asked about. */
static NOINLINE ssize_t move_in_turn(struct file *f, vaddr_t buf, size_t n,
				     bool write)
{
	ssize_t done = write ? 0 : notify_ask(f, FAN_ACCESS_PERM);

	if (done != 0)
		return done;
	done = -EINVAL;
	mutex_lock(&f->pos_lock);
	begin_move(f, file_pos(f), write);
	if (is_file_range(f->pos, n))
		done = move(f, buf, n, file_pos(f), write);
	end_move(f, write);
	mutex_unlock(&f->pos_lock);
	return done;
}

/* Some refuse even to give nothing, to others it is a message. */
static bool knows_nothing(const struct file *f)
{
	return f->ops == &dir_file_ops || f->ops->move != NULL ||
	       f->ops->read_vector != NULL;
}

/* One buffer, at the file's position: most calls by far, so without the
 * detour over a vector.  Part of read() and of write().  A file opened with
 * O_PATH has neither mode. */
static ALWAYS_INLINE long transfer_buffer(unsigned long fd, vaddr_t buf,
					  size_t n, bool write)
{
	struct file *f = fd_get((int)fd);
	long result;

	if (unlikely(f == NULL))
		return -EBADF;
	result = check_mode(f, write);
	if (unlikely(!is_user_range(buf, n) && result == 0))
		result = -EFAULT;
	n = min(n, MAX_TRANSFER);
	if (likely(result == 0)) {
		if (likely(n != 0 || knows_nothing(f)))
			result = f->mode & FMODE_POS ?
				       move_in_turn(f, buf, n, write) :
				       move(f, buf, n, file_pos_without_turn(f),
					    write);
		else if (!write)
			result = notify_ask(f, FAN_ACCESS_PERM);
		io_count_call(result, write);
	}
	tell(f, result, write);
	file_put(f);
	return result;
}

SYSCALL_3(read, fd, buf, n)
{
	return transfer_buffer(fd, buf, n, false);
}

SYSCALL_3(write, fd, buf, n)
{
	return transfer_buffer(fd, buf, n, true);
}

SYSCALL_4(pread64, fd, buf, n, offset)
{
	struct user_iovec iov = { buf, n };
	int64_t at = (int64_t)offset;

	return transfer(fd, &iov, 1, &at, 0, false);
}

SYSCALL_4(pwrite64, fd, buf, n, offset)
{
	struct user_iovec iov = { buf, n };
	int64_t at = (int64_t)offset;

	return transfer(fd, &iov, 1, &at, 0, true);
}

/* ---- position ---- */

/*
 * LACKS lseek: of an eventfd, a timerfd, a signalfd it is `ESPIPE`, where
 * Linux moves nothing and says 0; of a file on a disk, only its end is a
 * hole.
 */
SYSCALL_3(lseek, fd, offset, whence)
{
	struct file *f = file_of_fd(fd);
	long result = -ESPIPE;

	if (f == NULL)
		return -EBADF;
	if (f->ops->lseek != NULL)
		result = f->ops->lseek(f, (long)offset, (int)whence);
	file_put(f);
	return result;
}

/* ---- from file to file ---- */

#define SENDFILE_BUFFER (16 * PAGE_SIZE)

long transfer_map(size_t bytes)
{
	struct map_request req = {
		.length = bytes,
		.flags = VMA_READ | VMA_WRITE,
	};

	return mm_map(current_mm(), &req);
}

ssize_t transfer_bytes(struct file *f, vaddr_t buf, size_t n, uint64_t *pos,
		       bool write)
{
	struct user_iovec iov = { buf, n };
	struct transfer t = { .file = f, .iov = &iov, .nr = 1, .write = write };

	ssize_t moved = pos != NULL ? move_segments(&t, pos) : move_at_pos(&t);

	tell(f, moved, write);
	return moved;
}

static ssize_t send_piece(struct transfer *in, struct transfer *out,
			  vaddr_t buf, size_t n, uint64_t *pos)
{
	struct user_iovec iov = { buf, min(n, SENDFILE_BUFFER) };
	uint64_t before = *pos;
	ssize_t got, sent;

	in->iov = out->iov = &iov;
	got = move_segments(in, pos);
	if (got <= 0)
		return got;
	iov.length = (size_t)got;
	sent = move_at_pos(out);
	tell(in->file, got, false);
	tell(out->file, sent, true);
	*pos = before + (uint64_t)max(sent, 0L);
	return sent;
}

static long send_all(struct transfer *in, struct transfer *out, size_t n,
		     uint64_t *pos)
{
	long buf = transfer_map(SENDFILE_BUFFER);
	size_t done = 0;
	ssize_t sent = 0;

	if (buf < 0)
		return buf;
	while (done < n && !block_interrupted()) {
		sent = send_piece(in, out, (vaddr_t)buf, n - done, pos);
		if (sent <= 0)
			break;
		done += (size_t)sent;
	}
	if (mm_unmap(current_mm(), (vaddr_t)buf, SENDFILE_BUFFER) < 0)
		return -ENOMEM;
	return done != 0 ? (long)done : sent;
}

/* What can be sent is in a page cache, or made without end. */
static bool can_be_sent(const struct file *f)
{
	return f->ops->lseek != NULL && f->ops != &dir_file_ops;
}

/* @at: there is an offset. */
static long check_send(const struct file *in, const struct file *out, bool at,
		       uint64_t pos, size_t n)
{
	if (!(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE))
		return -EBADF;
	if (at && in->ops->lseek == NULL)
		return -ESPIPE;
	if ((int64_t)n < 0 || !is_file_range(pos, min(n, MAX_TRANSFER)))
		return -EINVAL;
	if (!can_be_sent(in) || out->ops->write == NULL ||
	    (READ_ONCE(out->flags) & O_APPEND))
		return -EINVAL;
	return notify_ask(in, FAN_ACCESS_PERM);
}

/* @at: NULL: from the position of the file on. */
static long send_files(struct transfer *in, struct transfer *out,
		       uint64_t *at, size_t n)
{
	uint64_t *from = at != NULL ? at : file_pos_without_turn(in->file);
	uint64_t pos = READ_ONCE(*from);
	long result = check_send(in->file, out->file, at != NULL, pos, n);

	if (result < 0)
		return result;
	result = send_all(in, out, min(n, MAX_TRANSFER), &pos);
	io_count_call(result, false);
	io_count_call(result, true);
	WRITE_ONCE(*from, pos);
	return result;
}

static long send_fds(int out_fd, int in_fd, uint64_t *at, size_t n)
{
	struct transfer in = { .file = file_of_fd((unsigned)in_fd), .nr = 1 };
	struct transfer out = { .file = file_of_fd((unsigned)out_fd), .nr = 1,
				.write = true };
	long result = -EBADF;

	if (in.file != NULL && out.file != NULL)
		result = send_files(&in, &out, at, n);
	if (in.file != NULL)
		file_put(in.file);
	if (out.file != NULL)
		file_put(out.file);
	return result;
}

SYSCALL_4(sendfile, out_fd, in_fd, offset, n)
{
	uint64_t at;
	long result;

	if (offset != 0 && get_user_u64(&at, offset) < 0)
		return -EFAULT;
	result = send_fds((int)out_fd, (int)in_fd, offset != 0 ? &at : NULL, n);
	if (offset != 0 && put_user_u64(offset, at) < 0)
		return -EFAULT;
	return result;
}
