/*
 * vfs/filelock.c - the advisory locks of all files.
 *
 * They stand in lists: all of one file in the same, which its address names,
 * and few files in any.  So a lock costs what the locks of its file do; one
 * that was never locked costs nothing.  One mutex serves them all, for who
 * waits may wait in a circle, through many files.  An owner's locks of a file
 * do not overlap, and two of one kind do not touch: they have become one.
 * What stands in the way of another is told in the order of the first byte.
 *
 * Who waits sleeps until any lock of his list is given up, and looks again: a
 * count of releases, read under the mutex together with the conflict, tells
 * whether there was one since.
 *
 * Of processes that wait for record locks there is a list.  Who is about to
 * wait follows it, from the owner of what is in the way to what that one waits
 * for, and is refused when he comes to himself.  A circle is closed by the last
 * who waits, and he has the list's mutex: so one of them sees it.
 *
 * A lock is charged to the user who asked for it: from one file a process
 * could make as many as it has bytes, and everybody walks the list.
 */

#include "vfs/filelock.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "sync/mutex.h"
#include "sync/waitq.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

static struct mutex lock_list_mutex; /* RANK_MISC_SLEEP */

#define NR_BUCKETS 256

static struct bucket {
	struct list locks GUARDED_BY(lock_list_mutex);
	uint64_t releases GUARDED_BY(lock_list_mutex); /* waiters read, too */
	struct waitq released;
} buckets[NR_BUCKETS];

/* A process that waits, on its thread's stack. */
struct lock_waiter {
	struct list link;
	const struct file_lock *wanted; /* (c) */
};

static struct list lock_waiters GUARDED_BY(lock_list_mutex) =
	LIST_INIT(lock_waiters);

void file_lock_init(void)
{
	mutex_init(&lock_list_mutex, RANK_MISC_SLEEP);
	for (unsigned i = 0; i < NR_BUCKETS; i++) {
		list_init(&buckets[i].locks);
		waitq_init(&buckets[i].released);
	}
}

_Static_assert(NR_BUCKETS == 1 << 8, "bucket_of() keeps eight bits");

/* Where the locks of @l's file are, or would be. */
static struct bucket *bucket_of(const struct file_lock *l)
{
	return &buckets[(uintptr_t)l->object * 0x9e3779b97f4a7c15UL >> 56];
}

const void *file_lock_object(const struct file *f)
{
	return f->inode != NULL ? (const void *)f->inode : f->data;
}

/* ---- memory ---- */

/* Of one user who is not root. */
#define MAX_LOCKS 4096UL

static struct file_lock *lock_alloc(void)
{
	const struct cred *cred = current_cred();
	struct file_lock *l = kmalloc(sizeof(*l));

	if (l == NULL)
		return NULL;
	l->payer = user_charge(cred->user, USER_FILE_LOCKS, 1,
			       cred_can(cred, CAP_SYS_RESOURCE) ? UINT64_MAX : MAX_LOCKS);
	if (l->payer != NULL)
		return l;
	kfree(l);
	return NULL;
}

/* @l, or NULL, is in no list. */
static void lock_free(struct file_lock *l)
{
	if (l == NULL)
		return;
	user_uncharge(l->payer, USER_FILE_LOCKS, 1);
	kfree(l);
}

/* ---- the list ---- */

static bool same_owner(const struct file_lock *a, const struct file_lock *b)
{
	return a->owner == b->owner && a->kind == b->kind &&
	       a->object == b->object;
}

static bool overlap(const struct file_lock *a, const struct file_lock *b)
{
	return a->first <= b->last && b->first <= a->last;
}

static bool conflict(const struct file_lock *l, const struct file_lock *wanted)
{
	return l->object == wanted->object && l->kind == wanted->kind &&
	       l->owner != wanted->owner && overlap(l, wanted) &&
	       (l->exclusive || wanted->exclusive);
}

/* Of several that which begins first, of those the oldest. */
static struct file_lock *find_conflict(const struct file_lock *wanted)
	REQUIRES(lock_list_mutex)
{
	struct list *locks = &bucket_of(wanted)->locks;
	struct file_lock *l, *found = NULL;

	list_for_each_entry(l, locks, link)
		if (conflict(l, wanted) &&
		    (found == NULL || l->first < found->first))
			found = l;
	return found;
}

