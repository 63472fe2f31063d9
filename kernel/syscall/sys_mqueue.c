/*
 * syscall/sys_mqueue.c - mq_open(), mq_timedsend(), ...: POSIX message queues.
 */
#include "syscall/syscall.h"

#include "ipc/mqueue/mqueue.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "net/netlink/letter.h"
#include "proc/signal/types.h"
#include "proc/time/clock.h"
#include "proc/time/timer.h"
#include "sync/retry.h"
#include "syscall/file_args.h"
#include "syscall/socket_args.h"
#include "syscall/uapi.h"
#include "syscall/user_time.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

/* ---- names ---- */

static long open_at(int fd, const char *name, unsigned flags, unsigned mode,
		    const struct mq_attr *attr)
{
	struct file *f;
	int err = mqueue_open(name, flags, mode, attr, &f);

	if (err != 0) {
		fd_unreserve(fd);
		return err;
	}
	fd_fill(fd, f);
	return fd;
}

/*
 * LACKS mq_open: queues are in no directory (no `mqueue` to mount); messages
 * of more than 1 MiB less a page are `EINVAL`, for root too.
 */
SYSCALL_4(mq_open, user_name, flags, mode, user_attr)
{
	struct mq_attr attr;
	char *name;
	long err;

	if (user_attr != 0 && copy_from_user(&attr, user_attr, sizeof(attr)) != 0)
		return -EFAULT;
	err = path_from_user(user_name, &name);
	if (err != 0)
		return err;
	err = fd_reserve(true);
	if (err >= 0)
		err = open_at((int)err, name, (unsigned)flags, (unsigned)mode,
			      user_attr == 0 ? NULL : &attr);
	kfree(name);
	return err;
}

SYSCALL_1(mq_unlink, user_name)
{
	char *name;
	long err = path_from_user(user_name, &name);

	if (err != 0)
		return err;
	err = mqueue_unlink(name);
	kfree(name);
	return err;
}

/* ---- messages ---- */

/* The user's timeout, a time of day, or 0: for ever. */
static int get_deadline(uint64_t *deadline, vaddr_t timeout)
{
	uint64_t ns;
	int err;

	*deadline = TIMER_NEVER;
	if (timeout == 0)
		return 0;
	err = get_user_timespec(&ns, timeout);
	if (err == 0)
		*deadline = clock_realtime_deadline(ns);
	return err;
}

static long send(struct file *f, vaddr_t text, size_t size, unsigned priority,
		 uint64_t deadline)
{
	struct mq_message *m;
	int err = mqueue_may_send(f, size);

	if (err != 0)
		return err;
	m = kmalloc(sizeof(*m) + size);
	if (m == NULL)
		return -ENOMEM;
	list_init(&m->link);
	m->priority = priority;
	m->size = size;
	err = copy_from_user(m->text, text, size);
	if (err == 0)
		err = mqueue_send(f, m, deadline);
	if (err != 0)
		kfree(m);
	return err;
}

SYSCALL_5(mq_timedsend, fd, text, size, priority, timeout)
{
	uint64_t deadline;
	struct file *f;
	long err = get_deadline(&deadline, timeout);

	if (err != 0)
		return err;
	if ((unsigned)priority >= MQ_PRIORITIES)
		return -EINVAL;
	f = fd_get((int)fd);
	if (f == NULL)
		return -EBADF;
	err = send(f, text, size, (unsigned)priority, deadline);
	file_put(f);
	return err;
}

static long receive(struct file *f, vaddr_t text, size_t size, vaddr_t priority,
		    uint64_t deadline)
{
	struct mq_message *m;
	long result = mqueue_may_receive(f, size);

	if (result == 0)
		result = mqueue_receive(f, &m, deadline);
	if (result != 0)
		return result;
	result = (long)m->size;
	if ((priority != 0 && put_user_u32(priority, m->priority) != 0) ||
	    copy_to_user(text, m->text, m->size) != 0)
		result = -EFAULT;
	kfree(m);
	return result;
}

