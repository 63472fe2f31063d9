/*
 * vfs/epoll/ready.c - the ready list, and asking files.
 *
 * An item comes to the list when its file calls, which may be in an interrupt;
 * it leaves it when somebody is about to ask the file, first off the list and
 * then asked.  A call that comes between puts it back, so what the file says
 * is never older than the list.  An item that is reported and not
 * edge-triggered goes back at once: the next wait asks the file again.
 *
 * An epoll among the files does not call: its own list would have to be locked
 * in the other's wait queue, and so on.  It counts what happens, and who looks
 * compares; who sleeps joins the queues of all of them (wait.c).
 */
#include "vfs/epoll/epoll_internal.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"

/* ---- the list ---- */

static void push(struct epoll_item *item, bool front) REQUIRES(C_epollready)
{
	struct epoll *ep = item->ep;

	assert_spin_held(&ep->ready_lock);
	if (list_is_linked(&item->ready_link))
		return;
	if (front)
		list_push_front(&ep->ready, &item->ready_link);
	else
		list_push_back(&ep->ready, &item->ready_link);
	WRITE_ONCE(ep->nr_ready, ep->nr_ready + 1);
}

static void remove(struct epoll_item *item) REQUIRES(C_epollready)
{
	struct epoll *ep = item->ep;

	assert_spin_held(&ep->ready_lock);
	if (!list_is_linked(&item->ready_link))
		return;
	list_remove(&item->ready_link);
	WRITE_ONCE(ep->nr_ready, ep->nr_ready - 1);
}

bool epoll_note(struct epoll_item *item)
{
	struct epoll *ep = item->ep;
	unsigned long irq = spin_lock_irqsave(&ep->ready_lock);

	push(item, false);
	WRITE_ONCE(ep->nr_events, ep->nr_events + 1);
	spin_unlock_irqrestore(&ep->ready_lock, irq);
	race_point(epoll_noted, ep);
	waitq_wake_all(&ep->pollers);
	return waitq_wake_one(&ep->sleepers) != 0;
}

void epoll_unnote(struct epoll_item *item)
{
	unsigned long irq = spin_lock_irqsave(&item->ep->ready_lock);

	remove(item);
	spin_unlock_irqrestore(&item->ep->ready_lock, irq);
}

/* Back on the list, without a call. */
static void keep(struct epoll_item *item, bool front)
{
	unsigned long irq = spin_lock_irqsave(&item->ep->ready_lock);

	push(item, front);
	spin_unlock_irqrestore(&item->ep->ready_lock, irq);
}

/* The first one, off the list; NULL: it is empty. */
static struct epoll_item *pop(struct epoll *ep)
{
	struct epoll_item *item = NULL;
	unsigned long irq = spin_lock_irqsave(&ep->ready_lock);

	if (!list_is_empty(&ep->ready)) {
		item = list_entry(list_first(&ep->ready), struct epoll_item,
				  ready_link);
		remove(item);
	}
	spin_unlock_irqrestore(&ep->ready_lock, irq);
	return item;
}

/* ---- queues of files ---- */

/* Under the lock of the file's queue. */
static bool call(struct waiter *w)
{
	return epoll_note(container_of(w, struct epoll_watch, waiter)->item);
}

struct joining {
	struct poll_table table; /* first: what the file is given */
	struct epoll_item *item;
	bool no_memory;
};

static void join_queue(struct poll_table *table, struct waitq *q)
	REQUIRES(C_epoll)
{
	struct joining *j = container_of(table, struct joining, table);
	struct epoll_watch *watch = kmalloc(sizeof(*watch));

	if (watch == NULL) {
		j->no_memory = true;
		return;
	}
	*watch = (struct epoll_watch){
		.waiter = {
			.notify = call,
			.exclusive = j->item->events & EPOLLEXCLUSIVE,
		},
		.item = j->item,
		.next = j->item->watches,
	};
	j->item->watches = watch;
	waitq_watch(q, &watch->waiter);
}

int epoll_join(struct epoll_item *item)
{
	struct joining j = { .table.watch = join_queue, .item = item };
	unsigned events;

	assert_mutex_held(&item->ep->lock);
	events = file_poll(item->file, &j.table);
	if (events & item->events)
		(void)epoll_note(item);
	return j.no_memory ? -ENOMEM : 0;
}

/* ---- asking ---- */

/* What the item's file is ready for and was asked for.  Of one that reports
 * once, and has, nothing is wanted. */