/* They overlap, or there is no byte between them. */
static bool touch(const struct file_lock *a, const struct file_lock *b)
{
	return (b->first == 0 || a->last >= b->first - 1) &&
	       (a->first == 0 || b->last >= a->first - 1);
}

/* @l takes in what of its owner's lies at its ends and is of its kind. */
static void merge_neighbours(struct file_lock *l) REQUIRES(lock_list_mutex)
{
	struct list *locks = &bucket_of(l)->locks;
	struct file_lock *other, *next;

	list_for_each_entry_safe(other, next, locks, link) {
		if (other == l || !same_owner(other, l) ||
		    other->exclusive != l->exclusive || !touch(other, l))
			continue;
		l->first = min(l->first, other->first);
		l->last = max(l->last, other->last);
		list_remove(&other->link);
		lock_free(other);
	}
}

static void add(struct file_lock *slot, const struct file_lock *from)
	REQUIRES(lock_list_mutex)
{
	struct user *payer = slot->payer;

	*slot = *from;
	slot->payer = payer;
	list_init(&slot->link);
	list_push_back(&bucket_of(from)->locks, &slot->link);
}

/* Two pieces of @l are left when @range is taken out. */
static bool splits(const struct file_lock *l, const struct file_lock *range)
{
	return l->first < range->first && l->last > range->last;
}

/* One of its owner's locks would fall into two. */
static bool splits_own(const struct file_lock *range) REQUIRES(lock_list_mutex)
{
	struct list *locks = &bucket_of(range)->locks;
	struct file_lock *l;

	list_for_each_entry(l, locks, link)
		if (same_owner(l, range) && splits(l, range))
			return true;
	return false;
}

/* Take the range out of @l.  If two pieces remain, the second uses *@spare. */
static void cut(struct file_lock *l, const struct file_lock *range,
		struct file_lock **spare) REQUIRES(lock_list_mutex)
{
	if (splits(l, range)) {
		add(*spare, l);
		(*spare)->first = range->last + 1;
		*spare = NULL;
	}
	if (l->first < range->first) {
		l->last = range->first - 1;
	} else if (l->last > range->last) {
		l->first = range->last + 1;
	} else {
		list_remove(&l->link);
		lock_free(l);
	}
}

/* All that the owner has in the range; its locks do not overlap, so at most
 * one of them falls into two pieces. */
static void cut_own(const struct file_lock *range, struct file_lock **spare)
	REQUIRES(lock_list_mutex)
{
	struct bucket *b = bucket_of(range);
	struct file_lock *l, *next;
	bool any = false;

	list_for_each_entry_safe(l, next, &b->locks, link) {
		if (same_owner(l, range) && overlap(l, range)) {
			cut(l, range, spare);
			any = true;
		}
	}
	if (!any)
		return;
	WRITE_ONCE(b->releases, b->releases + 1);
	waitq_wake_all(&b->released);
}

/* ---- locking ---- */

/* Memory that one change may need; what is left over is freed. */
struct spares {
	struct file_lock *lock, *piece;
};

static bool spares_get(struct spares *s)
{
	s->lock = lock_alloc();
	s->piece = lock_alloc();
	return s->lock != NULL && s->piece != NULL;
}

static void spares_put(struct spares *s)
{
	lock_free(s->lock);
	lock_free(s->piece);
}

/* What @owner waits for, or NULL. */
static const struct file_lock *wanted_by(const void *owner)
	REQUIRES(lock_list_mutex)
{
	const struct lock_waiter *w;

	list_for_each_entry(w, &lock_waiters, link)
		if (w->wanted->owner == owner)
			return w->wanted;
	return NULL;
}

/* Steps that are looked at, as on Linux: a chain so long is none by mistake. */
#define MAX_CHAIN 10

/* Who has what @wanted needs waits, through others perhaps, for its owner.
 * What belongs to an open file, anybody may give up who has it open. */
