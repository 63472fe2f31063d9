/*
 * syscall/sys_signal.c - actions, masks, waiting; sending is sys_kill.c.
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "proc/task/proc.h"
#include "proc/time/clock.h"
#include "proc/time/timer.h"
#include "syscall/user_time.h"

#define SIG_BLOCK 0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

static int get_user_sigset(sigset_t *set, vaddr_t from, size_t size)
{
	if (size != sizeof(*set))
		return -EINVAL;
	return get_user_u64(set, from);
}

SYSCALL_4(rt_sigaction, sig, from, to, size)
{
	struct sigaction new, old;
	int err;

	if (size != sizeof(sigset_t) || sig < 1 || sig > NSIG)
		return -EINVAL;
	if (from != 0 && copy_from_user(&new, from, sizeof(new)) != 0)
		return -EFAULT;
	if (from != 0 && (sig == SIGKILL || sig == SIGSTOP))
		return -EINVAL;
	err = signal_set_action((int)sig, from != 0 ? &new : NULL, &old);
	if (err == 0 && to != 0)
		err = copy_to_user(to, &old, sizeof(old));
	return err;
}

SYSCALL_4(rt_sigprocmask, how, from, to, size)
{
	sigset_t old = current_thread()->blocked, set;
	int err;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (from != 0) {
		err = get_user_sigset(&set, from, size);
		if (err != 0)
			return err;
		switch ((int)how) {
		case SIG_BLOCK:
			signal_set_blocked(old | set);
			break;
		case SIG_UNBLOCK:
			signal_set_blocked(old & ~set);
			break;
		case SIG_SETMASK:
			signal_set_blocked(set);
			break;
		default:
			return -EINVAL;
		}
	}
	return to != 0 ? put_user_u64(to, old) : 0;
}

SYSCALL_2(rt_sigpending, to, size)
{
	sigset_t set = signal_pending_set() & current_thread()->blocked;

	if (size > sizeof(set))
		return -EINVAL;
	return copy_to_user(to, &set, size);
}

SYSCALL_2(rt_sigsuspend, from, size)
{
	sigset_t set;
	int err = get_user_sigset(&set, from, size);

	if (err != 0)
		return err;
	signal_suspend(set);
	return -ERESTARTNOHAND;
}

SYSCALL_4(rt_sigtimedwait, from, to, timeout, size)
{
	uint64_t deadline;
	struct siginfo info;
	sigset_t set;
	long sig = get_user_sigset(&set, from, size);

	if (sig == 0)
		sig = get_user_deadline(&deadline, timeout);
	if (sig == 0)
		sig = signal_wait(set, deadline, &info);
	if (sig > 0 && to != 0 && signal_put_info(to, &info) != 0)
		return -EFAULT;
	return sig;
}

SYSCALL_0(rt_sigreturn)
{
	struct thread *self = current_thread();

	return signal_return(thread_frame(&self->arch));
}

/* LACKS sigaltstack: `SS_AUTODISARM` is `EINVAL`. */
SYSCALL_2(sigaltstack, from, to)
{
	struct trapframe *frame = thread_frame(&current_thread()->arch);
	struct sigaltstack new, old;
	long err;

	if (from != 0 && copy_from_user(&new, from, sizeof(new)) != 0)
		return -EFAULT;
	err = signal_altstack(from != 0 ? &new : NULL, &old, frame->sp);
	if (err == 0 && to != 0)
		err = copy_to_user(to, &old, sizeof(old));
	return err;
}

/* Calls that start over are made again themselves: proc/time/clock.h. */
SYSCALL_0(restart_syscall)
{
	return -EINTR;
}
