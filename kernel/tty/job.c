/*
 * tty/job.c - the terminal's session and its foreground group.
 *
 * A session leader makes the terminal its controlling terminal by TIOCSCTTY
 * (opening the console alone does not, as on Linux), and says which process
 * group of the session stands in the foreground.  What is typed there as a
 * signal goes to that group; a process of another group that reads is stopped
 * by SIGTTIN.
 *
 * proc->has_tty is inherited by fork and stays set when the session loses
 * the terminal; so the question "is it mine?" compares sessions as well.
 * sid and pgid hold their numbers, so that neither comes back as somebody
 * else's while the terminal names it.
 */
#include "tty/tty_internal.h"

#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "proc/task/pid.h"
#include "proc/task/proc.h"
#include "vfs/cred.h"

static bool is_mine_locked(const struct tty *tty, const struct proc *p)
{
	return p->has_tty && tty->sid == p->sid;
}

bool tty_is_mine(struct tty *tty)
{
	bool mine;

	spin_lock(&proc_tree_lock);
	mine = is_mine_locked(tty, current_proc());
	spin_unlock(&proc_tree_lock);
	return mine;
}

/* *@number names process group or session @pid (0: none) from now on. */
static void set_number_locked(int *number, int pid) REQUIRES(proc_tree_lock)
{
	if (pid != 0)
		pid_hold(pid);
	if (*number != 0)
		pid_release(*number);
	*number = pid;
}

static void signal_group(int pgid, int sig)
{
	struct siginfo info = { .si_signo = sig, .si_code = SI_KERNEL };

	if (pgid != 0)
		signal_send_group(pgid, &info);
}

void tty_signal_foreground(struct tty *tty, int sig)
{
	int pgid;

	spin_lock(&proc_tree_lock);
	pgid = tty->pgid;
	spin_unlock(&proc_tree_lock);
	signal_group(pgid, sig);
}

/* ---- background processes ---- */

/* The signal would not stop the running thread: it blocks or ignores it. */
static bool is_deaf_to(int sig)
{
	struct thread *self = current_thread();
	struct signals *signals = &self->proc->signals;
	unsigned long irq;
	bool deaf;

	irq = spin_lock_irqsave(&signals->lock);
	deaf = (self->blocked & SIGMASK(sig)) ||
	       signals->action[sig - 1].handler == SIG_IGN;
	spin_unlock_irqrestore(&signals->lock, irq);
	return deaf;
}

/* Somebody outside of @p's group, in its session, could let @p's process go
 * on: the parent does.  False: the group is orphaned, as far as @p knows. */
static bool parent_cares_locked(const struct proc *p)
{
	const struct proc *parent = p->parent;

	return parent != NULL && parent->sid == p->sid &&
	       parent->pgid != p->pgid;
}

/* No member of the group @pgid has a parent that cares. */
static bool group_is_orphaned_locked(int pgid) REQUIRES(proc_tree_lock)
{
	for (int pid = 1; pid < PID_MAX; pid++) {
		const struct proc *p = pid_proc(pid);

		if (p != NULL && p->pgid == pgid && parent_cares_locked(p))
			return false;
	}
	return true;
}

