/*
 * vfs/notify/fanotify_mark.c - marks of groups, and who wants what.
 *
 * One happening may concern several marks of a group: of the inode, of its
 * directory, of the mount and of the file system.  What one of them ignores no
 * other gets, so each only adds to what its group wants and ignores, and when
 * all have, the group is told once, or not.
 */
#include "vfs/notify/fanotify_internal.h"

#include "arch/barrier.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "sync/block.h"
#include "vfs/mount.h"
#include "vfs/user.h"

#define EVENT_BITS (IN_ALL_EVENTS | FAN_OPEN_EXEC | FAN_RENAME)
#define MARK_TYPES (FAN_MARK_MOUNT | FAN_MARK_FILESYSTEM)

uint32_t notify_nr_asking;

/* Of whom the one happening is that is being told. */
static struct list concerned GUARDED_BY(notify_lock) = LIST_INIT(concerned);

static struct fanotify_mark *fanotify_mark_of(struct notify_mark *m)
{
	return container_of(m, struct fanotify_mark, mark);
}

/* ---- what a mark is told ---- */

/* Do the flags in @mask let @h in? */
static bool applies(uint32_t mask, const struct happening *h)
{
	return (!h->is_dir || (mask & FAN_ONDIR)) &&
	       (!h->of_child || (mask & FAN_EVENT_ON_CHILD));
}

/* Before FAN_MARK_IGNORE directories were always ignored, and what is in one
 * where it was watched. */
static uint32_t ignored_flags(const struct notify_mark *m)
	REQUIRES(notify_lock)
{
	const struct fanotify_mark *fm =
		container_of(m, const struct fanotify_mark, mark);

	return fm->ignores_by_flags ? m->ignored :
				      FAN_ONDIR | (m->mask & FAN_EVENT_ON_CHILD);
}

static void forget_ignored(struct notify_mark *m) REQUIRES(notify_lock)
{
	m->ignored = 0;
	mark_changed(m);
}

static void concern(struct fanotify *g) REQUIRES(notify_lock)
{
	if (list_is_linked(&g->concerned))
		return;
	g->wanted = g->ignored = 0;
	g->has_old = g->has_new = false;
	list_push_back(&concerned, &g->concerned);
}

/* There is something to be read. */
static bool can_tell(const struct fanotify *g, const struct happening *h)
{
	return fanotify_tells_fids(g) || (h->file != NULL && h->file->mount != NULL);
}

/* @m, whatever of it lets @h in. */
static void want(struct fanotify *g, const struct notify_mark *m,
		 const struct happening *h) REQUIRES(notify_lock)
{
	g->wanted |= m->mask;
	if (h->to == NULL)
		return;
	g->has_old |= m->fs != NULL || m->inode == h->dir;
	g->has_new |= m->fs != NULL || m->inode == h->to->dir;
}

static void fanotify_happens(struct notify_mark *m, const struct happening *h)
	REQUIRES(notify_lock)
{
	struct fanotify *g = fanotify_mark_of(m)->group;

	if (h->of_child && !((m->mask | ignored_flags(m)) & FAN_EVENT_ON_CHILD))
		return;
	if ((h->event & IN_MODIFY) && m->ignored != 0 && !m->keeps_ignored)
		forget_ignored(m);
	if (!can_tell(g, h))
		return;
	concern(g);
	if ((m->ignored & (EVENT_BITS | FAN_ALL_PERM)) && applies(ignored_flags(m), h))
		g->ignored |= m->ignored;
	if (applies(m->mask, h))
		want(g, m, h);
}

void fanotify_told(const struct happening *h)
{
	struct list *link;

	while ((link = list_pop_front(&concerned)) != NULL) {
		struct fanotify *g = list_entry(link, struct fanotify, concerned);
		uint32_t mask = h->event & EVENT_BITS & g->wanted & ~g->ignored;

		if (mask != 0)
			fanotify_queue_event(g, h, mask);
	}
}

/* In the order of who is asked. */
struct fanotify *fanotify_choose(uint32_t event, uint64_t *after,
				 uint64_t youngest)
{
	struct fanotify *best = NULL;
	struct list *link;

	while ((link = list_pop_front(&concerned)) != NULL) {
		struct fanotify *g = list_entry(link, struct fanotify, concerned);

		uint64_t order = fanotify_order(g);

		if ((event & g->wanted & ~g->ignored) && order > *after &&
		    g->age <= youngest &&
		    (best == NULL || order < fanotify_order(best)))
			best = g;
	}
	if (best != NULL)
		*after = fanotify_order(best);
	return best;
}

