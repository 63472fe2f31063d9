/*
 * syscall/sys_signal.c - signals: user structures in, proc/signal.h out.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "proc/clock.h"
#include "proc/pid.h"
#include "proc/proc.h"
#include "proc/signal.h"
#include "syscall/syscall.h"
#include "syscall/user_time.h"

#define SIGSET_SIZE 8UL

static bool is_signal(unsigned long sig)
{
	return sig >= 1 && sig <= NSIG;
}

SYSCALL_4(rt_sigaction, sig, new, old, size)
{
	struct sigaction action, before;
	int err = 0;

	if (size != SIGSET_SIZE || !is_signal(sig))
		return -EINVAL;
	if (new != 0) {
		if (sig == SIGKILL || sig == SIGSTOP)
			return -EINVAL;
		err = copy_from_user(&action, new, sizeof(action));
		if (err != 0)
			return err;
	}
	signal_set_action((int)sig, new != 0 ? &action : NULL, &before);
	return old != 0 ? copy_to_user(old, &before, sizeof(before)) : 0;
}

SYSCALL_4(rt_sigprocmask, how, set, old, size)
{
	sigset_t mask, before = current_thread()->blocked;
	int err;

	if (size != SIGSET_SIZE)
		return -EINVAL;
	if (set != 0) {
		err = get_user_u64(&mask, set);
		if (err != 0)
			return err;
		switch (how) {
		case 0: signal_set_blocked(before | mask); break;
		case 1: signal_set_blocked(before & ~mask); break;
		case 2: signal_set_blocked(mask); break;
		default: return -EINVAL;
		}
	}
	return old != 0 ? put_user_u64(old, before) : 0;
}

SYSCALL_2(rt_sigpending, set, size)
{
	if (size > SIGSET_SIZE)
		return -EINVAL;

	sigset_t pending = signal_pending_set() & current_thread()->blocked;

	return copy_to_user(set, &pending, size);
}

/* The old mask comes back after the handler has been set up. */
SYSCALL_2(rt_sigsuspend, set, size)
{
	struct thread *self = current_thread();
	sigset_t mask;
	int err;

	if (size != SIGSET_SIZE)
		return -EINVAL;
	err = get_user_u64(&mask, set);
	if (err != 0)
		return err;
	self->saved_blocked = self->blocked;
	self->restore_blocked = true;
	signal_set_blocked(mask);
	for (;;) {
		block_prepare(true);
		if (block_interrupted())
			break;
		block_schedule();
	}
	block_cancel();
	atomic_fetch_or_relaxed(&self->arch.work, WORK_SIGNAL);
	return -ERESTARTNOHAND;
}

SYSCALL_4(rt_sigtimedwait, set, info, timeout, size)
{
	uint64_t deadline = TIMER_NEVER, ns;
	struct siginfo si;
	sigset_t mask;
	int err;

	if (size != SIGSET_SIZE)
		return -EINVAL;
	err = get_user_u64(&mask, set);
	if (err == 0 && timeout != 0) {
		err = get_user_timespec(&ns, timeout);
		if (err == 0)
			deadline = clock_deadline_after(ns);
	}
	if (err != 0)
		return err;

	long sig = signal_wait(mask, deadline, &si);

	if (sig > 0 && info != 0 && copy_to_user(info, &si, sizeof(si)) != 0)
		return -EFAULT;
	return sig;
}

SYSCALL_0(rt_sigreturn)
{
	return signal_return(thread_frame(&current_thread()->arch));
}

SYSCALL_2(sigaltstack, new, old)
{
	struct sigaltstack stack, before;
	vaddr_t sp = thread_frame(&current_thread()->arch)->sp;
	long err;

	if (new != 0) {
		err = copy_from_user(&stack, new, sizeof(stack));
		if (err != 0)
			return err;
	}
	err = signal_altstack(new != 0 ? &stack : NULL, &before, sp);
	if (err == 0 && old != 0)
		err = copy_to_user(old, &before, sizeof(before));
	return err;
}

SYSCALL_0(restart_syscall)
{
	return -EINTR;
}

/* ---- sending ---- */

