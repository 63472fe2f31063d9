/*
 * syscall/sys_prctl.c - what a program asks about itself, and its
 * capabilities: prctl(), capget(), capset().
 *
 * Capabilities are told as they are, root's or nobody's (vfs/cred.h); what
 * would be anything between is refused.
 */
#include "syscall/syscall.h"

#include "debug/trace.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "proc/task/pid.h"
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

/* ---- rights ---- */

static long change_rights(bool no_new_privs, bool keep_caps)
{
	struct cred *new = cred_copy(current_cred());

	if (new == NULL)
		return -ENOMEM;
	new->no_new_privs = no_new_privs;
	new->keep_caps = keep_caps;
	replace_current_cred(new);
	return 0;
}

static long set_no_new_privs(unsigned long on, bool others)
{
	return on != 1 || others ?
		       -EINVAL : change_rights(true, current_cred()->keep_caps);
}

static long set_keep_caps(unsigned long on)
{
	return on > 1 ? -EINVAL : change_rights(current_cred()->no_new_privs, on);
}

/* Nobody can lose one of them alone. */
static long drop_bound(unsigned long cap)
{
	return cap > CAP_LAST ? -EINVAL : -EPERM;
}

#define PR_CAP_AMBIENT_IS_SET 1
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_LOWER 3
#define PR_CAP_AMBIENT_CLEAR_ALL 4

/* There are none. */
static long ambient(unsigned long what, unsigned long cap)
{
	switch (what) {
	case PR_CAP_AMBIENT_CLEAR_ALL:
		return cap == 0 ? 0 : -EINVAL;
	case PR_CAP_AMBIENT_IS_SET:
	case PR_CAP_AMBIENT_LOWER:
		return cap > CAP_LAST ? -EINVAL : 0;
	case PR_CAP_AMBIENT_RAISE:
		return cap > CAP_LAST ? -EINVAL : -EPERM;
	}
	return -EINVAL;
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
#define PR_SET_CHILD_SUBREAPER 36
#define PR_GET_CHILD_SUBREAPER 37
#define PR_SET_NO_NEW_PRIVS 38
#define PR_GET_NO_NEW_PRIVS 39
#define PR_GET_TID_ADDRESS 40
#define PR_GET_THP_DISABLE 42
#define PR_CAP_AMBIENT 47

/*
 * LACKS prctl: known are names, `PDEATHSIG`, `DUMPABLE`, `KEEPCAPS` (which
 * keeps nothing), subreapers, `NO_NEW_PRIVS`, `TID_ADDRESS`, and questions
 * about capabilities; all else is `EINVAL`: `PR_SET_SECCOMP`,
 * `PR_SET_PTRACER`, `PR_SET_MM`, `PR_SET_VMA`, `PR_SET_TIMERSLACK`,
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
		return current_cred()->keep_caps;
	case PR_SET_KEEPCAPS:
		return set_keep_caps(arg);
	case PR_SET_NAME:
		return set_thread_name(arg);
	case PR_GET_NAME:
		return get_thread_name(arg);
	case PR_GET_SECCOMP:
	case PR_GET_SECUREBITS:
		return 0;
	case PR_CAPBSET_READ:
		return arg > CAP_LAST ? -EINVAL : 1;
	case PR_CAPBSET_DROP:
		return drop_bound(arg);
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
		return c || d ? -EINVAL : ambient(arg, b);
	default:
		return -EINVAL;
	}
}

/* ---- capabilities ---- */

#define CAP_VERSION_1 0x19980330U
#define CAP_VERSION_2 0x20071026U
#define CAP_VERSION_3 0x20080522U

struct user_cap_header {
	uint32_t version;
	int32_t pid;
};

/* The low halves of three sets, then the high ones. */
struct user_cap_half {
	uint32_t effective, permitted, inheritable;
};

/* How many halves @header's version has; 0: it is none, and the caller is told
 * which there is. */
static int get_header(struct user_cap_header *header, vaddr_t from,
		      unsigned *halves)
{
	if (copy_from_user(header, from, sizeof(*header)) != 0)
		return -EFAULT;
	*halves = 2;
	switch (header->version) {
	case CAP_VERSION_1:
		*halves = 1;
		return 0;
	case CAP_VERSION_2:
	case CAP_VERSION_3:
		return 0;
	}
	*halves = 0;
	return put_user_u32(from, CAP_VERSION_3);
}

/* Of the thread @pid, 0 for the running one; NULL: there is none. */
static const struct cred *cred_of(int pid)
{
	const struct cred *cred = NULL;
	struct thread *t;

	if (pid == 0)
		return cred_get(current_cred());
	t = thread_find(pid);
	if (t == NULL)
		return NULL;
	cred = thread_cred(t);
	thread_put(t);
	return cred;
}

static void fill(struct user_cap_half half[2], const struct cred *cred)
{
	uint64_t effective = cred_effective_caps(cred);
	uint64_t permitted = cred_permitted_caps(cred);

	for (unsigned i = 0; i < 2; i++)
		half[i] = (struct user_cap_half){
			.effective = (uint32_t)(effective >> (32 * i)),
			.permitted = (uint32_t)(permitted >> (32 * i)),
		};
}

/*
 * LACKS capget, capset: there is root, who has all capabilities, and
 * everybody else, who has none; to set anything between is `EPERM`.
 */
SYSCALL_2(capget, user_header, to)
{
	struct user_cap_header header;
	struct user_cap_half half[2];
	const struct cred *cred;
	unsigned halves;
	int err = get_header(&header, user_header, &halves);

	if (err != 0)
		return err;
	if (halves == 0 || to == 0)
		return to == 0 ? 0 : -EINVAL;
	if (header.pid < 0)
		return -EINVAL;
	cred = cred_of(header.pid);
	if (cred == NULL)
		return -ESRCH;
	fill(half, cred);
	cred_put(cred);
	return copy_to_user(to, half, halves * sizeof(half[0]));
}

/* To want what one has is allowed, and nothing else. */
SYSCALL_2(capset, user_header, from)
{
	struct user_cap_half wanted[2] = { { 0 } }, have[2];
	struct user_cap_header header;
	unsigned halves;
	int err = get_header(&header, user_header, &halves);

	if (err != 0)
		return err;
	if (halves == 0)
		return -EINVAL;
	if (header.pid != 0 && header.pid != current_thread()->tid)
		return -EPERM;
	if (copy_from_user(wanted, from, halves * sizeof(wanted[0])) != 0)
		return -EFAULT;
	fill(have, current_cred());
	wanted[1].effective &= (uint32_t)(CAPS_ALL >> 32);
	wanted[1].permitted &= (uint32_t)(CAPS_ALL >> 32);
	return memcmp(wanted, have, halves * sizeof(have[0])) == 0 ? 0 : -EPERM;
}
