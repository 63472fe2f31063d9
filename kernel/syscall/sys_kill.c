/*
 * syscall/sys_kill.c - sending signals: who may send what to whom.
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "proc/task/pid.h"
#include "proc/task/proc.h"
#include "vfs/cred.h"

static bool is_sender_for(const struct cred *mine, const struct cred *its)
{
	return cred_is_root(mine) || mine->euid == its->uid ||
	       mine->euid == its->suid || mine->uid == its->uid ||
	       mine->uid == its->suid;
}

/* @its: those of the thread or process of @p that is to get it. */
static bool may_signal(const struct proc *p, const struct cred *its, int sig)
	REQUIRES(proc_tree_lock)
{
	const struct proc *self = current_proc();

	return p == self || is_sender_for(current_cred(), its) ||
	       (sig == SIGCONT && p->sid == self->sid);
}

static int check_may_signal(const struct proc *p, int sig)
{
	spin_lock(&proc_tree_lock);
	bool may = may_signal(p, p->cred, sig);

	spin_unlock(&proc_tree_lock);
	return may ? 0 : -EPERM;
}

static struct siginfo info_from_self(int sig, int code)
{
	struct siginfo info = { .si_signo = sig, .si_code = code };

	info.pid = current_proc()->pid;
	info.uid = current_cred()->uid;
	return info;
}

/* Signal 0 is only a question. */
static long send_checked(struct proc *p, const struct siginfo *info)
{
	long err = check_may_signal(p, info->si_signo);

	if (err == 0 && info->si_signo != 0)
		err = signal_send_proc(p, info);
	return err;
}

static long kill_process(int pid, const struct siginfo *info)
{
	struct proc *p = proc_find(pid);
	long err;

	if (p == NULL)
		return -ESRCH;
	err = send_checked(p, info);
	proc_put(p);
	return err;
}

/* Every process of group @pgid, or (0) all but process 1 and oneself.  As
 * long as one could be signalled it is a success. */
static long kill_many(int pgid, const struct siginfo *info)
{
	long result = -ESRCH;

	for (struct proc *p = proc_next(0), *next; p != NULL; p = next) {
		bool wanted = pgid != 0 ? p->pgid == pgid :
			      p != init_proc && p != current_proc();

		if (wanted) {
			long err = send_checked(p, info);

			if (result != 0)
				result = err;
		}
		next = proc_next(p->pid);
		proc_put(p);
	}
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
		return kill_many(0, &info);
	if (pid == INT32_MIN)
		return -ESRCH;
	return kill_many(pid == 0 ? current_proc()->pgid : -pid, &info);
}

/* ---- to one thread ---- */

/* A thread that the pid table names has not left its process, and does not
 * while the tree is locked. */
static long kill_thread(int pid, int tid, const struct siginfo *info)
{
	struct thread *t;
	long err = -ESRCH;

	if (tid <= 0)
		return -EINVAL;
	spin_lock(&proc_tree_lock);
	t = pid_thread(tid);
	if (t != NULL && (pid == -1 || t->proc->pid == pid))
		err = may_signal(t->proc, t->arch.cred, info->si_signo) ?
			      0 : -EPERM;
	if (err == 0 && info->si_signo != 0)
		err = signal_send_thread(t->proc, t, info);
	spin_unlock(&proc_tree_lock);
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

/* Only to oneself may one pretend to be the kernel or kill(). */
static int get_user_siginfo(struct siginfo *info, vaddr_t from, int sig,
			    int pid)
{
	if (copy_from_user(info, from, sizeof(*info)) != 0)
		return -EFAULT; /* the rest of it says nothing */
	info->si_signo = sig;
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) &&
	    pid != current_proc()->pid)
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
	int err = get_user_siginfo(&info, from, (int)sig, (int)pid);

	if (err != 0)
		return err;
	if (!is_signal_or_none(sig) || (int)pid <= 0)
		return -EINVAL;
	return kill_thread((int)pid, (int)tid, &info);
}
