/*
 * ipc/futex/pi.c - see pi.h.
 *
 * One lock for all of it: a chain of owners who wait goes through mutexes of
 * any process, and is walked as a whole.  Under it the user's word is read and
 * changed, too, so an unlock and a lock that meet come one after the other.
 *
 * Only who ends asks without it whether he owns any (futex_pi_exit()), for nearly
 * nobody does.
 *
 * A struct pi_mutex is there as long as somebody waits, and until the word says
 * who owns.  Where the owner died the next one writes the word himself, for
 * only he knows where it is in his memory; until then whoever comes finds the
 * owner here and not in the word.
 */
#include "ipc/futex/pi_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "proc/sched/rt.h"
#include "proc/sched/sched.h"
#include "proc/task/proc.h"

#define CHAIN_MAX 1024U /* as Linux's max_lock_depth */

struct spinlock pi_lock = SPINLOCK_INIT(RANK_FUTEX);

/* All under pi_lock. */
struct pi_mutex {
	struct list link;        /* in mutexes[] */
	struct word_name key;    /* (c) */
	struct thread *owner;    /* a reference */
	struct pi_mutex *next;   /* of owner->pi.held */
	struct list waiters;     /* struct pi_waiter.link, highest first */
	bool is_to_be_written;   /* the owner's tid, into the word, by him */
};

#define NR_CHAINS 64U
static struct list mutexes[NR_CHAINS] GUARDED_BY(pi_lock);

static struct list *chain_of(const struct word_name *key) REQUIRES(pi_lock)
{
	return &mutexes[(key->offset >> 2 ^ key->object) % NR_CHAINS];
}

static struct pi_mutex *find(const struct word_name *key) REQUIRES(pi_lock)
{
	struct pi_mutex *m;

	list_for_each_entry(m, chain_of(key), link)
		if (key_same(&m->key, key))
			return m;
	return NULL;
}

static struct pi_waiter *first_waiter(const struct pi_mutex *m)
	REQUIRES(pi_lock)
{
	return list_is_empty(&m->waiters) ? NULL :
	       list_entry(list_first(&m->waiters), struct pi_waiter, link);
}

/* ---- who owns ---- */

static void own(struct pi_mutex *m, struct thread *t) REQUIRES(pi_lock)
{
	thread_get(t);
	m->owner = t;
	m->next = t->pi.held;
	WRITE_ONCE(t->pi.held, m);
}

/* Its owner's reference goes to the caller. */
static struct thread *disown(struct pi_mutex *m) REQUIRES(pi_lock)
{
	struct thread *owner = m->owner;
	struct pi_mutex **at = &owner->pi.held;

	while (*at != m)
		at = &(*at)->next;
	WRITE_ONCE(*at, m->next);
	m->owner = NULL;
	return owner;
}

/* NULL: no memory. */
static struct pi_mutex *create(const struct word_name *key, struct thread *owner)
	REQUIRES(pi_lock)
{
	struct pi_mutex *m = kzalloc(sizeof(*m));

	if (m == NULL)
		return NULL;
	m->key = *key;
	list_init(&m->waiters);
	list_push_back(chain_of(key), &m->link);
	own(m, owner);
	return m;
}

/* Nobody waits any more, and the word says it all. */
static void destroy_if_idle(struct pi_mutex *m) REQUIRES(pi_lock)
{
	if (!list_is_empty(&m->waiters) || m->is_to_be_written)
		return;
	thread_put(disown(m));
	list_remove(&m->link);
	kfree(m);
}

/* ---- priorities ---- */

/* Behind those who are as high. */
static void insert(struct pi_mutex *m, struct pi_waiter *w) REQUIRES(pi_lock)
{
	struct pi_waiter *other;

	w->priority = rt_priority_of(w->thread);
	list_for_each_entry(other, &m->waiters, link)
		if (other->priority < w->priority)
			break;
	list_insert_before(&other->link, &w->link);
}

static unsigned lent_to(const struct thread *t) REQUIRES(pi_lock)
{
	unsigned highest = 0;

	for (struct pi_mutex *m = t->pi.held; m != NULL; m = m->next) {
		const struct pi_waiter *first = first_waiter(m);

		if (first != NULL)
			highest = max(highest, first->priority);
	}
	return highest;
}

/*
 * What @t owns, or who waits for that, has changed: so may its priority, and
 * with it its place where it waits itself, and the priority of that owner.
 */
