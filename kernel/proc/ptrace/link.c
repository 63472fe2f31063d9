/*
 * proc/ptrace/link.c - who traces whom.
 *
 * The list of a tracer's tracees is its process's, under proc_tree_lock; each
 * names the thread that traces it.  A tracee stays on the list, and in memory,
 * beyond its end: until the tracer has seen that.  The tracer takes itself out
 * when it ends, in the same stretch under the lock in which it leaves its
 * process, so the pointer to it needs no reference.
 *
 * A change of tracer also needs the tracee's signal lock, under which others
 * judge what becomes of a signal for it.
 */
#include "proc/ptrace/ptrace_internal.h"

#include "arch/trap.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "proc/sched/sched.h"
#include "proc/task/clone_flags.h"
#include "proc/task/pid.h"
#include "proc/task/rights.h"
#include "sync/waitq.h"
#include "vfs/cred.h"
#include "vfs/landlock/landlock.h"
#include "vfs/user.h"

/* How one is traced. */
struct terms {
	struct thread *tracer;
	bool seized, by_root;
	uint32_t options;
};

static void link_locked(struct thread *t, const struct terms *terms)
	REQUIRES(TREE_ALONE) REQUIRES(C_signals)
{
	struct tracee *trace = &t->trace;

	assert_tree_alone();
	assert(trace->tracer == NULL && trace->asked == 0);
	thread_get(t);
	trace->seized = terms->seized;
	trace->by_root = terms->by_root;
	trace->options = terms->options;
	WRITE_ONCE(trace->tracer, terms->tracer);
	list_push_back(&terms->tracer->proc->tracees, &trace->link);
	if (t->tid == t->proc->pid)
		t->proc->tracee = t;
}

/* What stays of a thread that has ended goes. */
static void forget_zombie_locked(struct thread *t) REQUIRES(TREE_ALONE)
{
	struct tracee *trace = &t->trace;

	trace->is_zombie = false;
	pid_put(t->tid);
	if (trace->charged != NULL)
		user_uncharge(trace->charged, USER_THREADS, 1);
	trace->charged = NULL;
}

void tracee_unlink_locked(struct thread *t, int sig)
{
	struct tracee *trace = &t->trace;
	struct proc *p = t->proc;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	WRITE_ONCE(trace->tracer, NULL);
	WRITE_ONCE(trace->seized, false);
	WRITE_ONCE(trace->options, 0);
	WRITE_ONCE(trace->asked, 0);
	WRITE_ONCE(t->arch.nr_calls, syscall_table_size);
	if (trace->state != TRACEE_RUNS)
		tracee_go_on_locked(t, sig);
	else
		sched_signal_thread(t, true); /* its process may be stopped */
	spin_unlock_irqrestore(&p->signals.lock, irq);

	list_remove(&trace->link);
	if (p->tracee == t)
		p->tracee = NULL;
	if (trace->is_zombie)
		forget_zombie_locked(t);
	thread_put(t);
}

/* ---- it begins ---- */

/* The thread of @parent that has made the running process, or another. */
static struct thread *maker_locked(struct proc *parent, int made_by)
	REQUIRES(TREE_ALONE)
{
	struct thread *t = pid_thread(made_by);
	unsigned long irq;
	struct list *first;

	if (t != NULL && t->proc == parent)
		return t;
	irq = spin_lock_irqsave(&parent->signals.lock);
	first = list_first(&parent->threads);
	t = first == NULL ? NULL : list_entry(first, struct thread, proc_link);
	spin_unlock_irqrestore(&parent->signals.lock, irq);
	return t;
}

/* Nobody is led by a parent that can do less. */
static bool may_be_led_by_locked(const struct proc *parent)
	REQUIRES(TREE_ALONE)
{
	if (!landlock_is_within(current_cred()->domain, parent->cred->domain))
		return false;
	return cred_can(parent->cred, CAP_SYS_PTRACE) ||
	       caps_are_within(current_cred()->caps.permitted,
			       parent->cred->caps.permitted);
}