int tty_check_background(struct tty *tty, int sig)
{
	struct proc *self = current_proc();
	bool background, orphaned = false;
	int pgid;

	spin_lock(&proc_tree_lock);
	pgid = self->pgid;
	background = is_mine_locked(tty, self) && tty->pgid != 0 &&
		     tty->pgid != pgid;
	if (background)
		orphaned = group_is_orphaned_locked(pgid);
	spin_unlock(&proc_tree_lock);

	if (!background)
		return 0;
	if (is_deaf_to(sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (orphaned)
		return -EIO;
	signal_group(pgid, sig);
	return -ERESTARTSYS;
}

/* ---- getting and losing the terminal ---- */

/* The running process, a session leader without a terminal, takes it. */
static int acquire_locked(struct tty *tty, bool steal) REQUIRES(proc_tree_lock)
{
	struct proc *self = current_proc();

	if (is_mine_locked(tty, self))
		return 0;
	if (self->sid != self->pid)
		return -EPERM;
	if (tty->sid != 0 && !(steal && cred_is_root(current_cred())))
		return -EPERM;
	set_number_locked(&tty->sid, self->sid);
	set_number_locked(&tty->pgid, self->pgid);
	self->has_tty = true;
	return 0;
}

/* Session @sid lets go of the terminal; its foreground group, or 0. */
static int release_locked(struct tty *tty, int sid) REQUIRES(proc_tree_lock)
{
	int pgid = tty->pgid;

	if (tty->sid != sid)
		return 0;
	set_number_locked(&tty->sid, 0);
	tty->pgid = 0;
	return pgid;
}

/* Tell the group of a session that lost its terminal, and forget it. */
static void hang_up(int pgid)
{
	if (pgid == 0)
		return;
	signal_group(pgid, SIGHUP);
	signal_group(pgid, SIGCONT);
	spin_lock(&proc_tree_lock);
	pid_release(pgid); /* what tty->pgid held */
	spin_unlock(&proc_tree_lock);
}

void tty_session_exit(int sid)
{
	int pgid;

	spin_lock(&proc_tree_lock);
	pgid = release_locked(&console_tty, sid);
	spin_unlock(&proc_tree_lock);
	hang_up(pgid);
}

static long give_up(struct tty *tty)
{
	struct proc *self = current_proc();
	int pgid = 0;
	bool mine;

	spin_lock(&proc_tree_lock);
	mine = is_mine_locked(tty, self);
	if (mine && self->sid == self->pid)
		pgid = release_locked(tty, self->sid);
	self->has_tty = false;
	spin_unlock(&proc_tree_lock);
	hang_up(pgid);
	return mine ? 0 : -ENOTTY;
}

static long acquire(struct tty *tty, bool steal)
{
	long err;

	spin_lock(&proc_tree_lock);
	err = acquire_locked(tty, steal);
	spin_unlock(&proc_tree_lock);
	return err;
}

/* ---- the foreground group ---- */

static bool group_is_of_session_locked(int pgid, int sid)
	REQUIRES(proc_tree_lock)
{
	for (int pid = 1; pid < PID_MAX; pid++) {
		const struct proc *p = pid_proc(pid);

		if (p != NULL && p->pgid == pgid)
			return p->sid == sid;
	}
	return false;
}

static long set_foreground(struct tty *tty, vaddr_t arg)
{
	struct proc *self = current_proc();
	long err = 0;
	uint32_t pgid;

	if (get_user_u32(&pgid, arg) != 0)
		return -EFAULT;
	spin_lock(&proc_tree_lock);
	if (!is_mine_locked(tty, self))
		err = -ENOTTY;
	else if ((int)pgid <= 0)
		err = -EINVAL;
	else if (!group_is_of_session_locked((int)pgid, self->sid))
		err = -EPERM;
	else
		set_number_locked(&tty->pgid, (int)pgid);
	spin_unlock(&proc_tree_lock);
	return err;
}

static long tell_number(struct tty *tty, const int *number, vaddr_t arg)
{
	bool mine;
	int value;

	spin_lock(&proc_tree_lock);
	mine = is_mine_locked(tty, current_proc());
	value = *number;
	spin_unlock(&proc_tree_lock);
	return mine ? put_user_u32(arg, (uint32_t)value) : -ENOTTY;
}

long tty_ioctl_job(struct tty *tty, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TIOCSCTTY:
		return acquire(tty, arg == 1);
	case TIOCNOTTY:
		return give_up(tty);
	case TIOCGPGRP:
		return tell_number(tty, &tty->pgid, arg);
	case TIOCSPGRP:
		return set_foreground(tty, arg);
	case TIOCGSID:
		return tell_number(tty, &tty->sid, arg);
	default:
		return -ENOTTY;
	}
}
