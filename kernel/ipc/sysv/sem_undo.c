/*
 * ipc/sysv/sem_undo.c - SEM_UNDO: what a process did to semaphores is undone
 * when it ends.
 *
 * Threads that were made with CLONE_SYSVSEM share a list of what they have
 * done, others have their own; the last of them undoes.  An entry is for one
 * set and stands in two lists: that of its threads, and that of the set.  It
 * goes under the lock of the set, and goes for one of two reasons:
 *
 *	the set is removed		sem_undo_drop_all(), by anybody
 *	the last thread has ended	undo_one()
 *
 * So whoever has the lock of a set that is not removed finds the entry that he
 * found before.  The list of the threads has a lock of its own, below: threads
 * enter what they do to different sets at the same time.
 */
#include "ipc/sysv/sem_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "proc/sched/thread.h"
#include "proc/task/clone_flags.h"
#include "proc/task/proc.h"
#include "vfs/user.h"

struct sem_undo_list {
	struct refcount users; /* threads: the last one undoes */
	struct refcount refs;  /* entries, and one for all users */
	struct LOCK_OF(mutex, undo) lock; /* RANK_MISC_SLEEP */
	struct list undos GUARDED_BY(C_undo); /* struct sem_undo.link */
};

static struct list *undos_of(struct sem_undo_list *list) REQUIRES(C_undo)
{
	return &list->undos;
}

static struct list *link_of(struct sem_undo *u) REQUIRES(C_undo)
{
	return &u->link;
}

static void list_put(struct sem_undo_list *list)
{
	if (refcount_put(&list->refs))
		kfree(list);
}

/* The running thread's list; NULL: no memory. */
static struct sem_undo_list *own_list(void)
{
	struct thread *self = current_thread();
	struct sem_undo_list *list = self->sem_undo;

	if (list != NULL)
		return list;
	list = kmalloc(sizeof(*list));
	if (list == NULL)
		return NULL;
	list->users = REFCOUNT_INIT(1);
	list->refs = REFCOUNT_INIT(1);
	mutex_init(&list->lock, RANK_MISC_SLEEP);
	list_init(&list->undos);
	WRITE_ONCE(self->sem_undo, list);
	return list;
}

bool sem_undo_inherit(struct thread *child, uint64_t clone_flags)
{
	struct sem_undo_list *list;

	if (!(clone_flags & CLONE_SYSVSEM))
		return true;
	list = own_list();
	if (list == NULL)
		return false;
	refcount_get(&list->users);
	child->sem_undo = list;
	return true;
}

/* ---- entries ---- */

static struct sem_undo *find(struct sem_undo_list *list,
			     const struct sem_set *s)
{
	struct sem_undo *u, *found = NULL;

	mutex_lock(&list->lock);
	list_for_each_entry(u, undos_of(list), link) {
		if (u->set == s) {
			found = u;
			break;
		}
	}
	mutex_unlock(&list->lock);
	return found;
}

static int add(struct sem_undo_list *list, struct sem_set *s,
	       struct sem_undo **added) REQUIRES(C_sysv)
{
	uint64_t bytes = sizeof(struct sem_undo) +
			 s->nr * sizeof((*added)->adjust[0]);
	struct user *payer = sysv_charge(bytes);
	struct sem_undo *u = payer == NULL ? NULL : kzalloc(bytes);

	if (payer == NULL)
		return -ENOSPC;
	if (u == NULL) {
		user_uncharge(payer, USER_SYSV_BYTES, bytes);
		return -ENOMEM;
	}
	refcount_get(&list->refs);
	u->list = list;
	u->set = s;
	u->payer = payer;
	u->bytes = bytes;
	list_push_back(&s->undos, &u->set_link);
	mutex_lock(&list->lock);
	list_push_front(undos_of(list), link_of(u));
	mutex_unlock(&list->lock);
	*added = u;
	return 0;
}

/* The lock of its set is held. */
static void drop(struct sem_undo *u) REQUIRES(C_sysv)
{
	struct sem_undo_list *list = u->list;

	list_remove(&u->set_link);
	mutex_lock(&list->lock);
	list_remove(link_of(u));
	mutex_unlock(&list->lock);
	user_uncharge(u->payer, USER_SYSV_BYTES, u->bytes);
	kfree(u);
	list_put(list); /* the entry's */
}

int sem_undo_find(struct sem_set *s, struct sem_undo **found)
{
	struct sem_undo_list *list = own_list();

	assert_mutex_held(&s->object.lock);
	*found = list == NULL ? NULL : find(list, s);
	if (*found != NULL)
		return 0;
	return list == NULL ? -ENOMEM : add(list, s, found);
}

void sem_undo_forget(struct sem_set *s, unsigned num, unsigned n)
{
	struct sem_undo *u;

	list_for_each_entry(u, &s->undos, set_link)
		for (unsigned i = num; i < num + n; i++)
			u->adjust[i] = 0;
}

void sem_undo_drop_all(struct sem_set *s)
{
	struct sem_undo *u, *next;

	list_for_each_entry_safe(u, next, &s->undos, set_link)
		drop(u);
}

/* ---- the end ---- */

/* As much of it as the value has room for: there is nobody to be told. */
static void adjust_one(struct semaphore *sem, int adjust)
{
	if (adjust == 0)
		return;
	sem->value += adjust;
	if (sem->value < 0)
		sem->value = 0;
	if (sem->value > SEM_VALUE_MAX)
		sem->value = SEM_VALUE_MAX;
	sem->pid = sysv_pid();
}

static void apply(struct sem_set *s, const struct sem_undo *u) REQUIRES(C_sysv)
{
	for (unsigned i = 0; i < s->nr; i++)
		adjust_one(&s->sem[i], u->adjust[i]);
	s->otime = sysv_now();
}

/* The set of the first entry, with a reference; NULL: there is none.  It is
 * there, for it drops its entries before its last reference can go. */
static struct sem_set *first_set(struct sem_undo_list *list)
{
	struct sem_set *s = NULL;
	struct list *first;

	mutex_lock(&list->lock);
	first = list_first(undos_of(list));
	if (first != NULL) {
		s = list_entry(first, struct sem_undo, link)->set;
		sysv_object_get(&s->object);
	}
	mutex_unlock(&list->lock);
	return s;
}

/* What no user of @list is left to undo in @s; nothing if it was removed
 * meanwhile, and took its entry along. */
static void undo_one(struct sem_undo_list *list, struct sem_set *s)
{
	struct sem_undo *u;

	race_point(sem_undoes, s);
	mutex_lock(&s->object.lock);
	u = find(list, s);
	if (u != NULL) {
		apply(s, u);
		drop(u);
		sem_decide(s);
	}
	mutex_unlock(&s->object.lock);
	sysv_object_put(&s->object);
}

void sem_undo_exit(struct thread *t)
{
	struct sem_undo_list *list = t->sem_undo;
	struct sem_set *s;

	if (list == NULL)
		return;
	WRITE_ONCE(t->sem_undo, NULL);
	if (!refcount_put(&list->users))
		return;
	while ((s = first_set(list)) != NULL)
		undo_one(list, s);
	list_put(list); /* the users' */
}