static void settle(struct thread *t) REQUIRES(pi_lock)
{
	for (unsigned n = 0; n < CHAIN_MAX; n++) {
		struct pi_waiter *w = t->pi.waits;

		sched_lend_priority(t, lent_to(t));
		if (w == NULL || w->priority == rt_priority_of(t))
			return;
		list_remove(&w->link);
		insert(w->mutex, w);
		t = w->mutex->owner;
	}
}

/* Would @t, waiting for @owner, wait for itself? */
static bool closes_circle(const struct thread *t, const struct thread *owner)
	REQUIRES(pi_lock)
{
	for (unsigned n = 0; n < CHAIN_MAX; n++) {
		if (owner == t)
			return true;
		if (owner->pi.waits == NULL)
			return false;
		owner = owner->pi.waits->mutex->owner;
	}
	return true;
}

/* ---- the word ---- */

/* 0; -EAGAIN: it was not @old; -EFAULT: it is not there now. */
static int replace(vaddr_t addr, uint32_t old, uint32_t new)
{
	uint32_t seen;
	int err = cmpxchg_user_u32_nofault(addr, old, new, &seen);

	return err == 0 && seen != old ? -EAGAIN : err;
}

/* ---- waiting ---- */

/*
 * The word was @value, and named one who is gone: -ESRCH.  -EAGAIN: it says something
 * else, as he may have said there before he went; -EFAULT: it is not there now.
 */
static int look_again(vaddr_t addr, uint32_t value)
{
	uint32_t now;
	int err = get_user_u32_nofault(&now, addr);

	if (err == 0 && now != value)
		err = -EAGAIN;
	return err != 0 ? err : -ESRCH;
}

/*
 * ORDER pi-gone, waiting side; the other is futex_pi_exit().  Store buffering: it is
 * the owner's, and then we ask whether he is gone; he is gone, and then asks whether
 * he owns any.  He gives it up, or we see that he will not.
 *
 * ORDER pi-died, waiting side; the other is futex_pi_exit().  Acquire: who sees him
 * gone reads in the word what he wrote there before.
 */
static bool owner_is_gone(const struct thread *owner)
{
	smp_mb();
	return load_acquire(&owner->pi.is_gone);
}

/* Of @owner, whom the word names as @value, and of whom nobody waited for it yet. */
static int create_first_locked(vaddr_t addr, const struct word_name *key,
			       uint32_t value, struct thread *owner,
			       struct pi_mutex **out) REQUIRES(pi_lock)
{
	struct pi_mutex *m;

	if (owner == NULL)
		return -ESRCH;
	race_point(pi_owner_seen, owner);
	m = create(key, owner);
	if (m == NULL)
		return -ENOMEM;
	if (owner_is_gone(owner)) {
		destroy_if_idle(m);
		return look_again(addr, value);
	}
	*out = m;
	return 0;
}

/* @m has an owner: does the word, as @value, know none, the last one, or him? */
static int check_owner(const struct pi_mutex *m, uint32_t value) REQUIRES(pi_lock)
{
	uint32_t tid = value & FUTEX_TID_MASK;

	return m->is_to_be_written || tid == 0 || tid == (uint32_t)m->owner->tid ?
		       0 : -EINVAL;
}

/* Behind @owner, whom the word names as @value: 0 and the wait has begun. */
static int begin_wait_locked(struct pi_waiter *w, vaddr_t addr,
			     const struct word_name *key, uint32_t value,
			     struct thread *owner) REQUIRES(pi_lock)
{
	struct pi_mutex *m = find(key);
	int err = m != NULL ? check_owner(m, value) :
			      create_first_locked(addr, key, value, owner, &m);

	if (err != 0)
		return err;
	if (closes_circle(w->thread, m->owner))
		err = -EDEADLK;
	else
		err = replace(addr, value, value | FUTEX_WAITERS);
	if (err != 0) {
		destroy_if_idle(m);
		return err;
	}
	w->mutex = m;
	w->thread->pi.waits = w;
	insert(m, w);
	settle(m->owner);
	return 0;
}

/* It waits no longer. */
static void give_up_locked(struct pi_waiter *w) REQUIRES(pi_lock)
{
	struct pi_mutex *m = w->mutex;

	list_remove(&w->link);
	w->mutex = NULL;
	w->thread->pi.waits = NULL;
	settle(m->owner);
	destroy_if_idle(m);
}

