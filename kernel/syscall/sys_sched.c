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
#include "proc/task/rights.h"
#include "syscall/user_time.h"

#define SCHED_OTHER 0
#define SCHED_BATCH 3
#define SCHED_IDLE 5
#define SCHED_RESET_ON_FORK 0x40000000
#define SLICE_NS 4000000UL

#define PRIO_PROCESS 0
#define PRIO_PGRP 1
#define PRIO_USER 2

/* Thread @tid, 0 for the running one, with a reference. */
static struct thread *thread_by_id(int tid)
{
	struct thread *self = current_thread();

	if (tid != 0)
		return thread_find(tid);
	thread_get(self);
	return self;
}

static bool may_change(struct thread *t)
{
	const struct cred *mine = current_cred(), *its = thread_cred(t);
	bool may = cred_is_root(mine) || mine->euid == its->euid ||
		   mine->euid == its->uid;

	cred_put(its);
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

static long set_policy(int tid, int policy, vaddr_t param)
{
	uint32_t priority;
	int err;

	if (param == 0)
		return -EINVAL;
	if (get_user_u32(&priority, param) != 0)
		return -EFAULT;
	err = check_thread(tid);
	if (err != 0)
		return err;
	/* Real-time policies are not in drover: nobody has the right. */
	if (policy == 1 || policy == 2)
		return -EPERM;
	return policy == SCHED_OTHER && priority == 0 ? 0 : -EINVAL;
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
	case 1:
	case 2:
		return real_time;
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return 0;
	default:
		return -EINVAL;
	}
}

SYSCALL_1(sched_get_priority_max, policy)
{
	return priority_range(policy, 99);
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
	bool set;
	int nice;  /* to set */
	long best; /* 20 - lowest nice found, or -errno */
};

static void nice_visit(struct nice_walk *w, struct thread *t)
{
	int old = READ_ONCE(t->nice);

	if (!w->set) {
		w->best = max(w->best, 20L - old);
		return;
	}
	if (!may_change(t))
		w->best = -EPERM;
	else if (w->nice < old && !cred_is_root(current_cred()))
		w->best = -EACCES;
	else {
		sched_set_nice(t, w->nice);
		if (w->best == -ESRCH)
			w->best = 0;
	}
}

/* The first thread of @p at or after number @n, with a reference. */
static struct thread *nth_thread(struct proc *p, unsigned n)
{
	struct thread *t, *found = NULL;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	list_for_each_entry(t, &p->threads, proc_link) {
		if (n-- == 0) {
			thread_get(t);
			found = t;
			break;
		}
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return found;
}

static void nice_visit_proc(struct nice_walk *w, struct proc *p)
{
	struct thread *t;

	for (unsigned n = 0; (t = nth_thread(p, n)) != NULL; n++) {
		nice_visit(w, t);
		thread_put(t);
	}
}

static bool is_of_user(struct proc *p, unsigned uid)
{
	const struct cred *cred = proc_cred(p);
	bool is = cred->uid == uid;

	cred_put(cred);
	return is;
}

static void nice_visit_all(struct nice_walk *w, bool by_group, unsigned id)
{
	for (struct proc *p = proc_next(0), *next; p != NULL; p = next) {
		if (by_group ? (unsigned)p->pgid == id : is_of_user(p, id))
			nice_visit_proc(w, p);
		next = proc_next(p->pid);
		proc_put(p);
	}
}

static long nice_call(struct nice_walk *w, unsigned long which, unsigned id)
{
	const struct proc *self = current_proc();
	struct thread *t;

	w->best = -ESRCH;
	switch (which) {
	case PRIO_PROCESS:
		t = thread_by_id((int)id);
		if (t != NULL) {
			nice_visit(w, t);
			thread_put(t);
		}
		return w->best;
	case PRIO_PGRP:
		nice_visit_all(w, true, id == 0 ? (unsigned)self->pgid : id);
		return w->best;
	case PRIO_USER:
		nice_visit_all(w, false, id == 0 ? current_cred()->uid : id);
		return w->best;
	default:
		return -EINVAL;
	}
}

SYSCALL_3(setpriority, which, id, nice)
{
	struct nice_walk w = { .set = true,
			       .nice = max(-20, min((int)nice, 19)) };

	return nice_call(&w, which, (unsigned)id);
}

SYSCALL_2(getpriority, which, id)
{
	struct nice_walk w = { .set = false };

	return nice_call(&w, which, (unsigned)id);
}
