/*
 * syscall/sys_prctl.c - what a program asks about itself, and says: prctl().
 * What is about capabilities is in sys_caps.c.
 */
#include "syscall/caps.h"
#include "syscall/syscall.h"

#include "debug/trace.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/sched/rt.h"
#include "proc/signal/signal.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"
#include "vfs/cred.h"

/* ---- names ---- */

static long set_thread_name(vaddr_t from)
{
	char name[THREAD_NAME_MAX];
	long length = strncpy_from_user(name, from, sizeof(name));

	if (length == -EFAULT)
		return -EFAULT;
	name[sizeof(name) - 1] = '\0'; /* longer ones are cut */
	thread_set_name(current_thread(), name);
	trace_name();
	return 0;
}

static long get_thread_name(vaddr_t to)
{
	char name[THREAD_NAME_MAX] = { 0 };

	strlcpy(name, current_thread()->name, sizeof(name));
	return copy_to_user(to, name, sizeof(name));
}

/* ---- family ---- */

static long set_death_signal(unsigned long sig)
{
	if (sig > NSIG)
		return -EINVAL;
	struct proc *self = current_proc();

	tree_lock_shared();
	spin_lock(&self->lock);
	self->death_signal = (int)sig;
	spin_unlock(&self->lock);
	tree_unlock_shared();
	return 0;
}

static long set_subreaper(bool on)
{
	struct proc *self = current_proc();

	tree_lock_shared();
	spin_lock(&self->lock);
	self->is_subreaper = on;
	spin_unlock(&self->lock);
	tree_unlock_shared();
	return 0;
}

static long tell_family(bool subreaper, vaddr_t to)
{
	struct proc *self = current_proc();
	uint32_t value;

	spin_lock(&self->lock);
	value = subreaper ? self->is_subreaper : (uint32_t)self->death_signal;
	spin_unlock(&self->lock);
	return put_user_u32(to, value);
}

/* ---- time ---- */

#define DEFAULT_TIMER_SLACK_NS 50000UL

/* How long a wait may be too long: kept, told, and passed on; no wait is.  0: as
 * it was when the thread was made.  Who is real-time has none, and is given none. */
static long set_timer_slack(uint64_t ns)
{
	struct thread *self = current_thread();

	if (!policy_is_rt(READ_ONCE(self->policy)))
		self->timer_slack = ns != 0 ? ns : self->default_timer_slack;
	return 0;
}

static long get_timer_slack(void)
{
	const struct thread *self = current_thread();
	uint64_t ns = self->timer_slack;

	if (policy_is_rt(READ_ONCE(self->policy)))
		return 0;
	return ns == 0 ? DEFAULT_TIMER_SLACK_NS : min(ns, (uint64_t)INT64_MAX);
}

/* ---- rights ---- */

static long set_no_new_privs(unsigned long on, bool others)
{
	struct cred *new;

	if (on != 1 || others)
		return -EINVAL;
	new = cred_copy(current_cred());
	if (new == NULL)
		return -ENOMEM;
	new->no_new_privs = true;
	replace_current_cred(new);
	return 0;
}

static long set_dumpable(unsigned long on)
{
	if (on > 1)
		return -EINVAL;
	WRITE_ONCE(current_mm()->dumpable, on);
	return 0;
}

/* ---- the call ---- */

#define PR_SET_PDEATHSIG 1
#define PR_GET_PDEATHSIG 2
#define PR_GET_DUMPABLE 3
#define PR_SET_DUMPABLE 4
#define PR_GET_KEEPCAPS 7
#define PR_SET_KEEPCAPS 8
#define PR_SET_NAME 15
#define PR_GET_NAME 16
#define PR_GET_SECCOMP 21
#define PR_CAPBSET_READ 23
#define PR_CAPBSET_DROP 24
#define PR_GET_SECUREBITS 27
#define PR_SET_SECUREBITS 28
#define PR_SET_TIMERSLACK 29
#define PR_GET_TIMERSLACK 30
#define PR_SET_CHILD_SUBREAPER 36
#define PR_GET_CHILD_SUBREAPER 37
#define PR_SET_NO_NEW_PRIVS 38
#define PR_GET_NO_NEW_PRIVS 39
#define PR_GET_TID_ADDRESS 40
#define PR_GET_THP_DISABLE 42
#define PR_CAP_AMBIENT 47

/*
 * LACKS prctl: known are names, `PDEATHSIG`, `DUMPABLE`, subreapers,
 * `NO_NEW_PRIVS`, `TID_ADDRESS`, `TIMERSLACK` (which is kept, and makes no
 * wait longer), and what is about capabilities; all else is `EINVAL`:
 * `PR_SET_SECCOMP`, `PR_SET_PTRACER`, `PR_SET_MM`, `PR_SET_VMA`,
 * `PR_SET_THP_DISABLE`, `PR_SET_MDWE`, `PR_SCHED_CORE`,
 * `PR_RISCV_V_SET_CONTROL`.
 */
SYSCALL_5(prctl, option, arg, b, c, d)
{
	switch (option) {
	case PR_SET_PDEATHSIG:
		return set_death_signal(arg);
	case PR_GET_PDEATHSIG:
		return tell_family(false, arg);
	case PR_GET_DUMPABLE:
		return READ_ONCE(current_mm()->dumpable);
	case PR_SET_DUMPABLE:
		return set_dumpable(arg);
	case PR_GET_KEEPCAPS:
		return (current_cred()->securebits & SECBIT_KEEP_CAPS) != 0;
	case PR_SET_KEEPCAPS:
		return caps_set_keep(arg);
	case PR_SET_NAME:
		return set_thread_name(arg);
	case PR_GET_NAME:
		return get_thread_name(arg);
	case PR_GET_SECCOMP:
		return 0;
	case PR_GET_SECUREBITS:
		return current_cred()->securebits;
	case PR_SET_SECUREBITS:
		return caps_set_securebits(arg);
	case PR_SET_TIMERSLACK:
		return set_timer_slack(arg);
	case PR_GET_TIMERSLACK:
		return get_timer_slack();
	case PR_CAPBSET_READ:
		return caps_bounding_read(arg);
	case PR_CAPBSET_DROP:
		return caps_bounding_drop(arg);
	case PR_SET_CHILD_SUBREAPER:
		return set_subreaper(arg != 0);
	case PR_GET_CHILD_SUBREAPER:
		return tell_family(true, arg);
	case PR_SET_NO_NEW_PRIVS:
		return set_no_new_privs(arg, b || c || d);
	case PR_GET_NO_NEW_PRIVS:
		return arg || b || c || d ? -EINVAL : current_cred()->no_new_privs;
	case PR_GET_TID_ADDRESS:
		return put_user_u64(arg, current_thread()->clear_child_tid);
	case PR_GET_THP_DISABLE:
		return arg || b || c || d ? -EINVAL : 0;
	case PR_CAP_AMBIENT:
		return caps_ambient(arg, b, c | d);
	default:
		return -EINVAL;
	}
}