SYSCALL_5(mq_timedreceive, fd, text, size, priority, timeout)
{
	uint64_t deadline;
	struct file *f;
	long result = get_deadline(&deadline, timeout);

	if (result != 0)
		return result;
	f = fd_get((int)fd);
	if (f == NULL)
		return -EBADF;
	result = receive(f, text, size, priority, deadline);
	file_put(f);
	return result;
}

/* ---- notification ---- */

/* What the C library finds by, when the letter comes, whom it was for; the last byte
 * is the kernel's. */
#define COOKIE_BYTES 32

void mqueue_send_letter(struct message *letter, uint8_t news)
{
	netlink_letter_send(letter, news);
}

void mqueue_drop_letter(struct message *letter)
{
	netlink_letter_drop(letter);
}

/* To the socket @fd; while it waits for room there it keeps nobody from closing that. */
static int try_letter(int fd, const char *cookie, struct message **out)
{
	struct socket *s;
	struct file *f;
	int err = socket_of_fd((unsigned long)fd, &f, &s);

	if (err != 0)
		return err;
	socket_get(s);
	file_put(f);
	err = netlink_letter_make(s, cookie, COOKIE_BYTES, out);
	socket_put(s);
	return err;
}

/* A socket that was closed meanwhile is not the one of that number any more. */
static int make_letter(const struct user_sigevent *ev, struct message **out)
{
	struct retry r = { 0 };
	char cookie[COOKIE_BYTES];
	int err;

	if (copy_from_user(cookie, ev->value, sizeof(cookie)) != 0)
		return -EFAULT;
	while ((err = try_letter(ev->signo, cookie, out)) == -ECONNREFUSED)
		if (!retry_again(&r))
			return -EINTR;
	return err;
}

/* An event of which a letter may have been made. */
static int event_of(const struct user_sigevent *ev, struct mq_event *out)
{
	*out = (struct mq_event){ .by = MQ_NOT };
	switch (ev->notify) {
	case SIGEV_NONE:
		return 0;
	case SIGEV_SIGNAL:
		out->by = MQ_SIGNAL;
		out->signo = ev->signo;
		out->value = ev->value;
		return ev->signo < 0 || ev->signo > NSIG ? -EINVAL : 0;
	case SIGEV_THREAD:
		out->by = MQ_LETTER;
		return make_letter(ev, &out->letter);
	default:
		return -EINVAL;
	}
}

static int notify(int fd, const struct mq_event *event)
{
	struct file *f = fd_get(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	err = event != NULL ? mqueue_notify(f, event) : mqueue_notify_end(f);
	file_put(f);
	return err;
}

SYSCALL_2(mq_notify, fd, user)
{
	struct user_sigevent ev;
	struct mq_event event;
	int err;

	if (user == 0)
		return notify((int)fd, NULL);
	if (copy_from_user(&ev, user, sizeof(ev)) != 0)
		return -EFAULT;
	err = event_of(&ev, &event);
	if (err != 0)
		return err;
	err = notify((int)fd, &event);
	if (err != 0 && event.letter != NULL)
		mqueue_drop_letter(event.letter);
	return err;
}

/* ---- attributes ---- */

static long attr(unsigned long fd, int64_t flags, struct mq_attr *old)
{
	struct file *f = fd_get((int)fd);
	long err;

	if (f == NULL)
		return -EBADF;
	err = mqueue_attr(f, flags, old);
	file_put(f);
	return err;
}

SYSCALL_3(mq_getsetattr, fd, from, to)
{
	struct mq_attr new = { .flags = -1 }, old;
	long err;

	if (from != 0 && copy_from_user(&new, from, sizeof(new)) != 0)
		return -EFAULT;
	if (from != 0 && (new.flags & ~(int64_t)O_NONBLOCK))
		return -EINVAL;
	err = attr(fd, new.flags, &old);
	if (err == 0 && to != 0)
		err = copy_to_user(to, &old, sizeof(old));
	return err;
}
