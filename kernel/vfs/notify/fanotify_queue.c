/*
 * vfs/notify/fanotify_queue.c - what a fanotify group was told, until it is
 * read.
 *
 * What one thread does to one file is one event, if the first of it has not been
 * read: its mask gets more.  The queue has a bound, and so has the memory of all
 * of a user; an event that finds no room is lost, and FAN_Q_OVERFLOW is what is
 * read last.
 */
#include "vfs/notify/fanotify_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "sync/block.h"
#include "vfs/fdtable.h"
#include "vfs/process.h"

/* So many of the newest are asked whether they say it already. */
#define MERGE_AMONG 128

#define METADATA_VERSION 3
#define NO_FD (-1)

/* As programs read it. */
struct user_event {
	uint32_t event_len;
	uint8_t version, reserved;
	uint16_t metadata_len;
	uint64_t mask;
	int32_t fd, pid;
};

_Static_assert(sizeof(struct user_event) == 24, "Linux's layout");

void fanotify_queue_init(struct fanotify *g)
{
	list_init(&g->events);
	list_init(&g->overflow.link);
	g->overflow.mask = FAN_Q_OVERFLOW;
	waitq_init(&g->readers);
}

void fanotify_queue_append(struct fanotify *g, struct fanotify_event *e)
{
	list_push_back(&g->events, &e->link);
	WRITE_ONCE(g->nr_events, g->nr_events + 1);
	waitq_wake_all(&g->readers);
}

static bool merge(struct fanotify *g, const struct path *at, unsigned pid,
		  uint32_t mask) REQUIRES(notify_lock)
{
	struct list *link = g->events.prev;

	for (unsigned i = 0; i < MERGE_AMONG && link != &g->events; i++) {
		struct fanotify_event *e =
			list_entry(link, struct fanotify_event, link);

		if (!fanotify_asks(e) && e->pid == pid && path_is_same(e->at, *at)) {
			e->mask |= mask;
			return true;
		}
		link = link->prev;
	}
	return false;
}

void fanotify_queue_take(struct fanotify *g, struct fanotify_event *e)
{
	list_remove(&e->link);
	WRITE_ONCE(g->nr_events, g->nr_events - 1);
}

void fanotify_queue_lost(struct fanotify *g)
{
	if (!list_is_linked(&g->overflow.link))
		fanotify_queue_append(g, &g->overflow);
}

/* Of a file that is open: there are references, and the event gets its own. */
void fanotify_queue_event(struct fanotify *g, const struct happening *h,
			  uint32_t mask)
{
	const struct path at = { h->file->mount, h->inode };
	unsigned pid = vfs_own_pid(g->flags & FAN_REPORT_TID);
	struct fanotify_event *e = NULL;

	if (merge(g, &at, pid, mask))
		return;
	if (g->nr_events < g->max_events)
		e = event_alloc(g->payer, sizeof(*e));
	if (e == NULL) {
		fanotify_queue_lost(g);
		return;
	}
	path_get(&at);
	e->at = at;
	e->pid = pid;
	e->mask = mask;
	fanotify_queue_append(g, e);
}

static void event_drop(struct fanotify *g, struct fanotify_event *e)
{
	if (e == &g->overflow)
		return;
	path_put(&e->at);
	event_free(g->payer, e, sizeof(*e));
}

size_t fanotify_queue_bytes(struct fanotify *g)
{
	return READ_ONCE(g->nr_events) * sizeof(struct user_event);
}

/* ---- reading ---- */

static int take_first(struct fanotify *g, size_t room,
		      struct fanotify_event **out)
{
	int err = 0;

	spin_lock(&notify_lock);
	struct list *first = list_first(&g->events);

	if (first == NULL)
		err = -EAGAIN;
	else if (sizeof(struct user_event) > room)
		err = -EINVAL;
	if (err == 0) {
		*out = list_entry(first, struct fanotify_event, link);
		fanotify_queue_take(g, *out);
	}
	spin_unlock(&notify_lock);
	race_point(notify_taken, g);
	return err;
}

/* Who waits for an answer may be killed meanwhile, and takes his away. */
void fanotify_queue_drop(struct fanotify *g)
{
	struct fanotify_event *e;

	while (take_first(g, sizeof(struct user_event), &e) == 0) {
		if (fanotify_asks(e))
			fanotify_let_go(e);
		else
			event_drop(g, e);
		cond_resched();
	}
}

/* The descriptor is a number that nobody can use until the event has told it. */
static int open_event(struct fanotify *g, const struct path *at, struct file **f)
{
	int fd = fd_reserve(g->event_flags & O_CLOEXEC), err;

	if (fd < 0)
		return fd;
	err = vfs_open_quietly(at, g->event_flags, f);
	if (err != 0) {
		fd_unreserve(fd);
		return err;
	}
	return fd;
}

static int tell_event(struct fanotify *g, struct fanotify_event *e,
		      uint32_t mask, vaddr_t to)
{
	struct user_event event = {
		.event_len = sizeof(event),
		.version = METADATA_VERSION,
		.metadata_len = sizeof(event),
		.mask = mask,
		.fd = NO_FD,
		.pid = (int32_t)e->pid,
	};
	const bool asks = mask & FAN_ALL_PERM;
	struct file *f;
	int err;

	if (e->at.inode == NULL)
		return copy_to_user(to, &event, sizeof(event));
	event.fd = open_event(g, &e->at, &f);
	if (event.fd < 0) {
		if (asks)
			fanotify_not_asked(e);
		return event.fd;
	}
	if (asks) /* before anybody can know the number */
		fanotify_asked(g, e, event.fd);
	err = copy_to_user(to, &event, sizeof(event));
	if (err == 0) {
		fd_fill(event.fd, f);
	} else {
		if (asks)
			(void)fanotify_answer(g, event.fd, FAN_DENY);
		fd_unreserve(event.fd);
		file_put(f);
	}
	return err;
}

ssize_t fanotify_queue_read(struct fanotify *g, vaddr_t to, size_t room)
{
	struct fanotify_event *e;
	bool asks;
	int err = take_first(g, room, &e);

	if (err != 0)
		return err;
	asks = fanotify_asks(e);
	err = tell_event(g, e, e->mask, to);
	if (!asks) /* else it may be gone by now */
		event_drop(g, e);
	return err != 0 ? err : (ssize_t)sizeof(struct user_event);
}