static unsigned events_of(const struct epoll_item *item) REQUIRES(C_epoll)
{
	return file_poll(item->file, NULL) & item->events;
}

void epoll_ask(struct epoll_item *item)
{
	assert_mutex_held(&item->ep->lock);
	if (events_of(item) != 0)
		(void)epoll_note(item);
}

/* How often something happened to @ep, or to an epoll in it. */
static uint64_t count_events(struct epoll *ep)
{
	uint64_t n = READ_ONCE(ep->nr_events);
	struct epoll_item *item;

	if (READ_ONCE(ep->nr_nested) == 0)
		return n;
	epoll_lock_inner(ep);
	list_for_each_entry(item, &ep->nested, nested_link) {
		n += count_events(epoll_of(item->file));
		cond_resched();
	}
	mutex_unlock(&ep->lock);
	return n;
}

/* The epolls in @ep to which something has happened since, onto the list. */
static void note_nested(struct epoll *ep) REQUIRES(C_epoll)
{
	struct epoll_item *item;

	list_for_each_entry(item, &ep->nested, nested_link) {
		uint64_t n = count_events(epoll_of(item->file));

		if (n != item->seen)
			keep(item, false);
		item->seen = n;
		cond_resched();
	}
}

/* ---- what epoll_wait() takes ---- */

static int store(vaddr_t to, const struct epoll_item *item, unsigned events)
	REQUIRES(C_epoll)
{
	struct epoll_event event = { .events = events, .data = item->data };

	return copy_to_user(to, &event, sizeof(event));
}

/* Before the next wait: it is asked again, or never, or when it calls. */
static void was_reported(struct epoll_item *item) REQUIRES(C_epoll)
{
	if (item->events & EPOLLONESHOT)
		item->events &= EPOLL_HOW;
	else if (!(item->events & EPOLLET))
		keep(item, false);
}

static long collect(struct epoll *ep, vaddr_t to, unsigned max)
	REQUIRES(C_epoll)
{
	unsigned left = READ_ONCE(ep->nr_ready);
	struct epoll_item *item;
	long n = 0;

	/* Each once: what comes now, or comes back, is for the next wait. */
	while (n < (long)max && left-- > 0 && (item = pop(ep)) != NULL) {
		unsigned events = events_of(item);

		race_point(epoll_asked, ep);
		cond_resched();
		if (events == 0)
			continue;
		if (store(to + (size_t)n * sizeof(struct epoll_event), item,
			  events) != 0) {
			keep(item, true);
			return n > 0 ? n : -EFAULT;
		}
		was_reported(item);
		n++;
	}
	return n;
}

long epoll_collect(struct epoll *ep, vaddr_t events, unsigned max)
{
	long n;

	mutex_lock(&ep->lock);
	note_nested(ep);
	n = collect(ep, events, max);
	mutex_unlock(&ep->lock);
	/* Who was woken took not all of it: the next sleeper's. */
	if (READ_ONCE(ep->nr_ready) > 0)
		(void)waitq_wake_one(&ep->sleepers);
	return n;
}

/* ---- the epoll as a file ---- */

/* Is any of the list ready?  Those that are not leave it. */
static bool any_ready(struct epoll *ep) REQUIRES(C_epoll)
{
	unsigned left = READ_ONCE(ep->nr_ready);
	struct epoll_item *item;

	while (left-- > 0 && (item = pop(ep)) != NULL) {
		if (events_of(item) != 0) {
			keep(item, true);
			return true;
		}
		cond_resched();
	}
	return false;
}

/* Who polls joins the queues of the epolls in it too, and must do so anew
 * when there are others. */
static void watch_nested(struct epoll *ep, struct poll_table *pt)
	REQUIRES(C_epoll)
{
	struct epoll_item *item;

	pt->again = true;
	list_for_each_entry(item, &ep->nested, nested_link)
		(void)file_poll(item->file, pt);
}

static unsigned epoll_poll(struct file *f, struct poll_table *pt)
{
	struct epoll *ep = epoll_of(f);
	bool ready;

	if (pt != NULL)
		pt->watch(pt, &ep->pollers);
	epoll_lock_inner(ep);
	if (pt != NULL)
		watch_nested(ep, pt);
	note_nested(ep);
	ready = any_ready(ep);
	mutex_unlock(&ep->lock);
	return ready ? POLLIN | POLLRDNORM : 0;
}

const struct file_ops epoll_file_ops = {
	.poll = epoll_poll,
	.release = epoll_release,
	.inode_mode = 0600,
	.kind = "anon_inode:[eventpoll]",
};
