/*
 * syscall/sys_sched.c - who runs where, and how much; by which policy is in
 * sys_sched_policy.c.
 */
#include "syscall/syscall.h"

#include "arch/hart.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/sched/sched.h"
#include "proc/task/proc.h"
#include "syscall/crowd.h"
#include "vfs/cred.h"

struct thread *thread_by_id(int tid)
{
	struct thread *self = current_thread();

	if (tid != 0)
		return thread_find(tid);
	thread_get(self);
	return self;
}

static bool may_change(const struct thread *t)
{
	tree_lock();
	bool may = may_change_thread_locked(t);

	tree_unlock();
	return may;
}

SYSCALL_0(sched_yield)
{
	sched_yield_current();
	return 0;
}

/* ---- affinity ---- */

SYSCALL_3(sched_setaffinity, tid, size, from)
{
	struct hartmask harts = HARTMASK_NONE;
	struct thread *t;
	long err;

	if (copy_from_user(&harts.bits, from, min(size, sizeof(harts.bits))))
		return -EFAULT;
	t = thread_by_id((int)tid);
	if (t == NULL)
		return -ESRCH;
	err = may_change(t) ? sched_set_affinity(t, harts) : -EPERM;
	thread_put(t);
	return err;
}

SYSCALL_3(sched_getaffinity, tid, size, to)
{
	struct hartmask harts;
	struct thread *t;

	if (size < sizeof(harts.bits) || !is_aligned(size, sizeof(harts.bits)))
		return -EINVAL;
	t = thread_by_id((int)tid);
	if (t == NULL)
		return -ESRCH;
	harts = hartmask_and(hartmask_read(&t->affinity), sched_online_harts());
	thread_put(t);
	if (put_user_u64(to, harts.bits) != 0)
		return -EFAULT;
	return sizeof(harts.bits);
}

SYSCALL_3(getcpu, cpu, node, unused UNUSED)
{
	if (cpu != 0 && put_user_u32(cpu, hart_id()) != 0)
		return -EFAULT;
	if (node != 0 && put_user_u32(node, 0) != 0)
		return -EFAULT;
	return 0;
}

/* ---- nice ---- */

/* What one call does to each thread it concerns. */
struct nice_walk {
	struct crowd crowd;
	int nice;  /* to set */
	long best; /* 20 - lowest nice found, or -errno */
};

static void find_nice(struct crowd *c, struct thread *t)
{
	struct nice_walk *w = container_of(c, struct nice_walk, crowd);

	w->best = max(w->best, 20L - READ_ONCE(t->nice));
}

static long set_nice(struct thread *t, int nice) REQUIRES(TREE_ALONE)
{
	if (!may_change_thread_locked(t))
		return -EPERM;
	if (nice < READ_ONCE(t->nice) && !may_be_nice(t, nice))
		return -EACCES;
	sched_set_nice(t, nice);
	return 0;
}

static void set_each_nice(struct crowd *c, struct thread *t)
	REQUIRES(TREE_ALONE)
{
	struct nice_walk *w = container_of(c, struct nice_walk, crowd);
	long err = set_nice(t, w->nice);

	if (err != 0 || w->best == -ESRCH)
		w->best = err;
}

static long nice_call(struct nice_walk *w, unsigned long which, unsigned id)
{
	if (which >= NR_CROWDS)
		return -EINVAL;
	w->best = -ESRCH;
	crowd_walk(which, id, &w->crowd);
	return w->best;
}

SYSCALL_3(setpriority, which, id, nice)
{
	struct nice_walk w = { .crowd.visit = set_each_nice,
			       .nice = max(-20, min((int)nice, 19)) };

	return nice_call(&w, which, (unsigned)id);
}

SYSCALL_2(getpriority, which, id)
{
	struct nice_walk w = { .crowd.visit = find_nice };

	return nice_call(&w, which, (unsigned)id);
}