/* The last thread of a parent has left it: as if it had traced, and ended. */
static void be_traced_locked(struct thread *self) REQUIRES(TREE_ALONE)
{
	struct proc *p = self->proc;
	struct terms terms = { .tracer = maker_locked(p->parent, p->made_by),
			       .by_root = cred_can(current_cred(), CAP_SYS_PTRACE) };
	unsigned long irq;

	if (terms.tracer == NULL)
		return;
	irq = spin_lock_irqsave(&p->signals.lock);
	link_locked(self, &terms);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

long ptrace_traceme(void)
{
	struct thread *self = current_thread();
	long err = -EPERM;

	tree_lock();
	if (!thread_is_traced(self) && self->proc->parent != NULL &&
	    may_be_led_by_locked(self->proc->parent)) {
		be_traced_locked(self);
		err = 0;
	}
	tree_unlock();
	return err;
}

/* True: @t sleeps as its process has stopped, and is to stop for its tracer
 * instead. */
static bool begin_locked(struct thread *t, const struct terms *terms)
	REQUIRES(TREE_ALONE)
{
	struct proc *p = t->proc;
	const struct siginfo stop = { .si_signo = SIGSTOP,
				      .si_code = SI_KERNEL };
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool stands;

	link_locked(t, terms);
	if (!terms->seized)
		(void)signal_send_locked(p, t, &stop);
	stands = signals_stopped(&p->signals) &&
		 t->stopped_in == p->signals.job.turn;
	if (stands) {
		WRITE_ONCE(t->trace.asked, TRAP_STOP);
		sched_signal_thread(t, true);
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return stands;
}

/* 0: it may begin; -EBUSY: not while the program's rights are being decided. */
static long may_attach_locked(const struct thread *t) REQUIRES(TREE_ALONE)
{
	if (t->proc == current_proc())
		return -EPERM;
	if (t->proc->gets_rights)
		return -EBUSY;
	if (!thread_may_be_inspected_locked(t) || thread_is_traced(t))
		return -EPERM;
	return 0;
}

/* As ptrace_attach().  *@stands: a reference, if it is to be waited for. */
static long attach(int tid, const struct terms *terms, struct proc **busy,
		   struct thread **stands)
{
	long err = -ESRCH;

	tree_lock();
	struct thread *t = pid_thread(tid);
	struct proc *p = pid_proc_of(tid);

	if (t == NULL && p != NULL)
		err = -EPERM; /* a zombie */
	if (t != NULL)
		err = may_attach_locked(t);
	if (err == 0 && begin_locked(t, terms)) {
		thread_get(t);
		*stands = t;
	}
	if (err == -EBUSY) {
		proc_get(p);
		*busy = p;
	}
	tree_unlock();
	race_point(attach_judged, p);
	return err;
}

/* The last steps of an exec are short, and wait for nobody. */
static long wait_for_rights(struct proc *busy)
{
	int err = waitq_wait_interruptible(&busy->thread_wait,
					   !READ_ONCE(busy->gets_rights));

	proc_put(busy);
	return err != 0 ? -ERESTARTNOINTR : 0;
}

/* So that who has traced a stopped process finds that out by WNOHANG: the
 * thread wakes, and stops for its tracer. */
static void wait_until_it_stands(struct thread *t)
{
	int err = waitq_wait_interruptible(
		&current_proc()->child_wait,
		!(READ_ONCE(t->trace.asked) & TRAP_STOP));

	(void)err; /* then the tracer is told later */
	thread_put(t);
}

long ptrace_attach(int tid, bool seize, uint32_t options)
{
	const struct terms terms = { .tracer = current_thread(),
				     .seized = seize, .options = options,
				     .by_root = cred_can(current_cred(), CAP_SYS_PTRACE) };
	struct thread *stands = NULL;
	struct proc *busy;
	long err;

	for (;;) {
		err = attach(tid, &terms, &busy, &stands);
		if (err != -EBUSY)
			break;
		err = wait_for_rights(busy);
		if (err != 0)
			return err;
	}
	if (stands != NULL)
		wait_until_it_stands(stands);
	return err;
}

int clone_event(const struct clone_args *args)
{
	if (args->flags & CLONE_UNTRACED)
		return 0;
	if (args->flags & CLONE_VFORK)
		return EVENT_VFORK;
	return args->exit_signal != SIGCHLD ? EVENT_CLONE : EVENT_FORK;
}

void ptrace_born_locked(struct thread *t, const struct clone_args *args)
{
	const struct tracee *own = &current_thread()->trace;
	struct terms terms = { .tracer = own->tracer, .seized = own->seized,
			       .options = own->options,
			       .by_root = own->by_root };

	if (likely(own->tracer == NULL))
		return;
	if (!(args->flags & CLONE_PTRACE) &&
	    !event_is_wanted(current_thread(), clone_event(args)))
		return;
	link_locked(t, &terms);
	if (terms.seized)
		t->trace.asked = TRAP_STOP;
	else
		t->pending.set |= SIGMASK(SIGSTOP);
	t->arch.work |= WORK_SIGNAL;
}

/* ---- it ends ---- */

/* Nobody else lets it go on then, but SIGKILL: that does no harm. */
static bool is_stopped(struct thread *t)
{
	unsigned long irq = spin_lock_irqsave(&t->proc->signals.lock);
	bool stopped = tracee_is_stopped(t);

	spin_unlock_irqrestore(&t->proc->signals.lock, irq);
	return stopped;
}

long ptrace_detach(int tid, int sig)
{
	long err = -ESRCH;

	tree_lock();
	struct thread *t = tracee_find_locked(tid);

	if (t != NULL && is_stopped(t)) {
		tracee_unlink_locked(t, sig);
		err = 0;
	}
	tree_unlock();
	return err;
}

/* The tracer of @t ends. */
static void abandon_locked(struct thread *t) REQUIRES(TREE_ALONE)
{
	const struct siginfo kill = { .si_signo = SIGKILL,
				      .si_code = SI_KERNEL };
	struct proc *p = t->proc;
	bool is_dead_process = p->tracee == t && p->state == PROC_ZOMBIE;

	if (t->trace.options & PTRACE_O_EXITKILL)
		(void)signal_send_proc(p, &kill);
	tracee_unlink_locked(t, t->trace.is_news ? AS_IF_NEVER_STOPPED : 0);
	if (is_dead_process && proc_tell_end_locked(p))
		proc_put(p);
}

static void abandon_all_locked(struct thread *tracer) REQUIRES(TREE_ALONE)
{
	struct list *tracees = &tracer->proc->tracees;
	struct list *at = tracees->next, *next;

	for (; at != tracees; at = next) {
		struct thread *t = list_entry(at, struct thread, trace.link);

		next = at->next;
		if (t->trace.tracer == tracer)
			abandon_locked(t);
	}
}

/* The running thread stops no more.  What wait4() will say of it, which ended
 * with @status. */
static int last_look(struct thread *self, int status)
{
	struct proc *p = self->proc;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	WRITE_ONCE(self->trace.asked, 0);
	if (p->group_exit)
		status = p->group_exit_status;
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return status;
}

/* The first thread's end is its process's, which is told later. */
bool ptrace_left_locked(int status, struct user *charged)
{
	struct thread *self = current_thread();
	struct tracee *trace = &self->trace;
	int sig;

	abandon_all_locked(self);
	if (likely(trace->tracer == NULL))
		return false;
	status = last_look(self, status);
	waitq_wake_all(&trace->tracer->proc->child_wait);
	if (self->tid == self->proc->pid)
		return false;
	trace->is_zombie = true;
	trace->charged = charged;
	trace->exit_status = status;
	sig = status & 0x7f;
	signal_tell_tracer(self, sig != 0 ? CLD_KILLED : CLD_EXITED,
			   sig != 0 ? sig : status >> 8 & 0xff);
	return true;
}

/* The first thread, if it was traced, is gone without a word, as on Linux: its
 * number bears the one that goes on. */
void ptrace_leads_locked(void)
{
	struct thread *self = current_thread();
	struct proc *p = self->proc;

	if (p->tracee != NULL) {
		struct proc *tracer = p->tracee->trace.tracer->proc;

		tracee_unlink_locked(p->tracee, 0);
		waitq_wake_all(&tracer->child_wait);
	}
	if (thread_is_traced(self))
		p->tracee = self;
}
