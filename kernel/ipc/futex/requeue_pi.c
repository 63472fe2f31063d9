/*
 * ipc/futex/requeue_pi.c - waiting for a word, and then for a mutex that lends
 * priority: FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI.
 *
 * It is what a condition variable needs whose mutex is of that kind.  Who waits
 * names both words; who signals moves him from the one to the other, in his
 * sleep, and he wakes as the owner of the mutex.  The lock is taken for him:
 * were he woken to take it himself, nobody would lend the owner his priority
 * meanwhile.
 *
 * Those who wait this way have queues of their own, under pi_lock: whoever
 * joins, is moved, gives up or gets the mutex does so alone.
 *
 * Who comes between whom:
 *
 *	the word changes, who waits joins	the word is read under the lock, and
 *						who changes it moves after: he finds
 *						the waiter, or it the change
 *	his time is up, he is moved		the first of the two under the lock:
 *						he has gone, or waits for the mutex
 *	he waits for that, his time is up,	the same: it is his (0), or he has
 *	it is given to him			gone and another gets it
 *	it is taken for him, he is killed	he returns first, owns it and dies
 *						with it, as any owner
 *	an owner gives up in user memory	the word is not what was read: again
 *	an owner ends				his mutex goes to the next first: again
 */
#include "ipc/futex/pi_internal.h"

#include "lib/errno.h"
#include "proc/task/proc.h"

/* On the stack of who waits. */
struct move_waiter {
	struct list link;        /* (pi_lock) in waiting[], until it is moved */
	struct word_name from, to; /* (c) once it is in the list */
	bool is_moved;           /* (pi_lock) */
	struct pi_waiter pi;     /* as which it sleeps, first and last */
};

#define NR_QUEUES 64U
static struct list waiting[NR_QUEUES] GUARDED_BY(pi_lock);

static struct list *queue_of(const struct word_name *key) REQUIRES(pi_lock)
{
	return &waiting[(key->offset >> 2 ^ key->object) % NR_QUEUES];
}

/* The names of two words, which are not one. */
static int names_of(struct futex_address from, struct futex_address to,
		    struct word_name *key, struct word_name *key2)
{
	int err = futex_keys(from, to, key, key2);

	return err == 0 && key_same(key, key2) ? -EINVAL : err;
}

/* 0; -EAGAIN: the word is not @expected; -EFAULT: it is not there now. */
static int compare(vaddr_t addr, uint32_t expected)
{
	uint32_t value;
	int err = get_user_u32_nofault(&value, addr);

	return err == 0 && value != expected ? -EAGAIN : err;
}

/* ---- waiting ---- */

/* The highest first, behind those who are as high. */
static void insert_locked(struct move_waiter *w) REQUIRES(pi_lock)
{
	struct list *queue = queue_of(&w->from);
	struct move_waiter *other;

	w->pi.priority = READ_ONCE(w->pi.thread->rt_priority);
	list_for_each_entry(other, queue, link)
		if (other->pi.priority < w->pi.priority)
			break;
	list_insert_before(&other->link, &w->link);
}

static int join(struct move_waiter *w, vaddr_t addr, uint32_t expected)
{
	spin_lock(&pi_lock);
	int err = compare(addr, expected);

	if (err == 0)
		insert_locked(w);
	spin_unlock(&pi_lock);
	return err;
}

/* False: it has been moved, and so waits for the mutex, or owns it. */
static bool leave(struct move_waiter *w)
{
	spin_lock(&pi_lock);
	bool is_here = !w->is_moved;

	if (is_here)
		list_remove(&w->link);
	spin_unlock(&pi_lock);
	return is_here;
}

static long sleep_until_owner(struct move_waiter *w, struct futex_address to,
			      uint64_t deadline)
{
	long why = pi_sleep(&w->pi, deadline);

	if (leave(w))
		return why == -ERESTARTSYS ? -ERESTARTNOINTR : why;
	/* The word that it slept for has changed: there is no beginning anew. */
	return pi_end_wait(to, &w->pi, why == -ERESTARTSYS ? -EAGAIN : why);
}

long futex_wait_requeue_pi(struct futex_address from, uint32_t expected,
			   struct futex_address to, uint64_t deadline)
{
	struct move_waiter w = { .pi.thread = current_thread() };
	struct retry r = { 0 };
	int err;

