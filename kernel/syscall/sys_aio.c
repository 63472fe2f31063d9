/*
 * syscall/sys_aio.c - io_setup(), io_submit(), io_getevents() and their kin.
 *
 * What is asked for is done before io_submit() returns, as on Linux where a file
 * is read through the page cache: its event is there when the call is over.
 *
 * Source: io_submit(2), Linux's uapi/linux/aio_abi.h.
 */
#include "syscall/syscall.h"

#include "ipc/aio.h"
#include "ipc/eventfd.h"
#include "lib/errno.h"
#include "mm/map.h"
#include "mm/page.h"
#include "mm/uaccess.h"
#include "sync/block.h"
#include "sync/work.h"
#include "syscall/file_args.h"
#include "syscall/poll_args.h"
#include "syscall/transfer.h"
#include "syscall/user_time.h"
#include "vfs/fdtable.h"

enum iocb_command {
	IOCB_PREAD,
	IOCB_PWRITE,
	IOCB_FSYNC,
	IOCB_FDSYNC,
	IOCB_PREADV = 7,
	IOCB_PWRITEV = 8,
};

#define IOCB_FLAG_RESFD 1U
#define IOCB_KEY 0U

struct iocb {
	uint64_t data;
	uint32_t key, rw_flags;
	uint16_t command;
	int16_t priority;
	uint32_t fd;
	uint64_t buf, n;
	int64_t offset;
	uint64_t reserved;
	uint32_t flags, event_fd;
};

_Static_assert(sizeof(struct iocb) == 64, "Linux's layout");

/* ---- contexts ---- */

static long create(vaddr_t to, unsigned nr)
{
	long at = transfer_map(PAGE_SIZE);
	long err;

	if (at < 0)
		return at;
	err = aio_create((uint64_t)at, nr);
	if (err == 0 && put_user_u64(to, (uint64_t)at) != 0) {
		(void)aio_destroy((uint64_t)at);
		err = -EFAULT;
	}
	if (err != 0)
		(void)mm_unmap(current_mm(), (vaddr_t)at, PAGE_SIZE);
	return err;
}

SYSCALL_2(io_setup, nr, to)
{
	uint64_t id;

	if (get_user_u64(&id, to) != 0)
		return -EFAULT;
	if (id != 0 || nr == 0 || nr > AIO_EVENTS_MOST)
		return -EINVAL;
	return create(to, (unsigned)nr);
}

SYSCALL_1(io_destroy, id)
{
	int err = aio_destroy(id);

	if (err == 0)
		(void)mm_unmap(current_mm(), id, PAGE_SIZE);
	return err;
}

/* ---- doing what is asked for ---- */

/* @result is what becomes of it; or -errno, and nothing does. */
static int sync(const struct iocb *cb, struct file *f, long *result)
{
	if (cb->buf != 0 || cb->n != 0 || cb->offset != 0 || cb->rw_flags != 0)
		return -EINVAL;
	*result = file_sync(f);
	return 0;
}

static long move_at(const struct iocb *cb, const int64_t *offset, bool write)
{
	const struct user_iovec iov = { cb->buf, cb->n };

	if (cb->command == IOCB_PREADV || cb->command == IOCB_PWRITEV)
		return transfer_vector(cb->fd, cb->buf, (unsigned)cb->n, offset,
				       cb->rw_flags, write);
	return transfer(cb->fd, &iov, 1, offset, cb->rw_flags, write);
}

