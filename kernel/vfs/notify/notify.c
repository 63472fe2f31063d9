/*
 * vfs/notify/notify.c - watches of inodes, and who is told what.
 */
#include "vfs/notify/notify_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/block.h"
#include "vfs/mount.h"
#include "vfs/user.h"

struct spinlock notify_lock = SPINLOCK_INIT(RANK_NOTIFY);
uint32_t notify_nr_dirs;

static uint32_t last_cookie GUARDED_BY(notify_lock);

/* ---- watches ---- */

static void count_dir(const struct inode *inode, uint32_t change)
{
	if (inode_is(inode, S_IFDIR))
		WRITE_ONCE(notify_nr_dirs, notify_nr_dirs + change);
}

/* Whoever looks without the lock sees the old or the new: who was told of the
 * watch by its owner, the new. */
static void sum_up(struct inode *inode) REQUIRES(notify_lock)
{
	const struct notify_watch *w;
	uint32_t mask = 0;

	list_for_each_entry(w, &inode->watches, of_inode)
		mask |= w->mask;
	WRITE_ONCE(inode->watched, mask);
}

void watch_attach(struct notify_watch *w, struct inode *inode)
{
	w->inode = inode;
	list_push_back(&inode->watches, &w->of_inode);
	list_init(&w->of_fs);
	if (filesystem_can_go(inode->fs))
		list_push_back(&inode->fs->watches, &w->of_fs);
	count_dir(inode, 1);
	sum_up(inode);
}

static void watch_detach(struct notify_watch *w) REQUIRES(notify_lock)
{
	struct inode *inode = w->inode;

	if (inode == NULL)
		return;
	w->inode = NULL;
	list_remove(&w->of_inode);
	list_remove(&w->of_fs);
	count_dir(inode, -1U);
	sum_up(inode);
	if (!notify_has_watches(inode) && inode->ops->unwatched != NULL)
		inode->ops->unwatched(inode); /* it may be gone */
}

void watch_set_mask(struct notify_watch *w, uint32_t mask)
{
	w->mask = mask;
	if (w->inode != NULL)
		sum_up(w->inode);
}

struct notify_watch *watch_find(struct inode *inode, const struct inotify *in)
{
	struct notify_watch *w;

	list_for_each_entry(w, &inode->watches, of_inode)
		if (w->in == in)
			return w;
	return NULL;
}

void watch_free(struct notify_watch *w)
{
	watch_detach(w);
	(void)radix_delete(&w->in->watches, (uint64_t)w->wd);
	user_uncharge(w->payer, USER_INOTIFY_WATCHES, 1);
	kfree(w);
}

static void tell(const struct notify_watch *w, uint32_t mask, uint32_t cookie,
		 const struct name *name) REQUIRES(notify_lock)
{
	const struct inotify_event event = {
		.wd = w->wd,
		.mask = mask,
		.cookie = cookie,
	};

	queue_event(w->in, &event, name);
}

void watch_end(struct notify_watch *w)
{
	tell(w, IN_IGNORED, 0, NULL);
	watch_free(w);
}

/* ---- who is told ---- */

struct happening {
	uint32_t event, cookie;
	const struct name *name; /* NULL: it is about the inode itself */
	bool is_dir;             /* who did it, or whom it was done to */
	bool nameless;
};

static bool wants(const struct notify_watch *w, const struct happening *h)
{
	if (h->nameless && (w->mask & IN_EXCL_UNLINK) &&
	    (h->event & IN_OF_OPEN_FILES))
		return false;
	return w->mask & h->event;
}

static void tell_watchers(struct inode *inode, const struct happening *h)
	REQUIRES(notify_lock)
{
	uint32_t mask = h->event | (h->is_dir ? IN_ISDIR : 0);
	struct notify_watch *w, *next;

	list_for_each_entry_safe(w, next, &inode->watches, of_inode) {
		if (!wants(w, h))
			continue;
		tell(w, mask, h->cookie, h->name);
		if (w->mask & IN_ONESHOT)
			watch_end(w);
	}
}

