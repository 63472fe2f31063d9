/*
 * ipc/aio.c - see aio.h.
 *
 * Two locks: that of the lists says who has which context, and is given up before
 * the other is taken, which is of one context's events and is held while they go
 * to user memory, so that what could not be copied is there for the next.  Who
 * has found a context has a reference; destroyed meanwhile it gets no more
 * events read, and is gone with him.
 */
#include "ipc/aio.h"

#include "arch/barrier.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task/proc.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "sync/waitq.h"

/*
 *	(c)	constant
 *	(l)	aio_lock
 *	(lock)	its own: what is in the ring
 */
struct aio {
	struct list link;        /* (l) of its process */
	uint64_t id;             /* (c) */
	unsigned nr;             /* (c) room for so many */
	struct refcount refs;    /* the list, and who has found it */
	struct LOCK_OF(mutex, aio) lock; /* RANK_PIPE */
	unsigned taken GUARDED_BY(C_aio); /* of the room, begun or over */
	unsigned first GUARDED_BY(C_aio); /* of those that are over, in a ring, */
	unsigned over GUARDED_BY(C_aio);  /* so many; read without to sleep */
	bool ends GUARDED_BY(C_aio);      /* read without to sleep */
	struct waitq changed;
	struct aio_event events[]; /* (lock) a ring of nr */
};

uint32_t aio_max_nr = 65536;

static struct mutex aio_lock; /* RANK_MISC_SLEEP */
static uint32_t nr_events; /* (l) the room of all; read without to tell */

void aio_init(void)
{
	mutex_init(&aio_lock, RANK_MISC_SLEEP);
}

uint32_t aio_nr(void)
{
	return READ_ONCE(nr_events);
}

/* ---- which there are ---- */

/* Room for @nr events, of what all may have together. */
static bool take_room(unsigned nr)
{
	bool is_there;

	mutex_lock(&aio_lock);
	is_there = nr_events + nr <= READ_ONCE(aio_max_nr);
	if (is_there)
		WRITE_ONCE(nr_events, nr_events + nr);
	mutex_unlock(&aio_lock);
	return is_there;
}

static void give_room(unsigned nr) REQUIRES(aio_lock)
{
	WRITE_ONCE(nr_events, nr_events - nr);
}

static void show(struct aio *a)
{
	mutex_lock(&aio_lock);
	list_push_back(&current_proc()->aios, &a->link);
	mutex_unlock(&aio_lock);
}

static struct aio *make(uint64_t id, unsigned nr)
{
	struct aio *a = kzalloc(sizeof(*a) + nr * sizeof(a->events[0]));

	if (a == NULL)
		return NULL;
	a->id = id;
	a->nr = nr;
	a->refs = REFCOUNT_INIT(1);
	mutex_init(&a->lock, RANK_PIPE);
	waitq_init(&a->changed);
	return a;
}

/* Too many is said before there is no memory: it may be many times too many. */
int aio_create(uint64_t id, unsigned nr)
{
	struct aio *a;

	if (!take_room(nr))
		return -EAGAIN;
	a = make(id, nr);
	if (a != NULL) {
		show(a);
		return 0;
	}
	mutex_lock(&aio_lock);
	give_room(nr);
	mutex_unlock(&aio_lock);
	return -ENOMEM;
}

void aio_put(struct aio *a)
{
	if (refcount_put(&a->refs))
		kfree(a);
}

/* That of @p with that number; any of his, if @id is 0. */
static struct aio *find_locked(const struct proc *p, uint64_t id)
	REQUIRES(aio_lock)
{
	struct aio *a;

	list_for_each_entry(a, &p->aios, link)
		if (id == 0 || a->id == id)
			return a;
	return NULL;
}

struct aio *aio_find(uint64_t id)
{
	struct aio *a = NULL;

	mutex_lock(&aio_lock);
	if (id != 0)
		a = find_locked(current_proc(), id);
	if (a != NULL)
		refcount_get(&a->refs);
	mutex_unlock(&aio_lock);
	return a;
}

/* False: there is none. */
static bool destroy(const struct proc *p, uint64_t id)
{
	struct aio *a;

	mutex_lock(&aio_lock);
	a = find_locked(p, id);
	if (a != NULL) {
		list_remove(&a->link);
		give_room(a->nr);
	}
	mutex_unlock(&aio_lock);
	if (a == NULL)
		return false;
	mutex_lock(&a->lock);
	WRITE_ONCE(a->ends, true);
	mutex_unlock(&a->lock);
	waitq_wake_all(&a->changed);
	aio_put(a);
	return true;
}

int aio_destroy(uint64_t id)
{
	return id != 0 && destroy(current_proc(), id) ? 0 : -EINVAL;
}

/* Nobody else is there to make one: who has none, and that is nearly everybody,
 * asks for no lock that all share. */
void aio_exit(struct proc *p)
{
	while (!list_is_empty(&p->aios))
		destroy(p, 0);
}

/* ---- events ---- */

bool aio_begin(struct aio *a)
{
	bool has_room;

	mutex_lock(&a->lock);
	has_room = a->taken < a->nr;
	if (has_room)
		a->taken++;
	mutex_unlock(&a->lock);
	return has_room;
}

void aio_give_back(struct aio *a)
{
	mutex_lock(&a->lock);
	a->taken--;
	mutex_unlock(&a->lock);
}

void aio_end(struct aio *a, const struct aio_event *event)
{
	mutex_lock(&a->lock);
	a->events[(a->first + a->over) % a->nr] = *event;
	WRITE_ONCE(a->over, a->over + 1);
	mutex_unlock(&a->lock);
	waitq_wake_all(&a->changed);
}

/* Those that are over now, at most @most; @ends: there will be no more. */
static long take_now(struct aio *a, vaddr_t to, long most, bool *ends)
{
	long n = 0, err = 0;

	mutex_lock(&a->lock);
	while (n < most && a->over > 0 && err == 0) {
		err = copy_to_user(to + (vaddr_t)n * sizeof(a->events[0]),
				   &a->events[a->first], sizeof(a->events[0]));
		if (err != 0)
			break;
		a->first = (a->first + 1) % a->nr;
		WRITE_ONCE(a->over, a->over - 1);
		a->taken--;
		n++;
	}
	*ends = a->ends;
	mutex_unlock(&a->lock);
	return n > 0 ? n : err;
}

long aio_take(struct aio *a, vaddr_t to, long least, long most, uint64_t deadline)
{
	long done = 0;
	int err = 0;

	for (;;) {
		bool ends;
		long n = take_now(a, to + (vaddr_t)done * sizeof(struct aio_event),
				  most - done, &ends);

		if (n < 0)
			return done > 0 ? done : n;
		done += n;
		if (done >= least || done == most)
			return done;
		if (ends)
			return done > 0 ? done : -EINVAL;
		if (err != 0) /* and a last look was taken */
			return done > 0 || err != -ERESTARTSYS ? done : -EINTR;
		err = waitq_wait_until(&a->changed,
				       READ_ONCE(a->over) > 0 || READ_ONCE(a->ends),
				       deadline);
	}
}
