/*
 * vfs/epoll/epoll.c - the set of an epoll, and when a file or the set goes.
 *
 * An item names its file without holding it: to watch a file does not keep it
 * open.  So the file's last put takes it off all sets, before anything of the
 * file goes (epoll_forget_file()), and an item that a set has is one whose file
 * is there: to reach it takes the set's lock, to take it off takes it too.
 *
 * The other way round the list of a file's items is under a lock of its own,
 * innermost, so that who has the file finds the sets.  He holds a set by a
 * reference taken under that lock: an item that is in the list belongs to a set
 * that has not got rid of it.
 *
 *	the file goes				the set goes
 *	finds an item, holds its set
 *						takes all items off (set's lock)
 *	takes the set's lock: the item
 *	is there no more; looks again
 */
#include "vfs/epoll/epoll_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/limits.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "vfs/cred.h"

uint32_t epoll_max_watches;

static struct spinlock watches_lock = SPINLOCK_INIT(RANK_READY);

/* As on Linux: a twenty-fifth of memory. */
void epoll_init(void)
{
	uint64_t most = pages_total() * PAGE_SIZE / 25 /
			(sizeof(struct epoll_item) + sizeof(struct epoll_watch));

	mutex_init(&epoll_nest_lock, RANK_EPOLL_NEST);
	epoll_max_watches = (uint32_t)min(most, (uint64_t)INT32_MAX);
}

bool is_epoll(const struct file *f)
{
	return f->ops == &epoll_file_ops;
}

/* ---- the set ---- */

static int compare(const struct file *file, int fd,
		   const struct epoll_item *item)
{
	if (file != item->file)
		return file < item->file ? -1 : 1;
	return (fd > item->fd) - (fd < item->fd);
}

/* The item, or NULL and where it would be. */
static struct epoll_item *find(struct epoll *ep, const struct file *file,
			       int fd, struct avl_node **parent,
			       struct avl_node ***link) REQUIRES(C_epoll)
{
	struct avl_node **at = &ep->items.node;

	*parent = NULL;
	while (*at != NULL) {
		struct epoll_item *item = avl_entry(*at, struct epoll_item,
						    node);
		int order = compare(file, fd, item);

		if (order == 0)
			return item;
		*parent = *at;
		at = order < 0 ? &(*at)->left : &(*at)->right;
	}
	*link = at;
	return NULL;
}

static struct epoll_item *find_only(struct epoll *ep, const struct file *file,
				    int fd) REQUIRES(C_epoll)
{
	struct avl_node *parent, **link;

	return find(ep, file, fd, &parent, &link);
}

/* ---- items ---- */

static struct epoll_item *item_alloc(int *err)
{
	struct user *payer = user_charge(current_cred()->user,
					 USER_EPOLL_WATCHES, 1,
					 READ_ONCE(epoll_max_watches));
	struct epoll_item *item;

	*err = -ENOSPC;
	if (payer == NULL)
		return NULL;
	item = kzalloc(sizeof(*item));
	*err = -ENOMEM;
	if (item == NULL)
		user_uncharge(payer, USER_EPOLL_WATCHES, 1);
	else
		item->payer = payer;
	return item;
}

static void item_free(struct epoll_item *item)
{
	user_uncharge(item->payer, USER_EPOLL_WATCHES, 1);
	kfree(item);
}

static void item_init(struct epoll_item *item, struct epoll *ep,
		      struct file *file, int fd)
{
	item->ep = ep;
	item->file = file;
	item->fd = fd;
	list_init(&item->nested_link);
	list_init(&item->ready_link);
	list_init(&item->file_link);
}

static void set_event(struct epoll_item *item, const struct epoll_event *event)
	REQUIRES(C_epoll)
{
	item->events = event->events | POLLERR | POLLHUP;
	item->data = event->data;
}

static void file_link(struct epoll_item *item)
{
	unsigned long irq = spin_lock_irqsave(&watches_lock);

	WRITE_ONCE(item->file->is_watched, true);
	list_push_back(&item->file->watches, &item->file_link);
	spin_unlock_irqrestore(&watches_lock, irq);
}

