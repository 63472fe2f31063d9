/*
 * vfs/notify/notify.c - marks of both families, and who is told what.
 */
#include "vfs/notify/notify_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/string.h"
#include "sync/block.h"
#include "vfs/mount.h"
#include "vfs/notify/fanotify_internal.h"

struct spinlock notify_lock = SPINLOCK_INIT(RANK_NOTIFY);
uint32_t notify_nr_wide;

static uint32_t last_cookie GUARDED_BY(notify_lock);

/* ---- marks ---- */

/* Of an inode that others are reached by, or of more than one. */
static bool is_wide(const struct notify_mark *m)
{
	return m->inode == NULL || inode_is(m->inode, S_IFDIR);
}

static void count_wide(const struct notify_mark *m, uint32_t change)
{
	if (is_wide(m))
		WRITE_ONCE(notify_nr_wide, notify_nr_wide + change);
}

/* What is ignored until it is written to ends by that. */
static uint32_t wanted(const struct notify_mark *m)
{
	return m->mask | (m->ignored != 0 && !m->keeps_ignored ? IN_MODIFY : 0);
}

/* Whoever looks without the lock sees the old or the new: who was told of the
 * watch by its owner, the new. */
static void sum_up(struct inode *inode) REQUIRES(notify_lock)
{
	const struct notify_mark *m;
	uint32_t mask = 0;

	list_for_each_entry(m, &inode->watches, of_object)
		mask |= wanted(m);
	WRITE_ONCE(inode->watched, mask);
}

void mark_changed(struct notify_mark *m)
{
	if (m->inode != NULL)
		sum_up(m->inode);
}

/* A mount and an inode keep their file system: it is that of either. */
static struct filesystem *filesystem_of(const struct notify_mark *m)
{
	return m->inode != NULL ? m->inode->fs :
	       m->mount != NULL ? m->mount->fs : m->fs;
}

static struct list *marks_beside(const struct notify_mark *m)
{
	return m->inode != NULL ? &m->inode->watches :
	       m->mount != NULL ? &m->mount->marks : &m->fs->marks;
}

void mark_attach(struct notify_mark *m)
{
	struct filesystem *fs = filesystem_of(m);

	list_push_back(marks_beside(m), &m->of_object);
	list_init(&m->of_fs);
	if (filesystem_can_go(fs))
		list_push_back(&fs->watches, &m->of_fs);
	count_wide(m, 1);
	mark_changed(m);
}

static void detach_from_inode(struct notify_mark *m) REQUIRES(notify_lock)
{
	struct inode *inode = m->inode;

	m->inode = NULL;
	sum_up(inode);
	if (!notify_has_watches(inode) && inode->ops->unwatched != NULL)
		inode->ops->unwatched(inode); /* it may be gone */
}

void mark_detach(struct notify_mark *m)
{
	if (m->inode == NULL && m->mount == NULL && m->fs == NULL)
		return;
	list_remove(&m->of_object);
	list_remove(&m->of_fs);
	count_wide(m, -1U);
	m->mount = NULL;
	m->fs = NULL;
	if (m->inode != NULL)
		detach_from_inode(m);
}

/* Without notify_lock: or did just now, or will. */
static bool filesystem_has_marks(const struct filesystem *fs)
{
	return READ_ONCE(fs->marks.next) != &fs->marks;
}

/* ---- who is told ---- */

/* @marks, all of one thing, are told; each may end by it. */
static void tell_marks(struct list *marks, const struct happening *h)
	REQUIRES(notify_lock)
{
	struct notify_mark *m, *next;

	list_for_each_entry_safe(m, next, marks, of_object)
		m->kind->happens(m, h);
}

/* The directory in which it has its name, which stays so while we hold the
 * lock. */
static void find_place(struct happening *h) REQUIRES(notify_lock)
{
	const char *text = READ_ONCE(h->inode->name);

	h->dir = READ_ONCE(h->inode->parent);
	if (h->dir != NULL)
		h->name = (struct name){ text, strlen(text) };
}

static void tell_parent(struct happening *h) REQUIRES(notify_lock)
{
	if (h->dir == NULL)
		return;
	h->of_child = true;
	tell_marks(&h->dir->watches, h);
	h->of_child = false;
}

void notify_tell_all(struct happening *h)
{
	find_place(h);
	tell_parent(h);
	tell_marks(&h->inode->watches, h);
	if (h->file != NULL && h->file->mount != NULL)
		tell_marks(&h->file->mount->marks, h);
	tell_marks(&h->inode->fs->marks, h);
}

void notify_inode_watched(struct inode *inode, const struct file *f,
			  uint32_t event)
{
	struct happening h = {
		.event = event,
		.inode = inode,
		.file = f,
		.is_dir = inode_is(inode, S_IFDIR),
		.nameless = READ_ONCE(inode->nlink) == 0,
	};

	spin_lock(&notify_lock);
	race_point(notify_begins, inode);
	notify_tell_all(&h);
	fanotify_told(&h);
	spin_unlock(&notify_lock);
}

/* Without notify_lock, of what is not told to a directory beside. */
static bool may_concern(const struct inode *inode, uint32_t event)
{
	return (READ_ONCE(inode->watched) & event) ||
	       filesystem_has_marks(inode->fs);
}