static int write_owner_locked(vaddr_t addr, const struct pi_mutex *m)
	REQUIRES(pi_lock)
{
	uint32_t more = first_waiter(m) != NULL ? FUTEX_WAITERS : 0, value;
	int err = get_user_u32_nofault(&value, addr);

	return err != 0 ? err :
	       replace(addr, value, FUTEX_OWNER_DIED | more |
				    (uint32_t)current_thread()->tid);
}

/* The last owner of @m died: the word still says so, or names him.  If it cannot be
 * written (it is not mapped any more), @m does not wait for that until we end. */
static int inherit(struct futex_address at, struct pi_mutex *m)
{
	struct retry r = { 0 };
	int err;

	do {
		spin_lock(&pi_lock);
		err = write_owner_locked(at.addr, m);
		spin_unlock(&pi_lock);
	} while (futex_try_again(&r, &err, at.addr));
	spin_lock(&pi_lock);
	m->is_to_be_written = false;
	destroy_if_idle(m);
	spin_unlock(&pi_lock);
	return err;
}

/* It owns it: the last thing done to @w. */
static void give_locked(struct pi_waiter *w) REQUIRES(pi_lock)
{
	race_point(pi_given, w->thread);
	WRITE_ONCE(w->owns, true);
	waitq_wake_all(&w->queue);
}

long pi_sleep(struct pi_waiter *w, uint64_t deadline)
{
	long why = waitq_wait_until(&w->queue, READ_ONCE(w->owns), deadline);

	race_point(pi_slept, w->thread);
	return why;
}

long pi_end_wait(struct futex_address at, struct pi_waiter *w, long why)
{
	/* Who has woken us lets go of @w before he does of the lock. */
	spin_lock(&pi_lock);
	bool owns = w->owns;
	struct pi_mutex *inherited = w->inherited;

	if (!owns)
		give_up_locked(w);
	spin_unlock(&pi_lock);
	if (owns)
		return inherited != NULL ? inherit(at, inherited) : 0;
	return why;
}

static long wait(struct futex_address at, struct pi_waiter *w, uint64_t deadline)
{
	long why = pi_sleep(w, deadline);

	return pi_end_wait(at, w, why == -ERESTARTSYS ? -ERESTARTNOINTR : why);
}

/* ---- locking ---- */

/* Nobody owns it, as @value says; -EAGAIN: somebody does, or did so first. */
static int take_locked(const struct thread *t, vaddr_t addr,
		       const struct word_name *key, uint32_t value)
	REQUIRES(pi_lock)
{
	if (find(key) != NULL)
		return -EBUSY;
	return replace(addr, value, (value & FUTEX_OWNER_DIED) |
				    (uint32_t)t->tid);
}

/* What neither failed nor got it. */
#define WAITS 1
#define TAKEN 2

static int attempt_locked(struct pi_waiter *w, vaddr_t addr,
			  const struct word_name *key, uint32_t value,
			  struct thread *owner, bool tries) REQUIRES(pi_lock)
{
	uint32_t tid = value & FUTEX_TID_MASK, now;
	int err = get_user_u32_nofault(&now, addr);

	/* It may have been given to another since: then all that follows would
	 * be said of the last owner. */
	if (err == 0 && now != value)
		err = -EAGAIN;
	if (err != 0)
		return err;
	err = -EBUSY;
	if (tid == (uint32_t)w->thread->tid)
		return -EDEADLK;
	if (tid == 0)
		err = take_locked(w->thread, addr, key, value);
	if (err != -EBUSY)
		return err;
	if (tries)
		return TAKEN;
	err = begin_wait_locked(w, addr, key, value, owner);
	return err == 0 ? WAITS : err;
}

static int attempt(struct pi_waiter *w, struct futex_address at, bool tries)
{
	struct word_name key;
	struct thread *owner;
	uint32_t value;
	int err = futex_key(at, &key);

	if (err == 0)
		err = get_user_u32_nofault(&value, at.addr);
	if (err != 0)
		return err;
	/* The tree of processes stands above our lock; who he was is compared
	 * with the word again under it. */
	owner = thread_find((int)(value & FUTEX_TID_MASK));
	spin_lock(&pi_lock);
	err = attempt_locked(w, at.addr, &key, value, owner, tries);
	spin_unlock(&pi_lock);
	if (owner != NULL)
		thread_put(owner);
	return err;
}