/* After this the file may go. */
static void file_unlink(struct epoll_item *item)
{
	unsigned long irq = spin_lock_irqsave(&watches_lock);

	list_remove(&item->file_link);
	spin_unlock_irqrestore(&watches_lock, irq);
}

static void leave_queues(struct epoll_item *item) REQUIRES(C_epoll)
{
	struct epoll_watch *watch = item->watches, *next;

	for (; watch != NULL; watch = next) {
		next = watch->next;
		waitq_finish(&watch->waiter);
		kfree(watch);
	}
}

static void nest(struct epoll *ep, struct epoll_item *item) REQUIRES(C_epoll)
{
	assert_mutex_held(&epoll_nest_lock);
	list_push_back(&ep->nested, &item->nested_link);
	WRITE_ONCE(ep->nr_nested, ep->nr_nested + 1);
	/* No count of what happened there is this one. */
	item->seen = UINT64_MAX;
	waitq_wake_all(&ep->pollers);
	waitq_wake_all(&ep->sleepers);
}

static void unnest(struct epoll *ep, struct epoll_item *item)
{
	assert_mutex_held(&epoll_nest_lock);
	list_remove(&item->nested_link);
	WRITE_ONCE(ep->nr_nested, ep->nr_nested - 1);
}

/* Out of the set, the file's queues first: once it is off the file's list that
 * may go, and they with it. */
static void item_remove(struct epoll *ep, struct epoll_item *item)
	REQUIRES(C_epoll)
{
	assert_mutex_held(&ep->lock);
	if (is_epoll(item->file))
		unnest(ep, item);
	leave_queues(item);
	epoll_unnote(item);
	avl_remove(&ep->items, &item->node, NULL);
	file_unlink(item);
	item_free(item);
}

static int item_insert(struct epoll *ep, struct file *file, int fd,
		       const struct epoll_event *event) REQUIRES(C_epoll)
{
	struct avl_node *parent, **link;
	struct epoll_item *item;
	int err = -EEXIST;

	if (find(ep, file, fd, &parent, &link) != NULL)
		return err;
	item = item_alloc(&err);
	if (item == NULL)
		return err;
	item_init(item, ep, file, fd);
	set_event(item, event);
	avl_insert(&ep->items, parent, link, &item->node, NULL, NULL);
	file_link(item);
	err = 0;
	if (is_epoll(file))
		nest(ep, item);
	else
		err = epoll_join(item);
	if (err != 0)
		item_remove(ep, item);
	return err;
}

/* ---- add, change, remove ---- */

/* @nest: who watches an epoll changes, which is under the nest lock too. */
static void NO_THREAD_SAFETY set_lock(struct epoll *ep, bool nest)
	ACQUIRES(ep->lock) ACQUIRES(C_epoll)
{
	if (nest)
		mutex_lock(&epoll_nest_lock);
	mutex_lock(&ep->lock);
}

static void NO_THREAD_SAFETY set_unlock(struct epoll *ep, bool nest)
	RELEASES(ep->lock) RELEASES(C_epoll)
{
	mutex_unlock(&ep->lock);
	if (nest)
		mutex_unlock(&epoll_nest_lock);
}

/* Not with the lock of @ep, which stands in the order that is looked at. */
static int add_epoll(struct epoll *ep, struct file *file, int fd,
		     const struct epoll_event *event)
{
	int err;

	mutex_lock(&epoll_nest_lock);
	err = epoll_may_nest(ep, epoll_of(file));
	if (err == 0) {
		mutex_lock(&ep->lock);
		err = item_insert(ep, file, fd, event);
		mutex_unlock(&ep->lock);
	}
	mutex_unlock(&epoll_nest_lock);
	return err;
}

int epoll_add(struct file *f, struct file *file, int fd,
	      const struct epoll_event *event)
{
	struct epoll *ep = epoll_of(f);
	int err;

	if (is_epoll(file))
		return add_epoll(ep, file, fd, event);
	mutex_lock(&ep->lock);
	err = item_insert(ep, file, fd, event);
	mutex_unlock(&ep->lock);
	return err;
}

