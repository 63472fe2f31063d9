/*
 * proc/signal/signal.c - sending signals: who gets one, and whom it wakes.
 *
 * A signal for a process waits in p->signals.pending until a thread that does
 * not block it comes by on its way to user mode; one for a thread waits in
 * t->pending.  All of it is under the process's signal lock.  Delivery is in
 * signal_deliver.c, the frame on the user stack in signal_frame.c.
 */
#include "proc/signal/signal.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal_internal.h"
#include "proc/task/pid.h"

/* Real-time signals one process may have waiting, as RLIMIT_SIGPENDING. */
#define MAX_QUEUED 4096

#define IGNORED_BY_DEFAULT                                            \
	(SIGMASK(SIGCHLD) | SIGMASK(SIGURG) | SIGMASK(SIGWINCH) |     \
	 SIGMASK(SIGCONT))

/* ---- pending sets ---- */

void sigpending_init(struct sigpending *p)
{
	p->set = 0;
	p->nr_queued = 0;
	list_init(&p->queue);
	list_init(&p->first.link);
}

static struct sigqueue *alloc(struct sigpending *p)
{
	if (!list_is_linked(&p->first.link))
		return &p->first;
	return p->nr_queued < MAX_QUEUED ? kmalloc(sizeof(struct sigqueue)) :
					   NULL;
}

static void drop(struct sigpending *p, struct sigqueue *q)
{
	list_remove(&q->link);
	p->nr_queued--;
	if (q != &p->first)
		kfree(q);
}

/* Forget all of @mask. */
void sigpending_remove(struct sigpending *p, sigset_t mask)
{
	struct sigqueue *q, *next;

	p->set &= ~mask;
	list_for_each_entry_safe(q, next, &p->queue, link)
		if (SIGMASK(q->info.si_signo) & mask)
			drop(p, q);
}

void sigpending_flush(struct sigpending *p)
{
	sigpending_remove(p, ~0UL);
}

/*
 * A standard signal is pending once or not at all; real-time ones queue.
 * Without memory a standard signal still arrives, with less to tell.
 */
static int add_pending(struct sigpending *p, const struct siginfo *info)
{
	int sig = info->si_signo;
	struct sigqueue *q;

	if (sig < SIGRTMIN && (p->set & SIGMASK(sig)))
		return 0;
	q = alloc(p);
	if (q != NULL) {
		q->info = *info;
		list_push_back(&p->queue, &q->link);
		p->nr_queued++;
	} else if (sig >= SIGRTMIN && info->si_code != SI_USER) {
		return -EAGAIN;
	}
	p->set |= SIGMASK(sig);
	return 0;
}

bool sigpending_take(struct sigpending *p, sigset_t wanted,
		     struct siginfo *info)
{
	sigset_t ready = p->set & wanted;
	struct sigqueue *q, *found = NULL;
	bool more = false;

	if (ready == 0)
		return false;
	/* Faults first: their frame must be the innermost. */
	if (ready & SYNCHRONOUS_SIGNALS)
		ready &= SYNCHRONOUS_SIGNALS;

	int sig = (int)ctz64(ready) + 1;

	list_for_each_entry(q, &p->queue, link) {
		if (q->info.si_signo != sig)
			continue;
		if (found != NULL)
			more = true;
		else
			found = q;
	}
	if (!more)
		p->set &= ~SIGMASK(sig);
	if (found == NULL) {
		*info = (struct siginfo){ .si_signo = sig, .si_code = SI_USER };
		return true;
	}
	*info = found->info;
	drop(p, found);
	return true;
}

/* ---- actions ---- */

enum default_action signal_default(int sig)
{
	if (SIGMASK(sig) & IGNORED_BY_DEFAULT)
		return ACTION_IGNORE;
	if (SIGMASK(sig) & STOP_SIGNALS)
		return ACTION_STOP;
	return ACTION_TERMINATE;
}

static bool is_ignored(struct proc *p, int sig)
{
	uint64_t handler = p->signals.action[sig - 1].handler;

	return handler == SIG_IGN ||
	       (handler == SIG_DFL && signal_default(sig) == ACTION_IGNORE);
}

