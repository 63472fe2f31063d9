/*
 * syscall/sys_usage.c - what a process used and may use.
 */
#include "syscall/syscall.h"

#include "arch/hart.h"
#include "lib/errno.h"
#include "mm/maplock.h"
#include "mm/uaccess.h"
#include "mm/usage.h"
#include "proc/sched/sched.h"
#include "proc/task/proc.h"
#include "proc/task/wait.h"
#include "proc/time/clock.h"
#include "syscall/rusage.h"
#include "syscall/uapi.h"
#include "vfs/cred.h"

#define RUSAGE_SELF 0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD 1

int put_user_rusage(vaddr_t to, const struct rusage_sums *sums)
{
	struct user_rusage usage = {
		.utime = timeval_of_ns(ticks_to_ns(sums->user_ticks)),
		.stime = timeval_of_ns(ticks_to_ns(sums->system_ticks)),
		.maxrss = (int64_t)(sums->peak * PAGE_SIZE / 1024),
		.minflt = (int64_t)sums->faults,
		.nvcsw = (int64_t)sums->voluntary,
		.nivcsw = (int64_t)sums->involuntary,
	};

	return copy_to_user(to, &usage, sizeof(usage));
}

static void children_usage(struct rusage_sums *sums)
{
	struct proc *self = current_proc();

	spin_lock(&self->lock);
	*sums = self->waited_children;
	spin_unlock(&self->lock);
}

/* Of this program, and those that the process ran before. */
static uint64_t own_peak(void)
{
	return max(wait_usage_of_dead(current_proc()).peak, mm_peak(current_mm()));
}

/* LACKS getrusage: reads and writes of disks, and the faults that they are for, are
 * 0. */
SYSCALL_2(getrusage, who, to)
{
	struct rusage_sums sums;

	switch ((int)who) {
	case RUSAGE_SELF:
		proc_rusage(current_proc(), &sums);
		sums.peak = own_peak();
		break;
	case RUSAGE_CHILDREN:
		children_usage(&sums);
		break;
	case RUSAGE_THREAD:
		thread_rusage(current_thread(), &sums);
		sums.peak = own_peak();
		break;
	default:
		return -EINVAL;
	}
	return put_user_rusage(to, &sums);
}

SYSCALL_1(times, to)
{
	struct rusage_sums own, children;

	proc_rusage(current_proc(), &own);
	children_usage(&children);

	struct user_tms tms = {
		.utime = (int64_t)ticks_to_clock(own.user_ticks),
		.stime = (int64_t)ticks_to_clock(own.system_ticks),
		.cutime = (int64_t)ticks_to_clock(children.user_ticks),
		.cstime = (int64_t)ticks_to_clock(children.system_ticks),
	};

	if (to != 0 && copy_to_user(to, &tms, sizeof(tms)) != 0)
		return -EFAULT;
	return (long)ticks_to_clock(clock_ticks());
}

/* ---- limits ---- */

/* Descriptor tables do not grow beyond this, whoever asks. */
#define NOFILE_MAX 65536UL

static bool may_limit(const struct proc *p) REQUIRES(C_proc);
static bool may_limit(const struct proc *p)
{
	const struct cred *mine = current_cred();

	return p == current_proc() || cred_can(mine, CAP_SYS_RESOURCE) ||
	       cred_is_same_user(mine, p->cred);
}

static int check_limit(const struct user_rlimit *new, unsigned resource,
		       uint64_t hard)
{
	if (new->soft > new->hard)
		return -EINVAL;
	if (new->hard > hard && !cred_can(current_cred(), CAP_SYS_RESOURCE))
		return -EPERM;
	if (resource == RLIMIT_NOFILE && new->hard > NOFILE_MAX)
		return -EPERM;
	return 0;
}

static int change_limit(struct proc *p, unsigned resource,
			const struct user_rlimit *new, struct user_rlimit *old)
{
	int err = 0;

	tree_lock_shared();
	spin_lock(&p->lock);
	uint64_t *limit = p->rlimits[resource];

	*old = (struct user_rlimit){ limit[0], limit[1] };
	if (!may_limit(p))
		err = -EPERM;
	else if (new != NULL)
		err = check_limit(new, resource, limit[1]);
	if (err == 0 && new != NULL) {
		WRITE_ONCE(limit[0], new->soft);
		WRITE_ONCE(limit[1], new->hard);
	}
	spin_unlock(&p->lock);
	tree_unlock_shared();
	return err;
}

/* The stack of the program that runs now follows the limit, too. */
static void limit_stack(struct proc *p, uint64_t soft)
{
	struct mm *mm = proc_mm_get(p);

	if (mm == NULL)
		return;
	map_lock(mm);
	mm->stack_limit = soft;
	map_unlock(mm);
	mm_put(mm);
}

static long limit_proc(struct proc *p, unsigned long resource, vaddr_t from,
		       vaddr_t to)
{
	struct user_rlimit new, old;
	int err;

	if (resource >= NR_LIMITS)
		return -EINVAL;
	if (from != 0 && copy_from_user(&new, from, sizeof(new)) != 0)
		return -EFAULT;
	err = change_limit(p, (unsigned)resource, from != 0 ? &new : NULL,
			   &old);
	if (err != 0)
		return err;
	if (from != 0 && resource == RLIMIT_STACK)
		limit_stack(p, new.soft);
	return to != 0 ? copy_to_user(to, &old, sizeof(old)) : 0;
}

SYSCALL_4(prlimit64, pid, resource, from, to)
{
	struct proc *p = pid == 0 ? NULL : proc_find((int)pid);
	long err;

	if (pid == 0)
		return limit_proc(current_proc(), resource, from, to);
	if (p == NULL)
		return -ESRCH;
	err = limit_proc(p, resource, from, to);
	proc_put(p);
	return err;
}

SYSCALL_2(getrlimit, resource, to)
{
	return to == 0 ? -EFAULT : limit_proc(current_proc(), resource, 0, to);
}

/* LACKS setrlimit, prlimit64: `RLIMIT_RTTIME` is kept and limits nothing. */
SYSCALL_2(setrlimit, resource, from)
{
	return from == 0 ? -EFAULT :
			   limit_proc(current_proc(), resource, from, 0);
}