static int move(const struct iocb *cb, struct file *f, long *result)
{
	bool write = cb->command == IOCB_PWRITE || cb->command == IOCB_PWRITEV;

	if (!(f->mode & (write ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	if (cb->offset < 0)
		return -EINVAL;
	/* What has no offsets goes on where it is. */
	*result = move_at(cb, f->ops->lseek != NULL ? &cb->offset : NULL, write);
	if (*result == -EOPNOTSUPP && cb->rw_flags != 0)
		return -EOPNOTSUPP;
	if (*result == -ERESTARTSYS)
		*result = -EINTR;
	return 0;
}

static int act(const struct iocb *cb, long *result)
{
	struct file *f = file_of_fd(cb->fd);
	int err = -EINVAL;

	if (f == NULL)
		return -EBADF;
	switch (cb->command) {
	case IOCB_PREAD:
	case IOCB_PWRITE:
	case IOCB_PREADV:
	case IOCB_PWRITEV:
		err = move(cb, f, result);
		break;
	case IOCB_FSYNC:
	case IOCB_FDSYNC:
		err = sync(cb, f, result);
		break;
	}
	file_put(f);
	return err;
}

/* ---- io_submit() ---- */

/* The eventfd that is to be told; NULL: none is. */
static int get_told(const struct iocb *cb, struct file **told)
{
	*told = NULL;
	if (!(cb->flags & IOCB_FLAG_RESFD))
		return 0;
	*told = fd_get((int)cb->event_fd);
	if (*told == NULL)
		return -EBADF;
	return is_eventfd(*told) ? 0 : -EINVAL;
}

static int act_in_room(struct aio *a, const struct iocb *cb, vaddr_t user,
		       struct file *told)
{
	struct aio_event event = { .data = cb->data, .object = user };
	long result = 0;
	int err = put_user_u32(user + offsetof(struct iocb, key), IOCB_KEY);

	if (err == 0)
		err = act(cb, &result);
	if (err != 0)
		return err;
	event.result = result;
	aio_end(a, &event);
	if (told != NULL)
		eventfd_signal(told);
	return 0;
}

static int submit(struct aio *a, vaddr_t user)
{
	struct file *told;
	struct iocb cb;
	int err;

	if (copy_from_user(&cb, user, sizeof(cb)) != 0)
		return -EFAULT;
	if (cb.reserved != 0 || (int64_t)cb.n < 0)
		return -EINVAL;
	if (!aio_begin(a))
		return -EAGAIN;
	err = get_told(&cb, &told);
	if (err == 0)
		err = act_in_room(a, &cb, user, told);
	if (err != 0)
		aio_give_back(a);
	if (told != NULL)
		file_put(told);
	return err;
}

/* Until one cannot be: how many were, or why there is none. */
static long submit_all(struct aio *a, vaddr_t vector, long nr)
{
	long n = 0;
	int err = 0;

	while (n < nr && err == 0 && block_go_on()) {
		uint64_t user;

		err = get_user_u64(&user, vector + (vaddr_t)n * sizeof(user));
		if (err == 0)
			err = submit(a, user);
		if (err == 0)
			n++;
	}
	return n > 0 ? n : err;
}

/* LACKS io_submit: `IOCB_CMD_POLL` is `EINVAL`; what waits, as a pipe does, keeps the
 * call waiting. */
SYSCALL_3(io_submit, id, nr, vector)
{
	struct aio *a;
	long result;

	if ((long)nr < 0)
		return -EINVAL;
	a = aio_find(id);
	if (a == NULL)
		return -EINVAL;
	result = submit_all(a, vector, (long)nr);
	aio_put(a);
	return result;
}

/* All is over when it could be cancelled. */
SYSCALL_3(io_cancel, id UNUSED, user, event UNUSED)
{
	uint32_t key;

	return get_user_u32(&key, user + offsetof(struct iocb, key)) != 0 ? -EFAULT :
									     -EINVAL;
}

/* ---- io_getevents() ---- */

static long get_events(uint64_t id, long least, long most, vaddr_t to,
		       vaddr_t timeout)
{
	uint64_t deadline;
	struct aio *a;
	long result;
	int err = get_user_deadline(&deadline, timeout);

	if (err != 0)
		return err;
	a = aio_find(id);
	if (a == NULL)
		return -EINVAL;
	result = least < 0 || least > most ? -EINVAL :
					     aio_take(a, to, least, most, deadline);
	aio_put(a);
	return result;
}

SYSCALL_5(io_getevents, id, least, most, to, timeout)
{
	return get_events(id, (long)least, (long)most, to, timeout);
}

/* A signal that came by the end of it is handled while the mask lets it in, if
 * there are events, too. */
SYSCALL_6(io_pgetevents, id, least, most, to, timeout, user_mask)
{
	uint64_t mask[2] = { 0 }; /* where it is, and its size */
	bool interrupted;
	long result;
	int err = 0;

	if (user_mask != 0)
		err = copy_from_user(mask, user_mask, sizeof(mask));
	if (err == 0)
		err = poll_block_signals(mask[0], mask[1]);
	if (err != 0)
		return err;
	result = get_events(id, (long)least, (long)most, to, timeout);
	interrupted = block_interrupted();
	poll_restore_signals(mask[0], interrupted);
	return interrupted && (result == 0 || result == -EINTR) ? -ERESTARTNOHAND :
								   result;
}
