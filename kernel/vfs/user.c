/*
 * vfs/user.c - see user.h.
 *
 * Users are found in a short table of lists.  Who finds one whose last
 * reference is just going leaves it alone and makes another: the two counts
 * do not belong together any more, for the old one is charged with nothing.
 */
#include "vfs/user.h"

#include "arch/barrier.h"
#include "lib/bug.h"
#include "lib/compiler.h"
#include "mm/slab.h"
#include "sync/spinlock.h"

#define NR_LISTS 64U

struct user root_user = {
	.refs = REFCOUNT_INIT(1),
	.link = LIST_INIT(root_user.link),
};

static struct spinlock users_lock = SPINLOCK_INIT(RANK_USERS);
static struct list lists[NR_LISTS] GUARDED_BY(users_lock); /* struct user.link */

static struct list *list_of(unsigned uid) REQUIRES(users_lock)
{
	struct list *list = &lists[uid % NR_LISTS];

	if (list->next == NULL)
		list_init(list);
	return list;
}

static struct user *find_locked(unsigned uid) REQUIRES(users_lock)
{
	struct user *user;

	list_for_each_entry(user, list_of(uid), link)
		if (user->uid == uid && refcount_try_get(&user->refs))
			return user;
	return NULL;
}

static struct user *make_locked(unsigned uid) REQUIRES(users_lock)
{
	struct user *user = kzalloc(sizeof(*user));

	if (user == NULL)
		return NULL;
	user->refs = REFCOUNT_INIT(1);
	user->uid = uid;
	list_push_front(list_of(uid), &user->link);
	return user;
}

struct user *user_find(unsigned uid)
{
	if (uid == root_user.uid) {
		user_get(&root_user);
		return &root_user;
	}

	unsigned long irq = spin_lock_irqsave(&users_lock);
	struct user *user = find_locked(uid);

	if (user == NULL)
		user = make_locked(uid);
	spin_unlock_irqrestore(&users_lock, irq);
	return user;
}

void user_get(struct user *user)
{
	refcount_get(&user->refs);
}

void user_put(struct user *user)
{
	if (!refcount_put(&user->refs))
		return;
	assert(user != &root_user);
	for (unsigned kind = 0; kind < NR_USER_KINDS; kind++)
		assert(user->charged[kind] == 0);

	unsigned long irq = spin_lock_irqsave(&users_lock);

	list_remove(&user->link);
	spin_unlock_irqrestore(&users_lock, irq);
	kfree(user);
}

struct user *user_charge(struct user *user, enum user_kind kind, uint64_t n,
			 uint64_t limit)
{
	uint64_t before = atomic_fetch_add_relaxed(&user->charged[kind], n);

	if (before > limit || limit - before < n) {
		atomic_fetch_add_relaxed(&user->charged[kind], -n);
		return NULL;
	}
	user_get(user);
	return user;
}

void user_uncharge(struct user *user, enum user_kind kind, uint64_t n)
{
	uint64_t before = atomic_fetch_add_relaxed(&user->charged[kind], -n);

	assert(before >= n);
	user_put(user);
}

struct user *user_move(struct user *from, struct user *to,
		       enum user_kind kind, uint64_t n)
{
	if (from == to)
		return from;
	to = user_charge(to, kind, n, UINT64_MAX);
	user_uncharge(from, kind, n);
	return to;
}
