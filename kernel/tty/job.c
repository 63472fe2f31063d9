/*
 * tty/job.c - the terminal's session and its foreground group.
 *
 * A session leader makes the terminal its controlling terminal by TIOCSCTTY
 * (opening the console alone does not, as on Linux), and says which process
 * group of the session stands in the foreground.  What is typed there as a
 * signal goes to that group; a process of another group that reads is stopped
 * by SIGTTIN.
 *
 * A session may lose its terminal, and its leader get another one: that belongs
 * to him and to those whom he forks then, not to processes that had the one
 * before.  So they are numbered (session.tty_turn).  The terminal holds its
 * session, and that the foreground group, which may have no members any more.
 */
#include "tty/tty_internal.h"

#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "proc/task/pgroup.h"
#include "proc/task/pid.h"
#include "proc/task/proc.h"
#include "vfs/cred.h"

static bool is_mine_locked(const struct tty *tty, const struct proc *p)
	REQUIRES_SHARED(proc_tree_lock)
{
	return proc_has_tty(p) && tty->session == proc_session(p);
}

bool tty_is_mine(struct tty *tty)
{
	bool mine;

	tree_lock_shared();
	mine = is_mine_locked(tty, current_proc());
	tree_unlock_shared();
	return mine;
}

static void signal_group_locked(struct pgroup *g, int sig)
	REQUIRES(TREE_ALONE)
{
	struct siginfo info = { .si_signo = sig, .si_code = SI_KERNEL };

	signal_send_group_locked(g, &info);
}

