/*
 * vfs/fd/table.c - tables of descriptors: made, copied, shared, grown, given up.
 */

#include "vfs/fdtable.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "vfs/fd/fd_internal.h"
#include "vfs/file.h"
#include "vfs/filelock.h"
#include "vfs/notify/dnotify.h"

/* An array takes 512 bytes, or twice as often as it has grown. */
#define FIRST_SLOTS 30
#define TWICE(nr) (2 * (nr) + 2)
_Static_assert(sizeof(struct slots) + FIRST_SLOTS * sizeof(struct slot) <= 512,
	       "the head takes less than two slots");
/* No table is larger, whatever RLIMIT_NOFILE says. */
#define MAX_SLOTS (KMALLOC_MAX / sizeof(struct slot) - 2)

static struct slots *slots_alloc(unsigned nr)
{
	struct slots *s = kzalloc(sizeof(*s) + nr * sizeof(s->slot[0]));

	if (s != NULL)
		s->nr = nr;
	return s;
}

static void slots_free(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct slots, rcu));
}

static struct fdtable *table_alloc(unsigned nr)
{
	struct fdtable *t = kzalloc(sizeof(*t));

	if (t == NULL)
		return NULL;
	is_private(fdtable);
	t->slots = slots_alloc(nr);
	if (t->slots == NULL) {
		kfree(t);
		return NULL;
	}
	t->users = REFCOUNT_INIT(1);
	t->refs = REFCOUNT_INIT(1);
	mutex_init(&t->lock, RANK_FD_TABLE);
	list_init(&t->dir_watches);
	return t;
}

struct fdtable *fdtable_create(void)
{
	return table_alloc(FIRST_SLOTS);
}

/* What is being opened while we copy is not inherited. */
static void copy_slots(struct fdtable *to, const struct fdtable *from)
	REQUIRES(C_fdtable)
{
	const struct slots *slots = from->slots;
	struct slot *copy = to->slots->slot;
	uint64_t lowest = from->lowest, nr = slots->nr;

	for (uint64_t i = 0; i < nr; i++) {
		const struct slot *slot = &slots->slot[i];

		if (slot->file != NULL) {
			copy[i] = *slot;
			race_point(fd_copied, from);
			file_get(slot->file);
		} else if (slot->reserved) {
			lowest = min(lowest, i);
		}
	}
	to->lowest = (unsigned)lowest;
}

/* In one stretch: were @from to grow between, what a sibling moves up then
 * would be neither where it was nor where it is. */
struct fdtable *fdtable_copy(struct fdtable *from)
{
	mutex_lock(&from->lock);
	struct fdtable *to = table_alloc(from->slots->nr);

	if (to != NULL)
		copy_slots(to, from);
	mutex_unlock(&from->lock);
	return to;
}

void fdtable_get(struct fdtable *t)
{
	refcount_get(&t->users);
}

void fdtable_visit(struct fdtable *t)
{
	refcount_get(&t->refs);
}

void fdtable_leave(struct fdtable *t)
{
	if (refcount_put(&t->refs))
		kfree(t);
}

void fdtable_note_locks(struct fdtable *t)
{
	WRITE_ONCE(t->has_locks, true);
}

int table_grow(struct fdtable *t, unsigned fd)
{
	struct slots *old = t->slots;
	unsigned nr = old->nr;

	if (fd >= MAX_SLOTS)
		return -EMFILE;
	while (nr <= fd)
		nr = TWICE(nr);
	if (nr == old->nr)
		return 0;

	struct slots *slots = slots_alloc(nr);

	if (slots == NULL)
		return -ENOMEM;
	memcpy(slots->slot, old->slot, old->nr * sizeof(old->slot[0]));
	rcu_assign_pointer(t->slots, slots);
	call_rcu(&old->rcu, slots_free);
	race_point(fd_table_grown, t);
	return 0;
}

/* @f has left its slot in @t, where nobody can find it now; the lock is not held. */
static void close_file(struct fdtable *t, struct file *f)
{
	if (READ_ONCE(t->has_locks))
		fdtable_drop_locks(t, f);
	if (READ_ONCE(t->dir_watches.next) != &t->dir_watches)
		dnotify_end(&t->dir_watches, f);
	if (f->ops != NULL && f->ops->closed != NULL)
		f->ops->closed(f);
	file_put(f);
}

/*
 * The same, but who shares the table may have found @f before, and not hold it
 * yet.
 *
 * ORDER fd-closed, closing side; the other is shared_get().
 * Plain: the reference is given back by a release, refcount_put(), and the slot
 * was emptied before.
 */
void close_slot(struct fdtable *t, struct file *f)
{
	if (f == NULL)
		return;
	if (!alone_with(t))
		WRITE_ONCE(f->free_late, true);
	close_file(t, f);
}

/* Who visits the table finds nothing in it any more. */
static struct slots *take_slots(struct fdtable *t)
{
	static struct slots none;

	mutex_lock(&t->lock);
	struct slots *slots = t->slots;

	t->slots = &none;
	mutex_unlock(&t->lock);
	return slots;
}

void fdtable_put(struct fdtable *t)
{
	if (!refcount_put(&t->users))
		return;
	struct slots *slots = take_slots(t);
	uint64_t nr = slots->nr;

	for (uint64_t i = 0; i < nr; i++)
		if (slots->slot[i].file != NULL)
			close_file(t, slots->slot[i].file);
	kfree(slots);
	fdtable_leave(t);
}

bool fdtable_is_shared(const struct fdtable *t)
{
	return refcount_read(&t->users) > 1;
}

int fdtable_of_own(struct fdtable **copy)
{
	struct vfs_process *self = vfs_self();

	*copy = NULL;
	/* ORDER fd-alone, looking side, as alone_with(); the other is
	 * leave_locked(). */
	if (load_acquire(self->nr_threads) != 1)
		return -EINVAL;
	if (!fdtable_is_shared(self->files))
		return 0;
	*copy = fdtable_copy(self->files);
	return *copy != NULL ? 0 : -ENOMEM;
}

int fdtable_next(struct fdtable *t, int fd)
{
	mutex_lock(&t->lock);
	unsigned i = fd < 0 ? 0 : (unsigned)fd;

	while (i < t->slots->nr && slot_at(t, (int)i)->file == NULL)
		i++;
	int found = i < t->slots->nr ? (int)i : -1;
	mutex_unlock(&t->lock);
	return found;
}