static bool may_signal(const struct proc *to, int sig)
{
	const struct proc *self = current_proc();
	const struct credentials *from = &self->cred, *cred = &to->cred;

	return from->euid == 0 || from->euid == cred->uid ||
	       from->euid == cred->suid || from->uid == cred->uid ||
	       from->uid == cred->suid ||
	       (sig == SIGCONT && self->sid == to->sid);
}

static struct siginfo user_info(unsigned long sig, int code)
{
	struct siginfo info = { .si_signo = (int)sig, .si_code = code };

	info.pid = current_proc()->pid;
	info.uid = current_proc()->cred.uid;
	return info;
}

static long send_to(struct proc *p, const struct siginfo *info)
{
	if (!may_signal(p, info->si_signo))
		return -EPERM;
	return info->si_signo == 0 ? 0 : signal_send_proc(p, info);
}

static long kill_one(int pid, const struct siginfo *info)
{
	struct proc *p = proc_find(pid);
	long err;

	if (p == NULL)
		return -ESRCH;
	err = send_to(p, info);
	proc_put(p);
	return err;
}

/* Everybody in @pgid; everybody at all but process 1 and us with -1. */
static long kill_many(int pgid, const struct siginfo *info)
{
	long result = -ESRCH;

	for (struct proc *p = proc_next(0), *next; p != NULL; p = next) {
		bool wanted = pgid == -1 ?
				      p->pid != 1 && p != current_proc() :
				      p->pgid == pgid;

		if (wanted) {
			long err = send_to(p, info);

			/* One that could be signalled is success. */
			if (err == 0 || result == -ESRCH)
				result = err;
		}
		next = proc_next(p->pid);
		proc_put(p);
	}
	return result;
}

SYSCALL_2(kill, pid_arg, sig)
{
	struct siginfo info = user_info(sig, SI_USER);
	int pid = (int)pid_arg;

	if (sig > NSIG)
		return -EINVAL;
	if (pid > 0)
		return kill_one(pid, &info);
	if (pid == INT32_MIN)
		return -ESRCH;
	return kill_many(pid == 0 ? current_proc()->pgid :
			 pid == -1 ? -1 : -pid, &info);
}

static long kill_thread(int tgid, int tid, const struct siginfo *info)
{
	struct thread *t;
	long err;

	if (tid <= 0)
		return -EINVAL;
	t = thread_find(tid);
	if (t == NULL)
		return -ESRCH;
	if (tgid != 0 && t->proc->pid != tgid)
		err = -ESRCH;
	else if (!may_signal(t->proc, info->si_signo))
		err = -EPERM;
	else
		err = info->si_signo == 0 ? 0 : signal_send_thread(t, info);
	thread_put(t);
	return err;
}

SYSCALL_2(tkill, tid, sig)
{
	struct siginfo info = user_info(sig, SI_TKILL);

	return sig > NSIG ? -EINVAL : kill_thread(0, (int)tid, &info);
}

SYSCALL_3(tgkill, tgid, tid, sig)
{
	struct siginfo info = user_info(sig, SI_TKILL);

	if (sig > NSIG || (int)tgid <= 0)
		return -EINVAL;
	return kill_thread((int)tgid, (int)tid, &info);
}

/* What a program says of a signal must not look like the kernel's word. */
static int read_info(struct siginfo *info, vaddr_t from, unsigned long sig,
		     bool to_self)
{
	int err = copy_from_user(info, from, sizeof(*info));

	if (err != 0)
		return err;
	if (sig > NSIG)
		return -EINVAL;
	info->si_signo = (int)sig;
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) && !to_self)
		return -EPERM;
	return 0;
}

SYSCALL_3(rt_sigqueueinfo, pid, sig, uinfo)
{
	struct siginfo info;
	int err = read_info(&info, uinfo, sig,
			    (int)pid == current_proc()->pid);

	return err != 0 ? err : kill_one((int)pid, &info);
}

SYSCALL_4(rt_tgsigqueueinfo, tgid, tid, sig, uinfo)
{
	struct siginfo info;
	int err = read_info(&info, uinfo, sig,
			    (int)tgid == current_proc()->pid);

	return err != 0 ? err : kill_thread((int)tgid, (int)tid, &info);
}
