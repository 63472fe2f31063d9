/*
 * vfs/notify/fanotify_read.c - how an event is read: its head, what it was done to
 * by a descriptor or by handles, and who did it by a descriptor.
 */
#include "vfs/notify/fanotify_internal.h"

#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "vfs/fdtable.h"
#include "vfs/process.h"

#define METADATA_VERSION 3
#define NO_FD (-1)
#define NO_PIDFD (-1)    /* who did it is gone */
#define ERROR_PIDFD (-2) /* or cannot be had */

/* As programs read it. */
struct user_event {
	uint32_t event_len;
	uint8_t version, reserved;
	uint16_t metadata_len;
	uint64_t mask;
	int32_t fd, pid;
};

_Static_assert(sizeof(struct user_event) == 24, "Linux's layout");

#define INFO_PIDFD 4

struct user_pidfd {
	uint8_t type, reserved;
	uint16_t len;
	int32_t pidfd;
};

_Static_assert(sizeof(struct user_pidfd) == 8, "Linux's layout");

/* A number that nobody can use until the event has told it, and what it will be a
 * descriptor of; or no file, and what is told instead. */
struct promise {
	int fd;
	struct file *file;
};

static void keep(const struct promise *p)
{
	if (p->file != NULL)
		fd_fill(p->fd, p->file);
}

static void take_back(const struct promise *p)
{
	if (p->file == NULL)
		return;
	fd_unreserve(p->fd);
	file_put(p->file);
}

size_t fanotify_event_len(const struct fanotify *g, const struct fanotify_event *e)
{
	return sizeof(struct user_event) +
	       (e->fids != NULL ? fanotify_fids_len(g, e->mask, e->fids) : 0) +
	       (g->flags & FAN_REPORT_PIDFD ? sizeof(struct user_pidfd) : 0);
}

/* ---- what it was done to ---- */

static int open_event(struct fanotify *g, const struct fanotify_event *e,
		      struct promise *p)
{
	int err;

	*p = (struct promise){ .fd = NO_FD };
	if (e->at.inode == NULL)
		return 0;
	p->fd = fd_reserve(g->event_flags & O_CLOEXEC);
	if (p->fd < 0)
		return p->fd;
	err = vfs_open_quietly(&e->at, g->event_flags, &p->file);
	if (err != 0)
		fd_unreserve(p->fd);
	return err;
}

/* ---- who did it ---- */

static void open_doer(const struct fanotify_event *e, struct promise *p)
{
	int err;

	*p = (struct promise){ .fd = NO_PIDFD };
	int fd = fd_reserve(true);

	if (fd < 0) {
		p->fd = ERROR_PIDFD;
		return;
	}
	err = vfs_pidfd(e->pid, e->birth, &p->file);
	if (err == 0) {
		p->fd = fd;
		return;
	}
	fd_unreserve(fd);
	p->fd = err == -ESRCH ? NO_PIDFD : ERROR_PIDFD;
}

static int put_doer(const struct fanotify_event *e, vaddr_t to)
{
	struct user_pidfd info = { .type = INFO_PIDFD, .len = sizeof(info) };
	struct promise p;
	int err;

	open_doer(e, &p);
	info.pidfd = p.fd;
	err = copy_to_user(to, &info, sizeof(info));
	if (err == 0)
		keep(&p);
	else
		take_back(&p);
	return err;
}

/* ---- all of it ---- */

/* A group that is not root's is told nobody else's number. */
static unsigned told_pid(const struct fanotify *g, const struct fanotify_event *e)
{
	return g->is_private && e->pid != vfs_own_pid(false) ? 0 : e->pid;
}

static int put_event(struct fanotify *g, const struct fanotify_event *e,
		     const struct user_event *head, vaddr_t to)
{
	int err = copy_to_user(to, head, sizeof(*head));

	to += sizeof(*head);
	if (err == 0 && e->fids != NULL) {
		err = fanotify_fids_put(g, e->mask, e->fids, to);
		to += fanotify_fids_len(g, e->mask, e->fids);
	}
	if (err == 0 && (g->flags & FAN_REPORT_PIDFD))
		err = put_doer(e, to);
	return err;
}

static int tell_event(struct fanotify *g, struct fanotify_event *e, size_t len,
		      vaddr_t to)
{
	struct user_event head = {
		.event_len = (uint32_t)len,
		.version = METADATA_VERSION,
		.metadata_len = sizeof(head),
		.mask = e->mask,
		.pid = (int32_t)told_pid(g, e),
	};
	const struct fanotify_event told = *e; /* once it is asked, it may be gone */
	const bool asks = fanotify_asks(e);
	struct promise p;
	int err = open_event(g, e, &p);

	if (err != 0) {
		if (asks)
			fanotify_not_asked(e);
		return err;
	}
	head.fd = p.fd;
	if (asks) /* before anybody can know the number */
		fanotify_asked(g, e, p.fd);
	err = put_event(g, &told, &head, to);
	if (err == 0) {
		keep(&p);
	} else {
		if (asks)
			(void)fanotify_answer(g, p.fd, FAN_DENY);
		take_back(&p);
	}
	return err;
}

ssize_t fanotify_read_event(struct fanotify *g, vaddr_t to, size_t room)
{
	struct fanotify_event *e;
	bool asks;
	size_t len;
	int err = fanotify_queue_first(g, room, &e, &len);

	if (err != 0)
		return err;
	asks = fanotify_asks(e);
	err = tell_event(g, e, len, to);
	if (!asks) /* else it may be gone by now */
		fanotify_event_drop(g, e);
	return err != 0 ? err : (ssize_t)len;
}