/* Whoever does something without a look at the lock may have to ask, or not. */
static void set_mask(struct fanotify_mark *fm, uint32_t mask)
	REQUIRES(notify_lock)
{
	bool asked = fm->mark.mask & FAN_ALL_PERM, asks = mask & FAN_ALL_PERM;

	if (asks != asked)
		WRITE_ONCE(notify_nr_asking,
			   notify_nr_asking + (asks ? 1 : -1U));
	fm->mark.mask = mask;
}

static void mark_free(struct fanotify_mark *fm) REQUIRES(notify_lock)
{
	set_mask(fm, 0);
	mark_detach(&fm->mark);
	(void)radix_delete(&fm->group->marks, fm->number);
	user_uncharge(fm->payer, USER_FANOTIFY_MARKS, 1);
	kfree(fm);
}

static void fanotify_gone(struct notify_mark *m, bool unmounted UNUSED)
	REQUIRES(notify_lock)
{
	mark_free(fanotify_mark_of(m));
}

static const struct notify_kind fanotify_kind = {
	.happens = fanotify_happens,
	.gone = fanotify_gone,
};

/* ---- marks by what they are of ---- */

static struct list *marks_of(const struct path *at, unsigned flags)
{
	return flags & FAN_MARK_MOUNT ? &at->mount->marks :
	       flags & FAN_MARK_FILESYSTEM ? &at->inode->fs->marks :
					     &at->inode->watches;
}

static unsigned type_of(const struct notify_mark *m) REQUIRES(notify_lock)
{
	return m->mount != NULL ? FAN_MARK_MOUNT :
	       m->fs != NULL ? FAN_MARK_FILESYSTEM : 0;
}

static struct fanotify_mark *mark_find(const struct fanotify *g,
				       struct list *marks)
	REQUIRES(notify_lock)
{
	struct notify_mark *m;

	list_for_each_entry(m, marks, of_object)
		if (m->kind == &fanotify_kind && fanotify_mark_of(m)->group == g)
			return fanotify_mark_of(m);
	return NULL;
}

static void set_object(struct notify_mark *m, const struct path *at,
		       unsigned flags)
{
	if (flags & FAN_MARK_MOUNT)
		m->mount = at->mount;
	else if (flags & FAN_MARK_FILESYSTEM)
		m->fs = at->inode->fs;
	else
		m->inode = at->inode;
}

/* ---- adding ---- */

static int mark_create(struct fanotify *g, const struct path *at,
		       unsigned flags, struct fanotify_mark **out)
	REQUIRES(notify_lock)
{
	uint64_t limit = g->flags & FAN_UNLIMITED_MARKS ?
				 UINT64_MAX : READ_ONCE(fanotify_max_marks);
	struct user *payer = user_charge(g->payer, USER_FANOTIFY_MARKS, 1, limit);
	struct fanotify_mark *fm;

	if (payer == NULL)
		return -ENOSPC;
	fm = kzalloc(sizeof(*fm));
	if (fm != NULL) {
		fm->group = g;
		fm->payer = payer;
		fm->number = ++g->last_number;
		fm->is_evictable = flags & FAN_MARK_EVICTABLE;
		fm->mark.kind = &fanotify_kind;
	}
	if (fm == NULL || radix_set(&g->marks, fm->number, fm) != 0) {
		user_uncharge(payer, USER_FANOTIFY_MARKS, 1);
		kfree(fm);
		return -ENOMEM;
	}
	set_object(&fm->mark, at, flags);
	mark_attach(&fm->mark);
	*out = fm;
	return 0;
}

/* What was promised of a mark is not taken back by adding to it. */
static int may_add(const struct fanotify_mark *fm, unsigned flags)
	REQUIRES(notify_lock)
{
	if ((flags & FAN_MARK_EVICTABLE) && !fm->is_evictable)
		return -EEXIST;
	if ((flags & FAN_MARK_IGNORED_MASK) && fm->ignores_by_flags)
		return -EEXIST;
	if ((flags & FAN_MARK_IGNORE) && fm->mark.keeps_ignored &&
	    !(flags & FAN_MARK_IGNORED_SURV_MODIFY))
		return -EEXIST;
	return 0;
}

