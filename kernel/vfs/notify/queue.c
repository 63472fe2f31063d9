/*
 * vfs/notify/queue.c - what an inotify instance was told, until it is read.
 *
 * An event that says the same as the one before it is not told twice.  Events
 * come from whatever anybody does, so they have a bound for each queue and one
 * in bytes for each user; one that finds no room is lost, and the queue ends
 * with IN_Q_OVERFLOW, whose place was there from the beginning.
 */
#include "vfs/notify/notify_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "sync/block.h"
#include "vfs/user.h"

/* Of memory, all of a user but root. */
#define PART_FOR_EVENTS 16

void queue_init(struct inotify *in)
{
	list_init(&in->events);
	list_init(&in->overflow.link);
	in->overflow.head = (struct inotify_event){
		.wd = -1,
		.mask = IN_Q_OVERFLOW,
	};
	waitq_init(&in->readers);
}

/* ---- entries ---- */

static size_t entry_bytes(size_t name_len)
{
	return sizeof(struct notify_entry) + name_len;
}

static uint64_t limit_of(const struct user *user)
{
	return user == &root_user ? UINT64_MAX :
				    pages_total() / PART_FOR_EVENTS * PAGE_SIZE;
}

void *event_alloc(struct user *payer, size_t bytes)
{
	void *event;

	if (user_charge(payer, USER_NOTIFY_BYTES, bytes, limit_of(payer)) ==
	    NULL)
		return NULL;
	event = kzalloc(bytes);
	if (event == NULL)
		user_uncharge(payer, USER_NOTIFY_BYTES, bytes);
	return event;
}

void event_free(struct user *payer, void *event, size_t bytes)
{
	user_uncharge(payer, USER_NOTIFY_BYTES, bytes);
	kfree(event);
}

static void entry_free(struct user *payer, struct notify_entry *e)
{
	event_free(payer, e, entry_bytes(e->head.len));
}

/* ---- the queue ---- */

static void append(struct inotify *in, struct notify_entry *e)
	REQUIRES(notify_lock)
{
	list_push_back(&in->events, &e->link);
	in->bytes += sizeof(e->head) + e->head.len;
	WRITE_ONCE(in->nr_events, in->nr_events + 1);
	waitq_wake_all(&in->readers);
}

static void take_out(struct inotify *in, struct notify_entry *e)
	REQUIRES(notify_lock)
{
	list_remove(&e->link);
	in->bytes -= sizeof(e->head) + e->head.len;
	WRITE_ONCE(in->nr_events, in->nr_events - 1);
}

static void note_overflow(struct inotify *in) REQUIRES(notify_lock)
{
	if (!list_is_linked(&in->overflow.link))
		append(in, &in->overflow);
}

static size_t padded_len(const struct name *name)
{
	return name == NULL ? 0 : align_up(name->len + 1,
					   sizeof(struct inotify_event));
}

/* The newest event says it already; its cookie is not looked at. */
static bool was_told(struct inotify *in, const struct inotify_event *event,
		     const struct name *name) REQUIRES(notify_lock)
{
	struct list *last = list_last(&in->events);
	const struct notify_entry *e;

	if (last == NULL || (event->mask & IN_IGNORED))
		return false;
	e = list_entry(last, struct notify_entry, link);
	return e->head.wd == event->wd && e->head.mask == event->mask &&
	       e->head.len == padded_len(name) &&
	       (name == NULL || (memcmp(e->name, name->text, name->len) == 0 &&
				 e->name[name->len] == '\0'));
}

void queue_event(struct inotify *in, const struct inotify_event *event,
		 const struct name *name)
{
	struct notify_entry *e = NULL;

	if (in->nr_events < in->max_events) {
		if (was_told(in, event, name))
			return;
		e = event_alloc(in->payer, entry_bytes(padded_len(name)));
	}
	if (e == NULL) {
		note_overflow(in);
		return;
	}
	e->head = *event;
	e->head.len = (uint32_t)padded_len(name);
	if (name != NULL)
		memcpy(e->name, name->text, name->len);
	append(in, e);
}

static struct notify_entry *first_entry(struct inotify *in)
	REQUIRES(notify_lock)
{
	struct list *first = list_first(&in->events);

	return first != NULL ? list_entry(first, struct notify_entry, link) :
			       NULL;
}

void queue_drop(struct inotify *in)
{
	struct list *link;

	while ((link = list_pop_front(&in->events)) != NULL) {
		if (link != &in->overflow.link)
			entry_free(in->payer,
				   list_entry(link, struct notify_entry, link));
		cond_resched();
	}
}

/* ---- reading ---- */

/* The first event, whose head goes to *@head, is the caller's: @*out, or NULL
 * for the overflow, which is nobody's. */
static int take_first(struct inotify *in, size_t room,
		      struct inotify_event *head, struct notify_entry **out)
{
	int err = 0;

	spin_lock(&notify_lock);
	struct notify_entry *e = first_entry(in);

	if (e == NULL)
		err = -EAGAIN;
	else if (sizeof(e->head) + e->head.len > room)
		err = -EINVAL;
	if (err == 0) {
		*head = e->head;
		*out = e != &in->overflow ? e : NULL;
		take_out(in, e);
	}
	spin_unlock(&notify_lock);
	race_point(notify_taken, in);
	return err;
}

ssize_t queue_read(struct inotify *in, vaddr_t to, size_t room)
{
	struct inotify_event head;
	struct notify_entry *e = NULL;
	int err = take_first(in, room, &head, &e);

	if (err != 0)
		return err;
	err = copy_to_user(to, &head, sizeof(head));
	if (err == 0 && head.len != 0)
		err = copy_to_user(to + sizeof(head), e->name, head.len);
	if (e != NULL)
		entry_free(in->payer, e);
	return err != 0 ? -EFAULT : (ssize_t)(sizeof(head) + head.len);
}