static bool closes_circle(const struct file_lock *wanted)
	REQUIRES(lock_list_mutex)
{
	const struct file_lock *next = wanted;

	if (wanted->kind != LOCK_OF_PROCESS || wanted->pid == FILE_LOCK_NOBODY)
		return false;
	for (int i = 0; i < MAX_CHAIN && next != NULL; i++) {
		const struct file_lock *held = find_conflict(next);

		if (held == NULL || held->pid == FILE_LOCK_NOBODY)
			return false;
		if (held->owner == wanted->owner)
			return true;
		next = wanted_by(held->owner);
	}
	return false;
}

/* 0; -EAGAIN: there is a conflict, and *@seen is the count of releases; or
 * -EDEADLK: to wait, which @w is for, would be for ever. */
static int try_lock(const struct file_lock *wanted, struct spares *s,
		    struct lock_waiter *w, uint64_t *seen)
{
	int err = 0;
	bool free;

	mutex_lock(&lock_list_mutex);
	/* flock() gives up the old lock first, or two that both want more
	 * would wait for each other. */
	if (wanted->kind == LOCK_OF_FILE)
		cut_own(wanted, &s->piece);
	free = find_conflict(wanted) == NULL;
	if (free) {
		cut_own(wanted, &s->piece);
		add(s->lock, wanted);
		merge_neighbours(s->lock);
		s->lock = NULL;
	} else if (w == NULL) {
		err = -EAGAIN;
	} else {
		err = closes_circle(wanted) ? -EDEADLK : -EAGAIN;
		if (err == -EAGAIN && !list_is_linked(&w->link))
			list_push_back(&lock_waiters, &w->link);
	}
	*seen = bucket_of(wanted)->releases;
	mutex_unlock(&lock_list_mutex);
	return err;
}

static void leave_waiters(struct lock_waiter *w)
{
	mutex_lock(&lock_list_mutex);
	if (list_is_linked(&w->link))
		list_remove(&w->link);
	mutex_unlock(&lock_list_mutex);
}

static int wait_and_lock(const struct file_lock *wanted, struct spares *s)
{
	struct lock_waiter w = { .link = LIST_INIT(w.link), .wanted = wanted };
	struct bucket *b = bucket_of(wanted);
	uint64_t seen;
	int err;

	while ((err = try_lock(wanted, s, &w, &seen)) == -EAGAIN) {
		err = waitq_wait_interruptible(&b->released,
					       READ_ONCE(b->releases) != seen);
		if (err != 0)
			break;
	}
	leave_waiters(&w);
	return err;
}

int file_lock(const struct file_lock *wanted, bool wait)
{
	struct spares s;
	uint64_t seen;
	int err = -ENOLCK;

	if (spares_get(&s))
		err = wait ? wait_and_lock(wanted, &s) :
			     try_lock(wanted, &s, NULL, &seen);
	spares_put(&s);
	return err;
}

/* Whoever has as many as he may have must be able to give one up: so a piece
 * that cannot be had is missed only if it is needed. */
int file_unlock(const struct file_lock *range)
{
	struct file_lock *piece = lock_alloc();
	int err = 0;

	mutex_lock(&lock_list_mutex);
	if (piece == NULL && splits_own(range))
		err = -ENOLCK;
	else
		cut_own(range, &piece);
	mutex_unlock(&lock_list_mutex);
	lock_free(piece);
	return err;
}

bool file_lock_find(const struct file_lock *wanted, struct file_lock *out)
{
	mutex_lock(&lock_list_mutex);
	const struct file_lock *l = find_conflict(wanted);

	if (l != NULL)
		*out = *l;
	mutex_unlock(&lock_list_mutex);
	return l != NULL;
}

/* ---- locks that go by themselves ---- */

/* The whole range falls into no pieces, so no memory is needed. */
static void unlock_all(const struct file *f, enum file_lock_kind kind,
		       const void *owner)
{
	const struct file_lock all = {
		.object = file_lock_object(f),
		.owner = owner,
		.kind = kind,
		.last = FILE_LOCK_END,
	};
	struct file_lock *none = NULL;

	mutex_lock(&lock_list_mutex);
	cut_own(&all, &none);
	mutex_unlock(&lock_list_mutex);
}

void file_drop_locks(struct file *f)
{
	unlock_all(f, LOCK_OF_FILE, f);
	unlock_all(f, LOCK_OF_PROCESS, f);
}

void fdtable_drop_locks(const struct fdtable *t, struct file *f)
{
	unlock_all(f, LOCK_OF_PROCESS, t);
}
