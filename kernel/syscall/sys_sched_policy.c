/*
 * syscall/sys_sched_policy.c - who shares harts with others, and who runs
 * before them: policies and real-time priorities.
 *
 * Source: sched(7), sched_setattr(2); Linux kernel/sched/syscalls.c.
 */
#include "syscall/syscall.h"

#include "ipc/futex/pi.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/growing.h"
#include "mm/uaccess.h"
#include "proc/sched/rt.h"
#include "proc/sched/sched.h"
#include "proc/task/proc.h"
#include "syscall/crowd.h"
#include "syscall/user_time.h"
#include "vfs/cred.h"

#define SCHED_DEADLINE 6
#define SCHED_RESET_ON_FORK 0x40000000
#define SHARING_SLICE_NS 4000000UL

#define FLAG_RESET_ON_FORK 1UL
#define FLAG_KEEP_POLICY 8UL
#define FLAG_KEEP_PARAMS 0x10UL
#define FLAG_UTIL_CLAMP 0x60UL
#define ALL_FLAGS 0x7fUL

/* Linux's struct sched_attr, and its first version. */
struct sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

#define SCHED_ATTR_SIZE_0 48UL
_Static_assert(sizeof(struct sched_attr) == 56, "Linux's sched_attr");

/* What a thread is to have. */
struct wanted {
	unsigned policy;
	unsigned priority;
	int nice;
	bool keeps_policy, keeps_params;
	bool resets_on_fork;
};

/* ---- may he? ---- */

bool may_be_nice(const struct thread *t, int nice)
{
	uint64_t limit = READ_ONCE(t->proc->rlimits[RLIMIT_NICE][0]);

	return cred_can(current_cred(), CAP_SYS_NICE) || (uint64_t)(20 - nice) <= limit;
}

/* Real-time, and no more than its limit lets it become. */
static bool may_be_rt(const struct thread *t, const struct wanted *w)
	REQUIRES(TREE_ALONE)
{
	uint64_t limit = READ_ONCE(t->proc->rlimits[RLIMIT_RTPRIO][0]);

	if (w->policy != t->policy && limit == 0)
		return false;
	return w->priority <= t->rt_priority || w->priority <= limit;
}

static bool may_have(const struct thread *t, const struct wanted *w)
	REQUIRES(TREE_ALONE)
{
	if (cred_can(current_cred(), CAP_SYS_NICE))
		return true;
	if (!may_change_thread_locked(t) ||
	    (t->resets_on_fork && !w->resets_on_fork))
		return false;
	if (policy_is_rt(w->policy))
		return may_be_rt(t, w);
	if (w->nice < t->nice && !may_be_nice(t, w->nice))
		return false;
	return t->policy != SCHED_IDLE || w->policy == SCHED_IDLE ||
	       may_be_nice(t, t->nice);
}

/* ---- does it exist? ---- */

