/*
 * syscall/sys_kill.c - sending signals: who may send what to whom.
 */
#include "syscall/syscall.h"

#include "fs/proc/procfs.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "proc/task/pgroup.h"
#include "proc/task/pid.h"
#include "proc/task/pidfd.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"
#include "syscall/file_args.h"
#include "vfs/cred.h"

static struct siginfo info_from_self(int sig, int code)
{
	return (struct siginfo){
		.si_signo = sig,
		.si_code = code,
		.pid = current_proc()->pid,
		.uid = current_cred()->uid,
	};
}

/* To one of many. */
static int send_checked(struct proc *p, const struct siginfo *info)
	REQUIRES(TREE_ALONE)
{
	if (!proc_may_signal_locked(p, info->si_signo))
		return -EPERM;
	return info->si_signo == 0 ? 0 : signal_send_member(p, info);
}

static bool may_signal_one(const struct proc *p, const struct cred *mine,
			   const struct cred *its)
{
	return p == current_proc() || (cred_may_signal(mine, its) &&
				       !cred_keeps_signals_from(mine, its));
}

/*
 * To @p, or to its thread @t if that is not NULL.  Signal 0 is only a question.
 * Under the lock of @p no ids change between the question and the answer.
 */
static int send_to_one(struct proc *p, struct thread *t,
		       const struct siginfo *info)
{
	const struct cred *mine = current_cred();
	int err = 0;

	spin_lock(&p->lock);
	if (!may_signal_one(p, mine, t != NULL ? t->arch.cred : p->cred))
		err = -EPERM;
	else if (info->si_signo != 0)
		err = t != NULL ? signal_send_thread(p, t, info) :
				  signal_send_proc(p, info);
	spin_unlock(&p->lock);
	return err;
}

/* One's own session may be told to go on, whoever it is: whose session is whose
 * is seen alone. */
static int send_in_session(struct proc *p, struct thread *t,
			   const struct siginfo *info)
{
	int err = -EPERM;

	tree_lock();
	if (p->state == PROC_REAPED)
		err = -ESRCH;
	else if (proc_may_signal_locked(p, SIGCONT))
		err = t != NULL ? signal_send_thread(p, t, info) :
				  signal_send_proc(p, info);
	tree_unlock();
	return err;
}

static int kill_one(struct proc *p, struct thread *t, const struct siginfo *info)
{
	int err = send_to_one(p, t, info);

	return err == -EPERM && info->si_signo == SIGCONT ?
		       send_in_session(p, t, info) : err;
}

static long kill_process(int pid, const struct siginfo *info)
{
	struct proc *p = pid_get_proc_of(pid);
	int err;

	if (p == NULL)
		return -ESRCH;
	err = kill_one(p, NULL, info);
	proc_put(p);
	return err;
}

/* As long as one member could be signalled it is a success. */
static int kill_members(const struct pgroup *g, const struct siginfo *info)
	REQUIRES(TREE_ALONE)
{
	struct proc *p;
	int result = -ESRCH;

	for_each_member(p, g) {
		int err = send_checked(p, info);

		if (result != 0)
			result = err;
	}
	return result;
}

/* Group @pgid, or (0) the running process's own. */
static long kill_group(int pgid, const struct siginfo *info)
{
	tree_lock();
	const struct pgroup *g = pgid == 0 ? current_proc()->group :
					     pgroup_find(pgid);
	int result = g == NULL ? -ESRCH : kill_members(g, info);

	tree_unlock();
	return result;
}

/* All but process 1 and oneself.  As on Linux, who may not be signalled is
 * passed over. */
static long kill_all(const struct siginfo *info)
{
	int result = -ESRCH;

	tree_lock();
	for (struct proc *p = init_proc; p != NULL; p = proc_tree_next(p)) {
		if (p == init_proc || p == current_proc())
			continue;

		int err = send_checked(p, info);

		if (err != -EPERM || result == -ESRCH)
			result = err == -EPERM ? 0 : err;
	}
	tree_unlock();
	return result;
}

static bool is_signal_or_none(unsigned long sig)
{
	return sig <= NSIG;
}

SYSCALL_2(kill, id, sig)
{
	struct siginfo info = info_from_self((int)sig, SI_USER);
	int pid = (int)id;

	if (!is_signal_or_none(sig))
		return -EINVAL;
	if (pid > 0)
		return kill_process(pid, &info);
	if (pid == -1)
		return kill_all(&info);
	if (pid == INT32_MIN)
		return -ESRCH;
	return kill_group(-pid, &info);
}