	waitq_init(&w.pi.queue);
	do {
		err = names_of(from, to, &w.from, &w.to);
		if (err != 0)
			return err;
		err = join(&w, from.addr, expected);
	} while (err == -EFAULT && (err = futex_fault_in(&r, from.addr, false)) == 0);
	return err != 0 ? err : sleep_until_owner(&w, to, deadline);
}

/* ---- moving ---- */

struct move {
	struct futex_address from, to;
	struct word_name key, key2;
	uint32_t expected;
	long max, done;
};

/* Of the word: there is nothing to be done. */
#define NOT_AS_EXPECTED 1

/* To the mutex, whose word is @value and names @owner. */
static int move_locked(const struct move *m, struct move_waiter *w,
		       uint32_t value, struct thread *owner) REQUIRES(pi_lock)
{
	int err = !key_same(&w->to, &m->key2) ? -EINVAL :
		  pi_lock_for_locked(&w->pi, m->to.addr, &m->key2, value, owner);

	if (err != 0)
		return err;
	list_remove(&w->link);
	w->is_moved = true;
	return 0;
}

/* The first of them may be the owner whom the others wait for. */
static int move_all_locked(struct move *m, uint32_t value, struct thread *owner)
	REQUIRES(pi_lock)
{
	struct move_waiter *w, *next;
	int err = 0;

	list_for_each_entry_safe(w, next, queue_of(&m->key), link) {
		if (m->done == m->max)
			break;
		if (!key_same(&w->from, &m->key))
			continue;
		err = move_locked(m, w, value, owner);
		if (err != 0)
			break;
		m->done++;
		if (w->pi.owns)
			owner = w->pi.thread;
		err = get_user_u32_nofault(&value, m->to.addr);
		if (err != 0)
			break;
	}
	return err;
}

/* Some may have been moved at another attempt: then it was as expected. */
static int compare_and_move_locked(struct move *m, uint32_t value,
				   struct thread *owner) REQUIRES(pi_lock)
{
	int err = m->done != 0 ? 0 : compare(m->from.addr, m->expected);

	if (err == -EAGAIN)
		return NOT_AS_EXPECTED;
	return err != 0 ? err : move_all_locked(m, value, owner);
}

/* 0, NOT_AS_EXPECTED; -EAGAIN: the mutex has changed hands; -EFAULT: a word is
 * not there now. */
static int move_once(struct move *m)
{
	struct thread *owner;
	uint32_t value;
	int err = get_user_u32_nofault(&value, m->to.addr);

	if (err != 0)
		return err;
	owner = thread_find((int)(value & FUTEX_TID_MASK));
	spin_lock(&pi_lock);
	err = compare_and_move_locked(m, value, owner);
	spin_unlock(&pi_lock);
	if (owner != NULL)
		thread_put(owner);
	return err;
}

/* Some wait as by FUTEX_WAIT, and nobody may move them. */
static bool has_others(const struct move *m)
{
	return m->done == 0 && futex_has_waiters(&m->key);
}

long futex_requeue_pi(struct futex_address from, struct futex_address to,
		      int max_wake, int max_move, uint32_t expected)
{
	struct move m = { .from = from, .to = to, .expected = expected,
			  .max = 1 + (long)max_move };
	struct retry r = { 0 };
	int err;

	if (max_wake != 1 || max_move < 0)
		return -EINVAL;
	do {
		err = names_of(from, to, &m.key, &m.key2);
		if (err != 0)
			return err;
		err = move_once(&m);
		/* It may be either word that is not there. */
		if (err == -EFAULT && fault_in_user(from.addr, false) != 0)
			return -EFAULT;
	} while (futex_try_again(&r, &err, to.addr));
	if (err == NOT_AS_EXPECTED)
		return -EAGAIN;
	if (err == 0 && has_others(&m))
		return -EINVAL;
	return err != 0 ? err : m.done;
}

void futex_requeue_pi_init(void)
{
	spin_lock(&pi_lock);
	for (unsigned i = 0; i < NR_QUEUES; i++)
		list_init(&waiting[i]);
	spin_unlock(&pi_lock);
}