void tty_signal_foreground(struct tty *tty, int sig)
{
	tree_lock();
	if (tty->session != NULL)
		signal_group_locked(tty->session->foreground, sig);
	tree_unlock();
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

static bool is_in_background_locked(const struct tty *tty)
	REQUIRES_SHARED(proc_tree_lock)
{
	const struct proc *self = current_proc();

	return is_mine_locked(tty, self) &&
	       tty->session->foreground != self->group;
}

static int check_background_locked(const struct tty *tty, int sig)
	REQUIRES(TREE_ALONE)
{
	const struct proc *self = current_proc();

	if (!is_in_background_locked(tty))
		return 0;
	if (is_deaf_to(sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (pgroup_is_orphaned(self->group))
		return -EIO;
	signal_group_locked(self->group, sig);
	return -ERESTARTSYS;
}

/* Who is in the foreground is seen side by side; to signal a group one is alone,
 * and looks again. */
int tty_check_background(struct tty *tty, int sig)
{
	tree_lock_shared();
	bool background = is_in_background_locked(tty);

	tree_unlock_shared();
	if (!background)
		return 0;
	tree_lock();
	int err = check_background_locked(tty, sig);

	tree_unlock();
	return err;
}

/* ---- getting and losing the terminal ---- */

/* The session of the terminal has @g (NULL: nothing, it loses it) in the
 * foreground from now on. */
static void set_foreground_locked(struct session *s, struct pgroup *g)
	REQUIRES(TREE_ALONE)
{
	struct pgroup *old = s->foreground;

	if (g != NULL)
		pgroup_get(g);
	s->foreground = g;
	if (old != NULL)
		pgroup_put(old);
}

static void release_locked(struct tty *tty) REQUIRES(TREE_ALONE)
{
	struct session *s = tty->session;

	tty->session = NULL;
	s->tty = NULL;
	set_foreground_locked(s, NULL);
	session_put(s);
}

/* The running process, a session leader without a terminal, takes it. */
static int acquire_locked(struct tty *tty, bool steal) REQUIRES(TREE_ALONE)
{
	struct proc *self = current_proc();
	struct session *s = proc_session(self);

	if (is_mine_locked(tty, self))
		return 0;
	/* Who hangs up marks it, and then looks under this lock for whose it
	 * is: so nobody gets a terminal that is about to go. */
	if (READ_ONCE(tty->hung_up))
		return -EIO;
	if (s->sid != self->pid || s->tty != NULL)
		return -EPERM;
	if (tty->session != NULL && !(steal && cred_can(current_cred(), CAP_SYS_ADMIN)))
		return -EPERM;
	if (tty->session != NULL)
		release_locked(tty);
	session_get(s);
	tty->session = s;
	s->tty = tty;
	s->tty_dev = tty->dev;
	set_foreground_locked(s, self->group);
	self->tty_turn = ++s->tty_turn;
	return 0;
}

/* Its leader's session lets go of the terminal; who stood in the foreground
 * is told. */
static void hang_up_locked(struct tty *tty) REQUIRES(TREE_ALONE)
{
	struct pgroup *g = tty->session->foreground;

	signal_group_locked(g, SIGHUP);
	signal_group_locked(g, SIGCONT);
	release_locked(tty);
}

/* If the terminal has hung up before, it told the leader alone. */
static void tell_the_rest_locked(struct session *s) REQUIRES(TREE_ALONE)
{
	if (s->foreground == NULL)
		return;
	signal_group_locked(s->foreground, SIGHUP);
	signal_group_locked(s->foreground, SIGCONT);
	set_foreground_locked(s, NULL);
}

void tty_session_exit(struct session *s)
{
	tree_lock();
	if (s->tty != NULL)
		hang_up_locked(s->tty);
	else
		tell_the_rest_locked(s);
	tree_unlock();
}

static void signal_leader_locked(struct session *s, int sig)
	REQUIRES(TREE_ALONE)
{
	struct siginfo info = { .si_signo = sig, .si_code = SI_KERNEL };
	struct proc *leader = pid_proc(s->sid);

	if (leader != NULL)
		(void)signal_send_proc(leader, &info);
}

void tty_hang_up(struct tty *tty)
{
	struct session *s;

	tree_lock();
	s = tty->session;
	if (s != NULL) {
		signal_leader_locked(s, SIGHUP);
		signal_leader_locked(s, SIGCONT);
		tty->session = NULL;
		s->tty = NULL;
		session_put(s);
	}
	tree_unlock();
}

void tty_hang_up_own(void)
{
	struct tty *tty = tty_own_get();

	if (tty == NULL)
		return;
	tty_hang_up(tty);
	pty_put(tty);
}

struct tty *tty_own_get(void)
{
	struct tty *tty = NULL;

	tree_lock_shared();
	if (proc_has_tty(current_proc()))
		tty = proc_session(current_proc())->tty;
	if (tty != NULL)
		pty_get(tty);
	tree_unlock_shared();
	return tty;
}

void tty_acquire_at_open(struct tty *tty)
{
	tree_lock();
	if (tty->session == NULL)
		(void)acquire_locked(tty, false);
	tree_unlock();
}

int tty_job_number(struct tty *tty, bool foreground)
{
	int number = 0;

	tree_lock_shared();
	if (tty->session != NULL)
		number = foreground ? tty->session->foreground->pgid :
				      tty->session->sid;
	tree_unlock_shared();
	return number;
}

/* Not of another terminal: who leads a session and has lost his has a foreground
 * group to give up yet, by which he is known to have had one. */
static long give_up(struct tty *tty)
{
	struct proc *self = current_proc();

	tree_lock();
	bool mine = is_mine_locked(tty, self);

	if (mine && proc_session(self)->sid == self->pid)
		hang_up_locked(tty);
	if (mine)
		self->tty_turn = 0;
	tree_unlock();
	return mine ? 0 : -ENOTTY;
}

/* Who has a terminal opens it as /dev/tty both ways, and types at it: that is not for
 * who was let write to it alone. */
static long acquire(struct tty *tty, const struct file *f, bool steal)
{
	bool may = (f->mode & FMODE_READ) ||
		   cred_can(current_cred(), CAP_SYS_ADMIN);
	long err = -EPERM;

	tree_lock();
	if (may || is_mine_locked(tty, current_proc()))
		err = acquire_locked(tty, steal);
	tree_unlock();
	return err;
}

/* ---- the foreground group ---- */

static int put_in_foreground_locked(struct tty *tty, int pgid)
	REQUIRES(TREE_ALONE)
{
	struct pgroup *g = pgroup_find(pgid);

	if (pgid < 0)
		return -EINVAL;
	if (!is_mine_locked(tty, current_proc()))
		return -ENOTTY;
	if (g == NULL) /* is anybody else's number, or nobody's */
		return pid_proc(pgid) != NULL ? -EPERM : -ESRCH;
	if (g->session != tty->session)
		return -EPERM;
	set_foreground_locked(tty->session, g);
	return 0;
}

static long set_foreground(struct tty *tty, vaddr_t arg)
{
	uint32_t pgid;

	if (get_user_u32(&pgid, arg) != 0)
		return -EFAULT;
	tree_lock();
	int err = put_in_foreground_locked(tty, (int)pgid);

	tree_unlock();
	return err;
}

static long tell_number(struct tty *tty, bool foreground, vaddr_t arg)
{
	int number = -ENOTTY;

	tree_lock_shared();
	if (is_mine_locked(tty, current_proc()))
		number = foreground ? tty->session->foreground->pgid :
				      tty->session->sid;
	tree_unlock_shared();
	return number < 0 ? number : put_user_u32(arg, (uint32_t)number);
}

long tty_ioctl_job(struct tty *tty, const struct file *f, unsigned cmd,
		   unsigned long arg)
{
	switch (cmd) {
	case TIOCSCTTY:
		return acquire(tty, f, arg == 1);
	case TIOCNOTTY:
		return give_up(tty);
	case TIOCGPGRP:
		return tell_number(tty, true, arg);
	case TIOCSPGRP:
		return set_foreground(tty, arg);
	case TIOCGSID:
		return tell_number(tty, false, arg);
	default:
		return -ENOTTY;
	}
}