/* ---- to one thread ---- */

/* A thread that has left its process meanwhile does not hear of it. */
static long kill_thread(int pid, int tid, const struct siginfo *info)
{
	struct thread *t = current_thread();
	long err = -ESRCH;

	if (tid <= 0)
		return -EINVAL;
	if (tid == t->tid) /* raise(): who is here needs no reference */
		return pid == -1 || t->proc->pid == pid ?
			       kill_one(t->proc, t, info) : -ESRCH;
	t = pid_get_thread(tid);
	if (t == NULL)
		return -ESRCH;
	if (pid == -1 || t->proc->pid == pid)
		err = kill_one(t->proc, t, info);
	thread_put(t);
	return err;
}

SYSCALL_2(tkill, tid, sig)
{
	struct siginfo info = info_from_self((int)sig, SI_TKILL);

	return is_signal_or_none(sig) ? kill_thread(-1, (int)tid, &info) :
					-EINVAL;
}

SYSCALL_3(tgkill, pid, tid, sig)
{
	struct siginfo info = info_from_self((int)sig, SI_TKILL);

	if (!is_signal_or_none(sig) || (int)pid <= 0)
		return -EINVAL;
	return kill_thread((int)pid, (int)tid, &info);
}

/* ---- with information of the sender's own ---- */

/* Only to oneself, thread @id, may one pretend to be the kernel or kill(). */
static int get_user_siginfo(struct siginfo *info, vaddr_t from, int sig,
			    int id)
{
	if (copy_from_user(info, from, sizeof(*info)) != 0)
		return -EFAULT; /* the rest of it says nothing */
	info->si_signo = sig;
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) &&
	    id != current_thread()->tid)
		return -EPERM;
	return 0;
}

SYSCALL_3(rt_sigqueueinfo, pid, sig, from)
{
	struct siginfo info;
	int err = get_user_siginfo(&info, from, (int)sig, (int)pid);

	if (err != 0)
		return err;
	return is_signal_or_none(sig) ? kill_process((int)pid, &info) : -EINVAL;
}

SYSCALL_4(rt_tgsigqueueinfo, pid, tid, sig, from)
{
	struct siginfo info;
	int err;

	if ((int)pid <= 0 || (int)tid <= 0)
		return -EINVAL;
	err = get_user_siginfo(&info, from, (int)sig, (int)tid);
	if (err != 0)
		return err;
	if (!is_signal_or_none(sig))
		return -EINVAL;
	return kill_thread((int)pid, (int)tid, &info);
}

/* ---- by a descriptor of the process ---- */

/* Only to oneself may one pretend to be the kernel or kill(). */
static int pidfd_siginfo(struct siginfo *info, vaddr_t from, int sig,
			 const struct proc *p)
{
	if (from == 0) {
		*info = info_from_self(sig, SI_USER);
		return 0;
	}
	if (copy_from_user(info, from, sizeof(*info)) != 0)
		return -EFAULT;
	if (info->si_signo != sig)
		return -EINVAL;
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) &&
	    p != current_proc())
		return -EPERM;
	return 0;
}

/* Its number may be another's by now; it is not. */
static long kill_unreaped(struct proc *p, const struct siginfo *info)
{
	return READ_ONCE(p->state) == PROC_REAPED ? -ESRCH : kill_one(p, NULL, info);
}

static long kill_by(const struct file *f, int sig, vaddr_t from)
{
	struct proc *p = pidfd_proc(f);
	struct siginfo info;
	int err;

	if (p == NULL)
		p = procfs_dir_proc(f);
	if (p == NULL)
		return -EBADF;
	err = pidfd_siginfo(&info, from, sig, p);
	if (err != 0)
		return err;
	return is_signal_or_none((unsigned)sig) ? kill_unreaped(p, &info) : -EINVAL;
}

/*
 * LACKS pidfd_send_signal: flags (`PIDFD_SIGNAL_THREAD`,
 * `PIDFD_SIGNAL_PROCESS_GROUP`) are `EINVAL`: it goes to the process.
 */
SYSCALL_4(pidfd_send_signal, fd, sig, from, flags)
{
	struct file *f;
	long result;

	if (flags != 0)
		return -EINVAL;
	f = file_of_fd(fd);
	if (f == NULL)
		return -EBADF;
	result = kill_by(f, (int)sig, from);
	file_put(f);
	return result;
}
