/*
 * syscall/sys_pipe.c - pipe2(), vmsplice() and eventfd2().
 */
#include "syscall/syscall.h"

#include "ipc/eventfd.h"
#include "ipc/pipe/pipe.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "syscall/file_args.h"
#include "syscall/uapi.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

static int reserve_both(int fds[2], bool cloexec)
{
	fds[0] = fd_reserve(cloexec);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = fd_reserve(cloexec);
	if (fds[1] < 0)
		fd_unreserve(fds[0]);
	return min(fds[1], 0);
}

/* Nobody finds the ends at their numbers before the program was told which
 * they are. */
static int open_pipe(const int fds[2], vaddr_t user_fds, unsigned flags)
{
	struct file *read_end, *write_end;
	int err = pipe_create(&read_end, &write_end, flags);

	if (err != 0)
		return err;
	if (copy_to_user(user_fds, fds, 2 * sizeof(fds[0])) != 0) {
		file_put(read_end);
		file_put(write_end);
		return -EFAULT;
	}
	fd_fill(fds[0], read_end);
	fd_fill(fds[1], write_end);
	return 0;
}

/* LACKS pipe2: watch queues (`O_NOTIFICATION_PIPE`) are `EINVAL`. */
SYSCALL_2(pipe2, user_fds, flags)
{
	int fds[2], err;

	if (flags & ~(unsigned long)(O_NONBLOCK | O_CLOEXEC | O_DIRECT))
		return -EINVAL;
	err = reserve_both(fds, flags & O_CLOEXEC);
	if (err != 0)
		return err;
	err = open_pipe(fds, user_fds, flags & (O_NONBLOCK | O_DIRECT));
	if (err != 0) {
		fd_unreserve(fds[0]);
		fd_unreserve(fds[1]);
	}
	return err;
}

/* ---- vmsplice ---- */

#define SPLICE_F_NONBLOCK 2
#define SPLICE_FLAGS 15
#define MAX_SEGMENTS 1024UL

static ssize_t splice_piece(struct file *f, const struct user_iovec *iov,
			    unsigned long flags)
{
	if (f->mode & FMODE_WRITE)
		return pipe_splice(f, iov->base, iov->length,
				   flags & SPLICE_F_NONBLOCK);
	return f->ops->read(f, iov->base, iov->length,
			    file_pos_without_turn(f));
}

static int get_piece(struct user_iovec *iov, vaddr_t from, unsigned i)
{
	if (copy_from_user(iov, from + i * sizeof(*iov), sizeof(*iov)) != 0)
		return -EFAULT;
	if ((int64_t)iov->length < 0)
		return -EINVAL;
	return is_user_range(iov->base, iov->length) ? 0 : -EFAULT;
}

/* All of them are looked at before a byte is moved. */
static int check_pieces(vaddr_t from, unsigned n)
{
	struct user_iovec iov;
	int err = 0;

	for (unsigned i = 0; i < n && err == 0; i++)
		err = get_piece(&iov, from, i);
	return err;
}

/* The first piece waits for room (or bytes), the others do not: bytes. */
static ssize_t splice_pieces(struct file *f, vaddr_t from, unsigned n,
			     unsigned long flags)
{
	ssize_t total = 0;

	for (unsigned i = 0; i < n; i++) {
		struct user_iovec iov;
		ssize_t done = get_piece(&iov, from, i);

		if (done == 0)
			done = splice_piece(f, &iov, flags);
		if (done < 0)
			return total > 0 ? total : done;
		total += done;
		if ((uint64_t)done < iov.length)
			break;
		if (done > 0)
			flags |= SPLICE_F_NONBLOCK;
	}
	return total;
}

/*
 * LACKS vmsplice: pages go by reference where they are there and private; else
 * they are copied.
 */
SYSCALL_4(vmsplice, fd, iov, nr, flags)
{
	struct file *f = file_of_fd(fd);
	unsigned n = (unsigned)nr;
	ssize_t done;

	if (f == NULL)
		return -EBADF;
	if (flags & ~(unsigned long)SPLICE_FLAGS || n > MAX_SEGMENTS)
		done = -EINVAL;
	else if (!is_pipe(f))
		done = -EBADF;
	else
		done = check_pieces(iov, n);
	if (done == 0)
		done = splice_pieces(f, iov, n, flags);
	file_put(f);
	return done;
}

SYSCALL_2(eventfd2, initial, flags)
{
	struct file *f;
	int err;

	if (flags & ~(unsigned long)(EFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	err = eventfd_create(&f, (unsigned)initial, (unsigned)flags);
	if (err != 0)
		return err;
	return fd_install(f, flags & O_CLOEXEC);
}