int pi_lock_for_locked(struct pi_waiter *w, vaddr_t addr,
		       const struct word_name *key, uint32_t value,
		       struct thread *owner)
{
	int err = attempt_locked(w, addr, key, value, owner, false);

	if (err == 0)
		give_locked(w);
	return err == WAITS ? 0 : err;
}

long futex_lock_pi(struct futex_address at, bool tries, uint64_t deadline)
{
	struct pi_waiter w = { .thread = current_thread() };
	struct retry r = { 0 };
	int err;

	waitq_init(&w.queue);
	do
		err = attempt(&w, at, tries);
	while (futex_try_again(&r, &err, at.addr));
	if (err == WAITS)
		return wait(at, &w, deadline);
	return err == TAKEN ? -EAGAIN : err;
}

/* ---- unlocking ---- */

/* @m goes to the first who waits; -errno: as it was. */
static void hand_over_locked(struct pi_mutex *m, bool died) REQUIRES(pi_lock)
{
	struct pi_waiter *w = first_waiter(m);
	struct thread *next = w->thread, *last = disown(m);

	list_remove(&w->link);
	w->mutex = NULL;
	next->pi.waits = NULL;
	m->is_to_be_written = died;
	w->inherited = died ? m : NULL;
	own(m, next);
	settle(last);
	settle(next);
	destroy_if_idle(m);
	thread_put(last);
	give_locked(w);
}

static int unlock_locked(vaddr_t addr, const struct word_name *key,
			 uint32_t value) REQUIRES(pi_lock)
{
	struct pi_mutex *m = find(key);
	const struct pi_waiter *first = m == NULL ? NULL : first_waiter(m);
	uint32_t new = 0;
	int err;

	if (m != NULL && m->owner != current_thread())
		return -EINVAL;
	if (first != NULL)
		new = (uint32_t)first->thread->tid |
		      (list_first(&m->waiters) != list_last(&m->waiters) ?
			       FUTEX_WAITERS : 0);
	err = replace(addr, value, new);
	if (err == 0 && first != NULL)
		hand_over_locked(m, false);
	return err;
}

static int unlock_once(struct futex_address at)
{
	struct word_name key;
	uint32_t value;
	int err = futex_key(at, &key);

	if (err == 0)
		err = get_user_u32_nofault(&value, at.addr);
	if (err == 0 &&
	    (value & FUTEX_TID_MASK) != (uint32_t)current_thread()->tid)
		err = -EPERM;
	if (err != 0)
		return err;
	spin_lock(&pi_lock);
	err = unlock_locked(at.addr, &key, value);
	spin_unlock(&pi_lock);
	return err;
}

long futex_unlock_pi(struct futex_address at)
{
	struct retry r = { 0 };
	int err;

	do
		err = unlock_once(at);
	while (futex_try_again(&r, &err, at.addr));
	return err;
}

/* ---- from outside ---- */

void futex_pi_priority_changed(struct thread *t)
{
	spin_lock(&pi_lock);
	settle(t);
	spin_unlock(&pi_lock);
}

/* False: the running thread, which ends, owned none. */
static bool give_one_up(void)
{
	spin_lock(&pi_lock);
	struct pi_mutex *m = current_thread()->pi.held;

	if (m != NULL && first_waiter(m) != NULL) {
		hand_over_locked(m, true);
	} else if (m != NULL) {
		m->is_to_be_written = false;
		destroy_if_idle(m);
	}
	spin_unlock(&pi_lock);
	return m != NULL;
}

void futex_pi_exit(void)
{
	struct thread *self = current_thread();

	/* ORDER pi-died, owner side; the other is owner_is_gone(). */
	store_release(&self->pi.is_gone, true);
	/* ORDER pi-gone, owner side; the other is owner_is_gone(). */
	smp_mb();
	bool owns = READ_ONCE(self->pi.held) != NULL;

	race_point(pi_gone, self);
	while (owns) {
		owns = give_one_up();
		cond_resched();
	}
}

void futex_pi_init(void)
{
	spin_lock(&pi_lock);
	for (unsigned i = 0; i < NR_CHAINS; i++)
		list_init(&mutexes[i]);
	spin_unlock(&pi_lock);
	futex_requeue_pi_init();
}