void notify_inode_watched(struct inode *inode, uint32_t event)
{
	struct happening h = {
		.event = event,
		.is_dir = inode_is(inode, S_IFDIR),
		.nameless = READ_ONCE(inode->nlink) == 0,
	};
	struct name name;

	spin_lock(&notify_lock);
	race_point(notify_begins, inode);
	/* Where it is stays so while we hold the lock. */
	struct inode *parent = READ_ONCE(inode->parent);

	if (parent != NULL && (parent->watched & event)) {
		const char *text = READ_ONCE(inode->name);

		name = (struct name){ text, strlen(text) };
		h.name = &name;
		tell_watchers(parent, &h);
		h.name = NULL;
	}
	tell_watchers(inode, &h);
	spin_unlock(&notify_lock);
}

void notify_self(struct inode *inode, uint32_t event)
{
	const struct happening h = {
		.event = event,
		/* Linux says so of all but these. */
		.is_dir = inode_is(inode, S_IFDIR) &&
			  !(event & (IN_DELETE_SELF | IN_MOVE_SELF)),
	};

	if (!(READ_ONCE(inode->watched) & event))
		return;
	spin_lock(&notify_lock);
	tell_watchers(inode, &h);
	spin_unlock(&notify_lock);
}

static void tell_dir(const struct dentry *at, const struct inode *inode,
		     uint32_t event, uint32_t cookie) REQUIRES(notify_lock)
{
	const struct happening h = {
		.event = event,
		.cookie = cookie,
		.name = &at->name,
		.is_dir = inode_is(inode, S_IFDIR),
	};

	tell_watchers(at->dir, &h);
}

void notify_name(const struct dentry *at, uint32_t event)
{
	if (!(READ_ONCE(at->dir->watched) & event))
		return;
	spin_lock(&notify_lock);
	tell_dir(at, at->inode, event, 0);
	spin_unlock(&notify_lock);
}

/* Both names in one stretch: nothing else of the two directories comes between
 * in the queue of who watches both. */
static void tell_both(const struct dentry *from, const struct dentry *to)
{
	spin_lock(&notify_lock);
	uint32_t cookie = ++last_cookie;

	tell_dir(from, from->inode, IN_MOVED_FROM, cookie);
	tell_dir(to, from->inode, IN_MOVED_TO, cookie);
	spin_unlock(&notify_lock);
}

void notify_moved(const struct dentry *from, const struct dentry *to)
{
	if ((READ_ONCE(from->dir->watched) & IN_MOVED_FROM) ||
	    (READ_ONCE(to->dir->watched) & IN_MOVED_TO))
		tell_both(from, to);
	if (to->inode != NULL)
		notify_self(to->inode, IN_ATTRIB);
	notify_self(from->inode, IN_MOVE_SELF);
}

/* ---- what goes ---- */

static struct notify_watch *first_watch(struct inode *inode)
	REQUIRES(notify_lock)
{
	struct list *first = list_first(&inode->watches);

	return first != NULL ? list_entry(first, struct notify_watch, of_inode)
			     : NULL;
}

void notify_inode_gone(struct inode *inode, bool removed)
{
	const struct happening h = { .event = IN_DELETE_SELF };
	struct notify_watch *w;

	if (likely(!notify_has_watches(inode)) ||
	    (!removed && inode->ops->unwatched != NULL))
		return;
	spin_lock(&notify_lock);
	if (removed)
		tell_watchers(inode, &h);
	while ((w = first_watch(inode)) != NULL) {
		if (removed)
			watch_end(w);
		else /* it was made up, and is again when somebody asks */
			watch_detach(w);
	}
	spin_unlock(&notify_lock);
}

/* As many as others can wait for; false: there were no more. */
static bool end_some(struct filesystem *fs)
{
	struct list *first = NULL;

	spin_lock(&notify_lock);
	for (unsigned i = 0; i < WATCHES_AT_ONCE; i++) {
		struct notify_watch *w;

		first = list_first(&fs->watches);
		if (first == NULL)
			break;
		w = list_entry(first, struct notify_watch, of_fs);
		tell(w, IN_UNMOUNT, 0, NULL);
		watch_end(w);
	}
	spin_unlock(&notify_lock);
	return first != NULL;
}

void notify_filesystem_gone(struct filesystem *fs)
{
	while (end_some(fs))
		cond_resched();
}
