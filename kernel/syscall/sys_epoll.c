/*
 * syscall/sys_epoll.c - epoll_create1(), epoll_ctl(), epoll_pwait() and
 * epoll_pwait2().
 */
#include "syscall/syscall.h"

#include "arch/hart.h"
#include "lib/errno.h"
#include "lib/ticks.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "syscall/file_args.h"
#include "syscall/poll_args.h"
#include "vfs/epoll/epoll.h"
#include "vfs/fdtable.h"

SYSCALL_1(epoll_create1, flags)
{
	struct file *f;
	int err;

	if (flags & ~(unsigned long)O_CLOEXEC)
		return -EINVAL;
	err = epoll_create(&f);
	return err != 0 ? err : fd_install(f, flags & O_CLOEXEC);
}

/* ---- what is watched ---- */

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

/* What goes with EPOLLEXCLUSIVE. */
#define EXCLUSIVE_EVENTS \
	(POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLWAKEUP | EPOLLET | \
	 EPOLLEXCLUSIVE)

struct control {
	struct file *epoll, *file;
	int fd;
	unsigned op;
	struct epoll_event event;
};

static int check_exclusive(const struct control *c)
{
	if (c->op == EPOLL_CTL_DEL || !(c->event.events & EPOLLEXCLUSIVE))
		return 0;
	if (c->op == EPOLL_CTL_MOD || is_epoll(c->file))
		return -EINVAL;
	return c->event.events & ~EXCLUSIVE_EVENTS ? -EINVAL : 0;
}

static int check(const struct control *c)
{
	if (c->file->ops->poll == NULL)
		return -EPERM;
	if (c->epoll == c->file || !is_epoll(c->epoll))
		return -EINVAL;
	return check_exclusive(c);
}

static int perform(const struct control *c)
{
	switch (c->op) {
	case EPOLL_CTL_ADD:
		return epoll_add(c->epoll, c->file, c->fd, &c->event);
	case EPOLL_CTL_DEL:
		return epoll_remove(c->epoll, c->file, c->fd);
	case EPOLL_CTL_MOD:
		return epoll_change(c->epoll, c->file, c->fd, &c->event);
	}
	return -EINVAL;
}

/* The epoll is held; the file is looked for. */
static long control_with(struct control *c)
{
	long err;

	c->file = file_of_fd((unsigned long)c->fd);
	if (c->file == NULL)
		return -EBADF;
	err = check(c);
	if (err == 0)
		err = perform(c);
	file_put(c->file);
	return err;
}

/*
 * LACKS epoll_ctl: an exclusive watch (`EPOLLEXCLUSIVE`) of a file whose
 * wakers wake all wakes all epolls.
 */
SYSCALL_4(epoll_ctl, epfd, op, fd, event)
{
	struct control c = { .fd = (int)fd, .op = (unsigned)op };
	long err;

	if (c.op != EPOLL_CTL_DEL &&
	    copy_from_user(&c.event, event, sizeof(c.event)) != 0)
		return -EFAULT;
	c.epoll = file_of_fd(epfd);
	if (c.epoll == NULL)
		return -EBADF;
	err = control_with(&c);
	file_put(c.epoll);
	return err;
}

/* ---- waiting ---- */

#define MAX_EVENTS ((int)(INT32_MAX / sizeof(struct epoll_event)))

static long wait_for_events(unsigned long epfd, vaddr_t events, int max,
			    uint64_t deadline)
{
	struct file *f;
	long result = -EINVAL;

	if (max <= 0 || max > MAX_EVENTS)
		return -EINVAL;
	if (!is_user_range(events, (size_t)max * sizeof(struct epoll_event)))
		return -EFAULT;
	f = file_of_fd(epfd);
	if (f == NULL)
		return -EBADF;
	if (is_epoll(f))
		result = epoll_wait(f, events, (unsigned)max, deadline);
	file_put(f);
	return result;
}

static uint64_t deadline_of(int timeout_ms)
{
	if (timeout_ms < 0)
		return TIMER_NEVER;
	return clock_ticks() + ns_to_ticks((uint64_t)timeout_ms * 1000000);
}

SYSCALL_6(epoll_pwait, epfd, events, max, timeout, mask, mask_size)
{
	long result = poll_block_signals(mask, mask_size);

	if (result != 0)
		return result;
	result = wait_for_events(epfd, events, (int)max,
				 deadline_of((int)timeout));
	poll_restore_signals(mask, result == -EINTR);
	return result;
}

SYSCALL_6(epoll_pwait2, epfd, events, max, timeout, mask, mask_size)
{
	uint64_t deadline;
	long result = poll_deadline(timeout, &deadline);

	if (result == 0)
		result = poll_block_signals(mask, mask_size);
	if (result != 0)
		return result;
	result = wait_for_events(epfd, events, (int)max, deadline);
	poll_restore_signals(mask, result == -EINTR);
	return result;
}