/* What was ready before is asked for by the new wishes now; what becomes so
 * after it, calls. */
static int item_change(struct epoll_item *item, const struct epoll_event *event)
	REQUIRES(C_epoll)
{
	if (item->events & EPOLLEXCLUSIVE)
		return -EINVAL;
	set_event(item, event);
	epoll_ask(item);
	return 0;
}

int epoll_change(struct file *f, struct file *file, int fd,
		 const struct epoll_event *event)
{
	struct epoll *ep = epoll_of(f);
	struct epoll_item *item;
	int err = -ENOENT;

	mutex_lock(&ep->lock);
	item = find_only(ep, file, fd);
	if (item != NULL)
		err = item_change(item, event);
	mutex_unlock(&ep->lock);
	return err;
}

int epoll_remove(struct file *f, struct file *file, int fd)
{
	struct epoll *ep = epoll_of(f);
	struct epoll_item *item;

	set_lock(ep, is_epoll(file));
	item = find_only(ep, file, fd);
	if (item != NULL)
		item_remove(ep, item);
	set_unlock(ep, is_epoll(file));
	return item != NULL ? 0 : -ENOENT;
}

/* ---- life ---- */

static void init_queue(struct waitq *q)
{
	waitq_init(q);
	spin_init(&q->lock, RANK_READY);
}

int epoll_create(struct file **out)
{
	struct epoll *ep = kzalloc(sizeof(*ep));
	int err;

	if (ep == NULL)
		return -ENOMEM;
	ep->refs = REFCOUNT_INIT(1);
	mutex_init(&ep->lock, RANK_EPOLL);
	list_init(&ep->nested);
	spin_init(&ep->ready_lock, RANK_READY);
	list_init(&ep->ready);
	init_queue(&ep->sleepers);
	init_queue(&ep->pollers);
	err = file_create(out, &epoll_file_ops, FMODE_READ | FMODE_WRITE,
			  O_RDWR, ep);
	if (err != 0)
		kfree(ep);
	else
		ep->file = *out;
	return err;
}

static void epoll_put(struct epoll *ep)
{
	if (refcount_put(&ep->refs))
		kfree(ep);
}

/* The set's file is gone: nobody adds, and nobody waits.  Whether there are
 * epolls in it nobody but who takes them off changes any more. */
void epoll_release(struct file *f)
{
	struct epoll *ep = epoll_of(f);
	bool nested = READ_ONCE(ep->nr_nested) > 0;
	struct avl_node *node;

	set_lock(ep, nested);
	while ((node = avl_first(&ep->items)) != NULL) {
		item_remove(ep, avl_entry(node, struct epoll_item, node));
		cond_resched();
	}
	set_unlock(ep, nested);
	epoll_put(ep);
}

/* A set that has @f in it, held, and by what descriptor; NULL: none. */
static struct epoll *set_with(const struct file *f, int *fd)
{
	struct epoll *ep = NULL;
	unsigned long irq = spin_lock_irqsave(&watches_lock);

	if (!list_is_empty(&f->watches)) {
		const struct epoll_item *item =
			list_entry(list_first(&f->watches), struct epoll_item,
				   file_link);

		ep = item->ep;
		*fd = item->fd;
		refcount_get(&ep->refs);
	}
	spin_unlock_irqrestore(&watches_lock, irq);
	return ep;
}

static void forget_in(struct epoll *ep, struct file *f, int fd)
{
	struct epoll_item *item;

	set_lock(ep, is_epoll(f));
	item = find_only(ep, f, fd);
	if (item != NULL)
		item_remove(ep, item);
	set_unlock(ep, is_epoll(f));
	epoll_put(ep);
}

void epoll_forget_file(struct file *f)
{
	struct epoll *ep;
	int fd;

	while ((ep = set_with(f, &fd)) != NULL) {
		race_point(epoll_file_goes, ep);
		forget_in(ep, f, fd);
		cond_resched();
	}
}
