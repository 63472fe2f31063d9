/*
 * proc/signal/async_owner.c - who the owner of a file is.
 *
 * An owner is named by a number, which somebody else may have some day.  So there
 * is a reference to a process as well, and a group has a serial number that no
 * other gets.  A thread is looked for among those of that process.
 */
#include "proc/signal/async_internal.h"

#include "arch/barrier.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "proc/task/pid.h"
#include "vfs/cred.h"
#include "vfs/landlock/landlock.h"

struct async *async_obtain(struct file *f)
{
	struct async *a = f->async;

	assert_mutex_held(&f->pos_lock);
	if (a != NULL)
		return a;
	a = kzalloc(sizeof(*a));
	if (a == NULL)
		return NULL;
	a->file = f;
	list_init(&a->link);
	for (unsigned i = 0; i < MAX_QUEUES; i++)
		a->watch[i].async = a;
	/* ORDER async-made, release side; the other is in async_of(). */
	store_release(&f->async, a);
	return a;
}

struct async *async_of(const struct file *f)
{
	/* ORDER async-made, acquire side: it is filled in; the other is in
	 * async_obtain(). */
	return load_acquire(&f->async);
}

/* Who has @number now: his process with a reference, or the serial number of
 * the group.  A number that a group might have need not have one. */
static int find_owner(enum owner_type type, int number, struct proc **proc,
		      uint64_t *group) REQUIRES(TREE_ALONE)
{
	struct proc *p = pid_proc_of(number);
	struct thread *t = pid_thread(number);
	const struct pgroup *g = pgroup_find(number);

	if (type == OWNER_GROUP) {
		*group = g != NULL ? g->serial : 0;
		return g != NULL || p != NULL ? 0 : -ESRCH;
	}
	if (type == OWNER_THREAD)
		p = t != NULL ? t->proc : NULL;
	if (p == NULL)
		return -ESRCH;
	proc_get(p);
	*proc = p;
	return 0;
}

struct proc *async_owner_proc(const struct async *a)
{
	struct proc *p = a->proc;

	return p != NULL && pid_proc_of(a->owner.number) == p ? p : NULL;
}

struct pgroup *async_owner_group(const struct async *a)
{
	struct pgroup *g = pgroup_find(a->owner.number);

	return g != NULL && g->serial == a->group ? g : NULL;
}

void async_give(struct async *a, const struct file_owner *owner,
		struct proc *p, uint64_t group,
		const struct landlock_domain *domain)
{
	tree_lock();
	struct proc *old = a->proc;
	const struct landlock_domain *old_domain = a->domain;

	landlock_get(domain);
	a->domain = domain;
	a->owner = *owner;
	a->proc = p;
	a->group = group;
	tree_unlock();
	if (old != NULL)
		proc_put(old);
	landlock_put(old_domain);
}

int async_set_owner(struct file *f, enum owner_type type, int number)
{
	const struct file_owner owner = {
		.type = type,
		.number = number,
		.uid = current_cred()->uid,
		.euid = current_cred()->euid,
	};
	struct proc *p = NULL;
	uint64_t group = 0;
	struct async *a;
	int err = 0;

	tree_lock();
	if (number != 0)
		err = find_owner(type, number, &p, &group);
	tree_unlock();
	if (err < 0)
		return err;
	mutex_lock(&f->pos_lock);
	a = async_obtain(f);
	if (a != NULL)
		async_give(a, &owner, p, group, landlock_own());
	mutex_unlock(&f->pos_lock);
	if (a == NULL && p != NULL)
		proc_put(p);
	return a != NULL ? 0 : -ENOMEM;
}

struct file_owner async_owner(struct file *f)
{
	struct file_owner owner = { .type = OWNER_PROCESS };
	const struct async *a = async_of(f);

	if (a == NULL)
		return owner;
	tree_lock();
	owner = a->owner;
	if (owner.type == OWNER_GROUP ? async_owner_group(a) == NULL :
					async_owner_proc(a) == NULL)
		owner.number = 0;
	tree_unlock();
	return owner;
}

int async_set_signal(struct file *f, int sig)
{
	struct async *a;

	mutex_lock(&f->pos_lock);
	a = async_obtain(f);
	if (a != NULL)
		WRITE_ONCE(a->signal, sig);
	mutex_unlock(&f->pos_lock);
	return a != NULL ? 0 : -ENOMEM;
}

int async_signal(struct file *f)
{
	const struct async *a = async_of(f);

	return a != NULL ? READ_ONCE(a->signal) : 0;
}