static int check(const struct wanted *w)
{
	switch (w->policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return w->priority >= 1 && w->priority <= MAX_RT_PRIORITY ?
			       0 : -EINVAL;
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return w->priority == 0 ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* ---- changing ---- */

static void give(struct thread *t, const struct wanted *w)
	REQUIRES(TREE_ALONE)
{
	WRITE_ONCE(t->resets_on_fork, w->resets_on_fork);
	if (!policy_is_rt(w->policy))
		sched_set_nice(t, w->nice);
	sched_set_policy(t, w->policy, w->priority);
}

static int change_locked(struct thread *t, struct wanted *w)
	REQUIRES(TREE_ALONE)
{
	int err;

	if (w->keeps_policy)
		w->policy = t->policy;
	if (w->keeps_params) {
		w->priority = t->rt_priority;
		w->nice = t->nice;
	}
	err = check(w);
	if (err == 0 && !may_have(t, w))
		err = -EPERM;
	if (err == 0)
		give(t, w);
	return err;
}

static long change(int tid, struct wanted *w)
{
	struct thread *t = thread_by_id(tid);
	int err = -ESRCH;

	if (t == NULL)
		return -ESRCH;
	tree_lock();
	if (t->proc != NULL)
		err = change_locked(t, w);
	tree_unlock();
	if (err == 0)
		futex_pi_priority_changed(t);
	thread_put(t);
	return err;
}

/* The old calls know no nice value: it stays. */
static long set_policy(int tid, struct wanted *w, vaddr_t param)
{
	struct thread *t;
	uint32_t priority;

	if (param == 0 || tid < 0)
		return -EINVAL;
	if (get_user_u32(&priority, param) != 0)
		return -EFAULT;
	t = thread_by_id(tid);
	if (t == NULL)
		return -ESRCH;
	w->priority = priority;
	w->nice = READ_ONCE(t->nice);
	if (w->keeps_policy)
		w->resets_on_fork = READ_ONCE(t->resets_on_fork);
	thread_put(t);
	return change(tid, w);
}

SYSCALL_2(sched_setparam, tid, param)
{
	struct wanted w = { .keeps_policy = true };

	return set_policy((int)tid, &w, param);
}

SYSCALL_3(sched_setscheduler, tid, policy, param)
{
	struct wanted w = {
		.policy = (unsigned)policy & ~SCHED_RESET_ON_FORK,
		.resets_on_fork = policy & SCHED_RESET_ON_FORK,
	};

	return (int)policy < 0 ? -EINVAL : set_policy((int)tid, &w, param);
}

/* ---- with attributes ---- */

static int get_attr(struct sched_attr *attr, vaddr_t from)
{
	uint32_t size;
	int err;

	if (get_user_u32(&size, from) != 0)
		return -EFAULT;
	if (size == 0)
		size = SCHED_ATTR_SIZE_0;
	err = size < SCHED_ATTR_SIZE_0 || size > PAGE_SIZE ? -E2BIG :
	      growing_from_user(attr, sizeof(*attr), from, size);
	if (err == -E2BIG && put_user_u32(from, sizeof(*attr)) != 0)
		return -EFAULT;
	if (err == 0 && (attr->flags & FLAG_UTIL_CLAMP) && size < sizeof(*attr))
		err = -EINVAL;
	return err;
}

/*
 * LACKS sched_setattr, sched_setscheduler: `SCHED_DEADLINE` is `EINVAL`,
 * `SCHED_BATCH` is as `SCHED_OTHER`.
 */
SYSCALL_3(sched_setattr, tid, from, flags)
{
	struct sched_attr attr;
	struct wanted w;
	int err;

	if (from == 0 || (int)tid < 0 || flags != 0)
		return -EINVAL;
	err = get_attr(&attr, from);
	if (err != 0)
		return err;
	if ((int)attr.policy < 0 || (attr.flags & ~ALL_FLAGS))
		return -EINVAL;
	if (attr.flags & FLAG_UTIL_CLAMP)
		return -EOPNOTSUPP;
	w = (struct wanted){
		.policy = attr.policy,
		.priority = attr.priority,
		.keeps_policy = attr.flags & FLAG_KEEP_POLICY,
		.keeps_params = attr.flags & FLAG_KEEP_PARAMS,
		.resets_on_fork = attr.flags & FLAG_RESET_ON_FORK,
	};
	w.nice = max(-20, min((int)attr.nice, 19));
	return change((int)tid, &w);
}

/* ---- asking ---- */

/* Of a process that has ended, until it is waited for. */
static int ask_zombie(int pid, struct sched_rank *rank)
{
	struct proc *p = proc_find(pid);
	int err = -ESRCH;

	if (p == NULL)
		return -ESRCH;
	tree_lock();
	if (p->pid == pid && p->state == PROC_ZOMBIE) {
		*rank = p->rank;
		err = 0;
	}
	tree_unlock();
	proc_put(p);
	return err;
}

/* 0, -EINVAL or -ESRCH. */
static int ask(int tid, struct sched_rank *rank)
{
	struct thread *t = tid < 0 ? NULL : thread_by_id(tid);

	if (t == NULL)
		return tid < 0 ? -EINVAL : ask_zombie(tid, rank);
	tree_lock();
	*rank = thread_rank(t);
	tree_unlock();
	thread_put(t);
	return 0;
}

SYSCALL_4(sched_getattr, tid, to, size, flags)
{
	struct sched_rank rank;
	int err;

	if (to == 0 || size > PAGE_SIZE || size < SCHED_ATTR_SIZE_0 || flags != 0)
		return -EINVAL;
	err = ask((int)tid, &rank);
	if (err != 0)
		return err;

	struct sched_attr attr = {
		.policy = rank.policy,
		.flags = rank.resets_on_fork ? FLAG_RESET_ON_FORK : 0,
		.priority = rank.priority,
		.nice = policy_is_rt(rank.policy) ? 0 : rank.nice,
	};

	attr.size = (uint32_t)min(size, sizeof(attr));
	return copy_to_user(to, &attr, attr.size);
}

SYSCALL_1(sched_getscheduler, tid)
{
	struct sched_rank rank;
	int err = ask((int)tid, &rank);

	if (err != 0)
		return err;
	return rank.policy | (rank.resets_on_fork ? SCHED_RESET_ON_FORK : 0);
}

SYSCALL_2(sched_getparam, tid, param)
{
	struct sched_rank rank;
	int err = param == 0 ? -EINVAL : ask((int)tid, &rank);

	return err != 0 ? err : put_user_u32(param, rank.priority);
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

static uint64_t slice_ns(unsigned policy)
{
	if (policy == SCHED_FIFO) /* runs until he sleeps */
		return 0;
	return policy == SCHED_RR ? READ_ONCE(sched_rr_slice_ms) * 1000000UL :
				    SHARING_SLICE_NS;
}

SYSCALL_2(sched_rr_get_interval, tid, to)
{
	struct sched_rank rank;
	int err = ask((int)tid, &rank);

	if (err != 0)
		return err;
	return put_user_timespec(to, slice_ns(rank.policy));
}
