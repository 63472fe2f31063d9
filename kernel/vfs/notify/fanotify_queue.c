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
#include "sync/block.h"
#include "vfs/process.h"

/* So many of the newest are asked whether they say it already. */
#define MERGE_AMONG 128

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
	WRITE_ONCE(g->bytes, g->bytes + fanotify_event_len(g, e));
	waitq_wake_all(&g->readers);
}

/* What stays apart in one event whatever else is the same. */
#define APART (FAN_ONDIR | FAN_RENAME | FAN_ALL_PERM)

static bool says_the_same(const struct fanotify_event *e,
			  const struct fanotify_event *new)
{
	if (e->pid != new->pid || ((e->mask ^ new->mask) & APART))
		return false;
	return e->fids != NULL && new->fids != NULL ?
		       fanotify_fids_same(e->fids, new->fids) :
		       e->fids == new->fids && path_is_same(e->at, new->at);
}

static bool merge(struct fanotify *g, const struct fanotify_event *new)
	REQUIRES(notify_lock)
{
	struct list *link = g->events.prev;

	for (unsigned i = 0; i < MERGE_AMONG && link != &g->events; i++) {
		struct fanotify_event *e =
			list_entry(link, struct fanotify_event, link);

		if (e != &g->overflow && says_the_same(e, new)) {
			e->mask |= new->mask;
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
	WRITE_ONCE(g->bytes, g->bytes - fanotify_event_len(g, e));
}

void fanotify_queue_lost(struct fanotify *g)
{
	if (!list_is_linked(&g->overflow.link))
		fanotify_queue_append(g, &g->overflow);
}

/* A copy of @new, with references and memory of its own; NULL: too much. */
static struct fanotify_event *event_keep(struct fanotify *g,
					 const struct fanotify_event *new)
{
	size_t bytes = sizeof(*new) +
		       (new->fids != NULL ? fanotify_fids_room(new->fids) : 0);
	struct fanotify_event *e = event_alloc(g->payer, bytes);

	if (e == NULL)
		return NULL;
	*e = *new;
	e->bytes = bytes;
	if (new->fids != NULL) {
		e->fids = (struct fanotify_fids *)(e + 1);
		fanotify_fids_copy(e->fids, new->fids);
	} else {
		path_get(&e->at);
	}
	return e;
}

static void append_new(struct fanotify *g, const struct fanotify_event *new)
	REQUIRES(notify_lock)
{
	struct fanotify_event *e = NULL;

	if (merge(g, new))
		return;
	if (g->nr_events < g->max_events)
		e = event_keep(g, new);
	if (e == NULL)
		fanotify_queue_lost(g);
	else
		fanotify_queue_append(g, e);
}

/* Of a file that is open there are references, and the event gets its own. */
void fanotify_queue_event(struct fanotify *g, const struct happening *h,
			  uint32_t mask)
{
	struct fanotify_event new = {
		.mask = mask,
		.pid = vfs_own_pid(g->flags & FAN_REPORT_TID),
		.birth = vfs_own_birth(),
	};
	struct fanotify_fids fids;

	list_init(&new.link);
	if (!fanotify_tells_fids(g)) {
		new.at = (struct path){ h->file->mount, h->inode };
		append_new(g, &new);
	} else if (fanotify_fids_get(g, h, &fids)) {
		new.mask |= h->is_dir ? FAN_ONDIR : 0;
		new.fids = &fids;
		append_new(g, &new);
	}
}

void fanotify_event_drop(struct fanotify *g, struct fanotify_event *e)
{
	if (e == &g->overflow)
		return;
	path_put(&e->at);
	event_free(g->payer, e, e->bytes);
}

int fanotify_queue_first(struct fanotify *g, size_t room,
			 struct fanotify_event **out, size_t *len)
{
	int err = 0;

	spin_lock(&notify_lock);
	struct list *first = list_first(&g->events);

	if (first != NULL) {
		*out = list_entry(first, struct fanotify_event, link);
		*len = fanotify_event_len(g, *out);
	}
	if (first == NULL)
		err = -EAGAIN;
	else if (*len > room)
		err = -EINVAL;
	else
		fanotify_queue_take(g, *out);
	spin_unlock(&notify_lock);
	race_point(notify_taken, g);
	return err;
}

/* Who waits for an answer may be killed meanwhile, and takes his away. */
void fanotify_queue_drop(struct fanotify *g)
{
	struct fanotify_event *e;
	size_t len;

	while (fanotify_queue_first(g, SIZE_MAX, &e, &len) == 0) {
		if (fanotify_asks(e))
			fanotify_let_go(e);
		else
			fanotify_event_drop(g, e);
		cond_resched();
	}
}