bool signal_is_fatal(struct proc *p, int sig)
{
	return p->signals.action[sig - 1].handler == SIG_DFL &&
	       signal_default(sig) == ACTION_TERMINATE &&
	       p != init_proc;
}

/* ---- waking somebody who can take it ---- */

static bool can_take(const struct thread *t, int sig)
{
	return !t->exiting && !(t->blocked & SIGMASK(sig));
}

/* A thread in sigtimedwait() takes what it otherwise blocks. */
static bool waits_for(const struct thread *t, int sig)
{
	return !t->exiting && (t->waiting_for & SIGMASK(sig));
}

static struct thread *choose_thread(struct proc *p, int sig)
{
	struct thread *t;

	list_for_each_entry(t, &p->threads, proc_link)
		if (waits_for(t, sig) || can_take(t, sig))
			return t;
	return NULL;
}

static void kick(struct proc *p, struct thread *t, int sig)
	REQUIRES(p->signals.lock)
{
	/* Nothing can be done about it but to die: all threads do, when they
	 * run.  SIGKILL has ended a stop by now. */
	if (!waits_for(t, sig) && signal_is_fatal(p, sig) && !p->stopped) {
		proc_begin_group_exit(p, WAIT_STATUS_SIGNAL(sig));
		return;
	}
	sched_signal_thread(t, sig == SIGKILL);
	if (bug(signal_one_of_many)) {
		list_for_each_entry(t, &p->threads, proc_link)
			sched_signal_thread(t, sig == SIGKILL);
	}
}

void signal_retarget_locked(struct proc *p)
{
	for (sigset_t left = p->signals.pending.set; left != 0; left &= left - 1) {
		int sig = (int)ctz64(left) + 1;
		struct thread *t = choose_thread(p, sig);

		if (t != NULL)
			sched_signal_thread(t, false);
	}
}

/* ---- stop and continue ---- */

static void discard_everywhere(struct proc *p, sigset_t mask)
{
	struct thread *t;

	sigpending_remove(&p->signals.pending, mask);
	list_for_each_entry(t, &p->threads, proc_link)
		sigpending_remove(&t->pending, mask);
}

/*
 * SIGCONT undoes stops that are pending and the other way round, at the
 * moment of sending, whatever is blocked or ignored.
 */
static void cancel_opposite(struct proc *p, int sig)
	REQUIRES(p->signals.lock)
{
	struct thread *t;

	if (SIGMASK(sig) & STOP_SIGNALS)
		discard_everywhere(p, SIGMASK(SIGCONT));
	if (sig != SIGCONT && sig != SIGKILL)
		return;
	discard_everywhere(p, STOP_SIGNALS);
	p->stop_pending = false;
	if (!p->stopped)
		return;
	signal_set_stopped_locked(p, false);
	p->nr_to_stop = 0;
	p->continued = sig == SIGCONT;
	list_for_each_entry(t, &p->threads, proc_link) {
		t->to_stop = false;
		sched_signal_thread(t, true);
	}
}

/* ---- sending ---- */

static int send_locked(struct proc *p, struct thread *t,
		       const struct siginfo *info) REQUIRES(p->signals.lock)
{
	int sig = info->si_signo;
	int err;

	cancel_opposite(p, sig);
	if (p->group_exit || (t != NULL && t->exiting))
		return 0;
	/* Ignored at once, unless somebody blocks it and may change his mind. */
	struct thread *taker = t != NULL ? t : choose_thread(p, sig);

	if (taker != NULL && is_ignored(p, sig) && !waits_for(taker, sig) &&
	    can_take(taker, sig))
		return 0;
	err = add_pending(t != NULL ? &t->pending : &p->signals.pending, info);
	if (err != 0)
		return err;
	if (taker != NULL && (can_take(taker, sig) || waits_for(taker, sig)))
		kick(p, taker, sig);
	return 0;
}

static int send(struct proc *p, struct thread *t, const struct siginfo *info)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	int err = send_locked(p, t, info);

	spin_unlock_irqrestore(&p->signals.lock, irq);
	return err;
}