/* Of @inode it is told, whom it is done to or the directory of that. */
static void tell_of(struct inode *inode, const struct happening *h)
	REQUIRES(notify_lock)
{
	tell_marks(&inode->watches, h);
	tell_marks(&inode->fs->marks, h);
	fanotify_told(h);
}

static void tell_self(struct inode *inode, uint32_t event) REQUIRES(notify_lock)
{
	const struct happening h = {
		.event = event,
		.inode = inode,
		.is_dir = inode_is(inode, S_IFDIR),
	};

	tell_of(inode, &h);
}

void notify_self(struct inode *inode, uint32_t event)
{
	if (!may_concern(inode, event))
		return;
	spin_lock(&notify_lock);
	tell_self(inode, event);
	spin_unlock(&notify_lock);
}

static struct happening name_happening(const struct dentry *at,
				       struct inode *inode, uint32_t event)
{
	return (struct happening){
		.event = event,
		.inode = inode,
		.dir = at->dir,
		.name = at->name,
		.is_dir = inode_is(inode, S_IFDIR),
		.of_name = true,
	};
}

static void tell_dir(const struct dentry *at, struct inode *inode,
		     uint32_t event, uint32_t cookie) REQUIRES(notify_lock)
{
	struct happening h = name_happening(at, inode, event);

	h.cookie = cookie;
	tell_of(at->dir, &h);
}

void notify_name(const struct dentry *at, uint32_t event)
{
	if (!may_concern(at->dir, event))
		return;
	spin_lock(&notify_lock);
	tell_dir(at, at->inode, event, 0);
	spin_unlock(&notify_lock);
}

/* Both names at once. */
static void tell_renamed(const struct dentry *from, const struct dentry *to)
	REQUIRES(notify_lock)
{
	struct happening h = name_happening(from, from->inode, FAN_RENAME);

	h.to = to;
	if (to->dir != from->dir)
		tell_marks(&to->dir->watches, &h);
	tell_of(from->dir, &h);
}

/* In one stretch: nothing else of the two directories comes between in the queue
 * of who watches both. */
static void tell_both(const struct dentry *from, const struct dentry *to)
{
	spin_lock(&notify_lock);
	uint32_t cookie = ++last_cookie;

	tell_renamed(from, to);
	tell_dir(from, from->inode, IN_MOVED_FROM, cookie);
	tell_dir(to, from->inode, IN_MOVED_TO, cookie);
	spin_unlock(&notify_lock);
}

void notify_moved(const struct dentry *from, const struct dentry *to)
{
	if (may_concern(from->dir, IN_MOVED_FROM | FAN_RENAME) ||
	    may_concern(to->dir, IN_MOVED_TO | FAN_RENAME))
		tell_both(from, to);
	if (to->inode != NULL)
		notify_self(to->inode, IN_ATTRIB);
	notify_self(from->inode, IN_MOVE_SELF);
}

/* ---- what goes ---- */

static void mark_gone(struct notify_mark *m, bool unmounted)
	REQUIRES(notify_lock)
{
	m->kind->gone(m, unmounted);
}

static struct notify_mark *first_mark(struct list *marks)
	REQUIRES(notify_lock)
{
	struct list *first = list_first(marks);

	return first != NULL ? list_entry(first, struct notify_mark, of_object)
			     : NULL;
}

void notify_inode_gone(struct inode *inode, bool removed)
{
	struct notify_mark *m;

	if (likely(!notify_has_watches(inode) &&
		   !(removed && filesystem_has_marks(inode->fs))) ||
	    (!removed && inode->ops->unwatched != NULL))
		return;
	spin_lock(&notify_lock);
	if (removed)
		tell_self(inode, IN_DELETE_SELF);
	while ((m = first_mark(&inode->watches)) != NULL) {
		if (removed)
			mark_gone(m, false);
		else /* it was made up, and is again when somebody asks */
			mark_detach(m);
	}
	spin_unlock(&notify_lock);
}

/* As many as others can wait for; false: there were no more. */
static bool end_marks(struct mount *mount)
{
	struct notify_mark *m = NULL;

	spin_lock(&notify_lock);
	for (unsigned i = 0; i < WATCHES_AT_ONCE; i++) {
		m = first_mark(&mount->marks);
		if (m == NULL)
			break;
		mark_gone(m, false);
	}
	spin_unlock(&notify_lock);
	return m != NULL;
}

void notify_mount_gone(struct mount *m)
{
	while (end_marks(m))
		cond_resched();
}

/* The same of all that is in @fs. */
static bool end_some(struct filesystem *fs)
{
	struct list *first = NULL;

	spin_lock(&notify_lock);
	for (unsigned i = 0; i < WATCHES_AT_ONCE; i++) {
		struct notify_mark *m;

		first = list_first(&fs->watches);
		if (first == NULL)
			break;
		m = list_entry(first, struct notify_mark, of_fs);
		mark_gone(m, true);
	}
	spin_unlock(&notify_lock);
	return first != NULL;
}

void notify_filesystem_gone(struct filesystem *fs)
{
	while (end_some(fs))
		cond_resched();
}
