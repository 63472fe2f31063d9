/*
 * syscall/sys_sched.c - who runs where, and how much.
 *
 * There is one policy, SCHED_OTHER: threads share a hart by weight.
 */
#include "syscall/syscall.h"

#include "arch/hart.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/sched/sched.h"
#include "proc/task/proc.h"
#include "syscall/crowd.h"
#include "syscall/user_time.h"
#include "vfs/cred.h"

#define SCHED_OTHER 0
#define SCHED_FIFO 1
#define SCHED_RR 2
#define MAX_RT_PRIORITY 99
#define SCHED_BATCH 3
#define SCHED_IDLE 5
#define SCHED_DEADLINE 6
#define SCHED_RESET_ON_FORK 0x40000000
#define SLICE_NS 4000000UL

/* Thread @tid, 0 for the running one, with a reference. */
static struct thread *thread_by_id(int tid)
{
	struct thread *self = current_thread();

	if (tid != 0)
		return thread_find(tid);
	thread_get(self);
	return self;
}

static bool may_change(const struct thread *t)
{
	spin_lock(&proc_tree_lock);
	bool may = may_change_thread_locked(t);

	spin_unlock(&proc_tree_lock);
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

/* ---- policies ---- */

/* 0, or -ESRCH. */
static int check_thread(int tid)
{
	struct thread *t = tid < 0 ? NULL : thread_by_id(tid);

	if (t == NULL)
		return tid < 0 ? -EINVAL : -ESRCH;
	thread_put(t);
	return 0;
}

/* Real-time policies are known, but not in drover: nobody has the right. */
static long check_policy(int policy, uint32_t priority)
{
	bool real_time = policy == SCHED_FIFO || policy == SCHED_RR;

	if (real_time)
		return priority >= 1 && priority <= MAX_RT_PRIORITY ? -EPERM :
								      -EINVAL;
	return policy == SCHED_OTHER && priority == 0 ? 0 : -EINVAL;
}

/* What is asked is looked at before who asks. */
static long set_policy(int tid, int policy, vaddr_t param)
{
	uint32_t priority;
	struct thread *t;
	long err;

	if (param == 0 || tid < 0)
		return -EINVAL;
	if (get_user_u32(&priority, param) != 0)
		return -EFAULT;
	t = thread_by_id(tid);
	if (t == NULL)
		return -ESRCH;
	err = check_policy(policy, priority);
	if (err == 0 && !may_change(t))
		err = -EPERM;
	thread_put(t);
	return err;
}

SYSCALL_2(sched_setparam, tid, param)
{
	return set_policy((int)tid, SCHED_OTHER, param);
}

SYSCALL_3(sched_setscheduler, tid, policy, param)
{
	return set_policy((int)tid, (int)policy & ~SCHED_RESET_ON_FORK, param);
}

SYSCALL_1(sched_getscheduler, tid)
{
	int err = check_thread((int)tid);

	return err != 0 ? err : SCHED_OTHER;
}

SYSCALL_2(sched_getparam, tid, param)
{
	int err = param == 0 ? -EINVAL : check_thread((int)tid);

	return err != 0 ? err : put_user_u32(param, 0);
}

static long priority_range(unsigned long policy, long real_time)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return real_time;
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
	case SCHED_DEADLINE:
		return 0;
	default:
		return -EINVAL;
	}
}

SYSCALL_1(sched_get_priority_max, policy)
{
	return priority_range(policy, MAX_RT_PRIORITY);
}

SYSCALL_1(sched_get_priority_min, policy)
{
	return priority_range(policy, 1);
}

SYSCALL_2(sched_rr_get_interval, tid, to)
{
	int err = check_thread((int)tid);

	return err != 0 ? err : put_user_timespec(to, SLICE_NS);
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

static long set_nice(struct thread *t, int nice) REQUIRES(proc_tree_lock)
{
	if (!may_change_thread_locked(t))
		return -EPERM;
	if (nice < READ_ONCE(t->nice) && !cred_is_root(current_cred()))
		return -EACCES;
	sched_set_nice(t, nice);
	return 0;
}

static void set_each_nice(struct crowd *c, struct thread *t)
	REQUIRES(proc_tree_lock)
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