int signal_send_proc(struct proc *p, const struct siginfo *info)
{
	return send(p, NULL, info);
}

int signal_send_thread(struct proc *p, struct thread *t,
		       const struct siginfo *info)
{
	return send(p, t, info);
}

void signal_kernel(struct proc *p, int sig)
{
	struct siginfo info = { .si_signo = sig, .si_code = SI_KERNEL };

	signal_send_proc(p, &info);
}

/*
 * The members are collected a few at a time and signalled without the lock
 * of the tree, so that a stop or a continue can be told to their parents.
 */
int signal_send_group(int pgid, const struct siginfo *info)
{
	int found = -ESRCH;

	for (struct proc *p = proc_next(0), *next; p != NULL; p = next) {
		if (p->pgid == pgid && p->state == PROC_RUNNING) {
			signal_send_proc(p, info);
			found = 0;
		}
		next = proc_next(p->pid);
		proc_put(p);
	}
	return found;
}

/*
 * A fault happens again as soon as the thread goes on, so a blocked or
 * ignored signal kills.
 */
void signal_fault(int sig, int code, vaddr_t addr)
{
	struct thread *self = current_thread();
	struct proc *p = self->proc;
	struct siginfo info = { .si_signo = sig, .si_code = code,
				.addr = addr };
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	struct sigaction *action = &p->signals.action[sig - 1];

	if ((self->blocked & SIGMASK(sig)) || action->handler == SIG_IGN) {
		action->handler = SIG_DFL;
		self->blocked &= ~SIGMASK(sig);
	}
	if (action->handler == SIG_DFL)
		proc_begin_group_exit(p, WAIT_STATUS_SIGNAL(sig));
	else
		add_pending(&self->pending, &info);
	sched_signal_thread(self, false);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

/* ---- telling the parent ---- */

static void fill_child_info(struct siginfo *info, const struct proc *p,
			    int sig, int code, int status)
{
	*info = (struct siginfo){ .si_signo = sig, .si_code = code };
	info->pid = p->pid;
	info->uid = p->cred.uid;
	info->status = status;
	info->utime = (long)ticks_to_clock(p->dead_threads.user_ticks);
	info->stime = (long)ticks_to_clock(p->dead_threads.system_ticks);
}

bool signal_notify_exit(struct proc *p)
{
	struct proc *parent = p->parent;
	int sig = p->exit_signal;
	int died_of = p->exit_status & 0x7f;
	struct siginfo info;
	bool unwanted;

	if (sig == 0)
		return false;
	fill_child_info(&info, p, sig, died_of ? CLD_KILLED : CLD_EXITED,
			died_of ? died_of : p->exit_status >> 8 & 0xff);

	unsigned long irq = spin_lock_irqsave(&parent->signals.lock);
	const struct sigaction *action = &parent->signals.action[sig - 1];

	unwanted = sig == SIGCHLD && (action->handler == SIG_IGN ||
				      (action->flags & SA_NOCLDWAIT));
	if (action->handler != SIG_IGN)
		send_locked(parent, NULL, &info);
	spin_unlock_irqrestore(&parent->signals.lock, irq);
	return unwanted;
}

void signal_notify_stop(struct proc *p, int event)
{
	struct proc *parent = p->parent;
	bool continued = event == WAIT_STATUS_CONTINUE;
	struct siginfo info;

	if (parent == NULL)
		return;
	p->stop_event = event;
	fill_child_info(&info, p, SIGCHLD,
			continued ? CLD_CONTINUED : CLD_STOPPED,
			continued ? SIGCONT : event >> 8 & 0xff);

	unsigned long irq = spin_lock_irqsave(&parent->signals.lock);
	const struct sigaction *action = &parent->signals.action[SIGCHLD - 1];

	if (action->handler != SIG_IGN && !(action->flags & SA_NOCLDSTOP))
		send_locked(parent, NULL, &info);
	spin_unlock_irqrestore(&parent->signals.lock, irq);
	waitq_wake_all(&parent->child_wait);
}

/* ---- what is pending for the running thread ---- */

bool signal_pending_current(void)
{
	struct thread *self = current_thread();
	sigset_t pending = READ_ONCE(self->pending.set) |
			   READ_ONCE(self->proc->signals.pending.set);

	return (pending & ~self->blocked) != 0 || thread_must_die(self) ||
	       READ_ONCE(self->proc->stopped);
}

bool signal_fatal_pending_current(void)
{
	struct thread *self = current_thread();

	return thread_must_die(self) ||
	       (READ_ONCE(self->pending.set) & SIGMASK(SIGKILL));
}

bool signal_forbids_fork(void)
{
	struct thread *self = current_thread();

	return signal_fatal_pending_current() ||
	       READ_ONCE(self->proc->stopped) ||
	       (signal_pending_set() & STOP_SIGNALS & ~self->blocked) != 0;
}

/* ---- actions of a process ---- */

void signals_init(struct signals *s)
{
	spin_init(&s->lock, RANK_SIGNAL);
	memset(s->action, 0, sizeof(s->action));
	sigpending_init(&s->pending);
}

void signals_copy_actions(struct signals *to, struct signals *from)
{
	unsigned long irq = spin_lock_irqsave(&from->lock);

	memcpy(to->action, from->action, sizeof(to->action));
	spin_unlock_irqrestore(&from->lock, irq);
}

/* Handlers were in the memory that is gone; ignoring is kept. */
void signal_reset_for_exec(struct proc *p)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	for (int i = 0; i < NSIG; i++) {
		struct sigaction *action = &p->signals.action[i];

		if (action->handler != SIG_IGN)
			action->handler = SIG_DFL;
		action->flags = 0;
		action->mask = 0;
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

int signal_set_action(int sig, const struct sigaction *new,
		      struct sigaction *old)
{
	struct proc *p = current_proc();
	struct sigaction *action = &p->signals.action[sig - 1];
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	*old = *action;
	if (new != NULL) {
		*action = *new;
		action->mask &= ~(SIGMASK(SIGKILL) | SIGMASK(SIGSTOP));
		if (is_ignored(p, sig))
			discard_everywhere(p, SIGMASK(sig));
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return 0;
}

/* The running thread blocks @mask from now on; what it no longer blocks is
 * looked at on the way to user mode, what it now blocks others may take. */
void signal_set_blocked_locked(struct proc *p, sigset_t mask)
{
	struct thread *self = current_thread();
	sigset_t newly = mask & ~self->blocked;

	self->blocked = mask & ~(SIGMASK(SIGKILL) | SIGMASK(SIGSTOP));
	if ((self->pending.set | p->signals.pending.set) & ~self->blocked)
		atomic_fetch_or_relaxed(&self->arch.work, WORK_SIGNAL);
	if (p->signals.pending.set & newly)
		signal_retarget_locked(p);
}

void signal_set_blocked(sigset_t mask)
{
	struct proc *p = current_proc();
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	signal_set_blocked_locked(p, mask);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

sigset_t signal_pending_set(void)
{
	struct thread *self = current_thread();

	return READ_ONCE(self->pending.set) |
	       READ_ONCE(self->proc->signals.pending.set);
}

/* One look; the set it waits for is announced as long as it finds none. */
static bool take_or_announce(struct thread *self, sigset_t set,
			     struct siginfo *info)
{
	struct proc *p = self->proc;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool taken = sigpending_take(&self->pending, set, info) ||
		     sigpending_take(&p->signals.pending, set, info);

	self->waiting_for = taken ? 0 : set;
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return taken;
}

long signal_wait(sigset_t set, uint64_t deadline, struct siginfo *info)
{
	struct thread *self = current_thread();
	long result = 0;

	set &= ~(SIGMASK(SIGKILL) | SIGMASK(SIGSTOP));
	while (result == 0) {
		block_prepare(true);
		if (take_or_announce(self, set, info))
			result = info->si_signo;
		else if (signal_pending_current())
			result = -EINTR;
		else if (!block_schedule_until(deadline))
			result = take_or_announce(self, set, info) ?
					 info->si_signo : -EAGAIN;
	}
	block_cancel();
	WRITE_ONCE(self->waiting_for, 0);
	return result;
}