static void add_to_mark(struct fanotify_mark *fm, uint32_t mask, unsigned flags)
	REQUIRES(notify_lock)
{
	if (!(flags & FAN_MARK_EVICTABLE))
		fm->is_evictable = false;
	if (!(flags & (FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORE))) {
		set_mask(fm, fm->mark.mask | mask);
	} else {
		fm->mark.ignored |= mask;
		if (flags & FAN_MARK_IGNORED_SURV_MODIFY)
			fm->mark.keeps_ignored = true;
		if (flags & FAN_MARK_IGNORE)
			fm->ignores_by_flags = true;
	}
	mark_changed(&fm->mark);
}

/* What is being written to would be forgotten at once. */
static bool is_pointless(const struct path *at, unsigned flags)
{
	return (flags & (FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORE)) &&
	       !(flags & (MARK_TYPES | FAN_MARK_IGNORED_SURV_MODIFY)) &&
	       !inode_is(at->inode, S_IFDIR) &&
	       READ_ONCE(at->inode->open_to_write) > 0;
}

int fanotify_mark_add(struct file *f, const struct path *at, uint32_t mask,
		      unsigned flags)
{
	struct fanotify *g = f->data;
	int err = 0;

	if (is_pointless(at, flags))
		return 0;
	spin_lock(&notify_lock);
	struct fanotify_mark *fm = mark_find(g, marks_of(at, flags));

	if (fm == NULL)
		err = mark_create(g, at, flags, &fm);
	else
		err = may_add(fm, flags);
	if (err == 0)
		add_to_mark(fm, mask, flags);
	spin_unlock(&notify_lock);
	return err;
}

/* ---- removing ---- */

static void remove_from_mark(struct fanotify_mark *fm, uint32_t mask,
			     unsigned flags, uint32_t anyhow)
	REQUIRES(notify_lock)
{
	if (flags & (FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORE))
		fm->mark.ignored &= ~mask;
	else
		set_mask(fm, fm->mark.mask & ~mask);
	if (((fm->mark.mask | fm->mark.ignored) & ~anyhow) == 0)
		mark_free(fm);
	else
		mark_changed(&fm->mark);
}

int fanotify_mark_remove(struct file *f, const struct path *at, uint32_t mask,
			 unsigned flags, uint32_t anyhow)
{
	spin_lock(&notify_lock);
	struct fanotify_mark *fm = mark_find(f->data, marks_of(at, flags));

	if (fm != NULL)
		remove_from_mark(fm, mask, flags, anyhow);
	spin_unlock(&notify_lock);
	return fm != NULL ? 0 : -ENOENT;
}

bool fanotify_drop_marks(struct fanotify *g, uint64_t *at, unsigned type,
			 bool all)
{
	struct fanotify_mark *fm = NULL;

	spin_lock(&notify_lock);
	for (unsigned i = 0; i < WATCHES_AT_ONCE; i++) {
		fm = radix_next(&g->marks, at);
		if (fm == NULL)
			break;
		++*at;
		if (all || type_of(&fm->mark) == type)
			mark_free(fm);
	}
	spin_unlock(&notify_lock);
	return fm != NULL;
}

void fanotify_mark_flush(struct file *f, unsigned flags)
{
	uint64_t at = 0;

	while (fanotify_drop_marks(f->data, &at, flags & MARK_TYPES, false))
		cond_resched();
}

/* ---- telling of them ---- */

static unsigned flags_of(const struct fanotify_mark *fm) REQUIRES(notify_lock)
{
	return type_of(&fm->mark) |
	       (fm->mark.keeps_ignored ? FAN_MARK_IGNORED_SURV_MODIFY : 0) |
	       (fm->is_evictable ? FAN_MARK_EVICTABLE : 0) |
	       (fm->ignores_by_flags ? FAN_MARK_IGNORE : 0);
}

static void describe(const struct fanotify_mark *fm, struct fanotify_about *about)
	REQUIRES(notify_lock)
{
	const struct notify_mark *m = &fm->mark;

	*about = (struct fanotify_about){
		.number = fm->number,
		.mask = m->mask,
		.ignored = m->ignored,
		.flags = flags_of(fm),
		.ino = m->inode != NULL ? m->inode->ino : 0,
		.dev = m->inode != NULL ? m->inode->fs->dev :
		       m->fs != NULL ? m->fs->dev : 0,
		.mount_id = m->mount != NULL ? m->mount->id : 0,
	};
}

bool fanotify_next(struct file *f, struct fanotify_about *about)
{
	uint64_t at = about->number + 1;
	struct fanotify *g = f->data;

	spin_lock(&notify_lock);
	const struct fanotify_mark *fm = radix_next(&g->marks, &at);

	if (fm != NULL)
		describe(fm, about);
	spin_unlock(&notify_lock);
	return fm != NULL;
}
