/*
 * proc/ptrace/stop.c - the tracee: it stops for its tracer, and goes on.
 *
 *	stops	under proc_tree_lock and the signal lock: it puts down what its
 *		hart has of it, says what the stop is, and tells the tracer.  Who
 *		waits looks under proc_tree_lock, so he finds the stop when
 *		SIGCHLD has been sent, and not before.
 *	sleeps	until the tracer has let it go on, which is told by its state,
 *		or until it has to die.
 *	goes on	under the signal lock: whoever looks into it holds that, so
 *		SIGKILL does not make it run under his hands.
 *
 * Who has to die does not stop.  So a process can always be killed, whatever
 * its tracer does; also where another thread of it ends it, or calls exec, and
 * Linux would have each thread stop once more (PTRACE_EVENT_EXIT).
 */
#include "proc/ptrace/ptrace_internal.h"

#include "arch/hart.h"
#include "debug/race.h"
#include "debug/watchdog.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "proc/sched/sched.h"
#include "sync/block.h"
#include "sync/waitq.h"
#include "vfs/cred.h"

#define TRAP_CODE(event) (SIGTRAP | (int)(event) << 8)

/* ---- to stop ---- */

static unsigned long lock_both(struct proc *p)
	ACQUIRES(proc_tree_lock) ACQUIRES(C_proc) ACQUIRES(C_pgroup)
	ACQUIRES(p->signals.lock) ACQUIRES(C_signals)
{
	tree_lock();
	return spin_lock_irqsave(&p->signals.lock);
}

static bool may_stop(const struct thread *self) REQUIRES(C_signals)
{
	return thread_is_traced(self) && !thread_must_die(self);
}

/* From here on the tracer may look at it, and change it. */
static void begin_stop(struct thread *self, int code, uint64_t message,
		       struct siginfo *info) REQUIRES(C_signals)
{
	struct tracee *trace = &self->trace;
	int traps = code >> 8 == EVENT_STOP ? TRAP_STOP | TRAP_NOTIFY : TRAP_STOP;

	fpu_put_down_current();
	trace->code = code;
	trace->message = message;
	trace->info = info;
	trace->is_news = true;
	trace->resumed_with = 0;
	WRITE_ONCE(trace->asked, trace->asked & ~traps);
	WRITE_ONCE(trace->state, TRACEE_STOPPED);
}

/* @how: CLD_TRAPPED, or CLD_STOPPED; @sig as SIGCHLD tells it. */
static void tell_and_unlock(struct thread *self, int how, int sig)
	RELEASES(proc_tree_lock) RELEASES(C_proc) RELEASES(C_pgroup)
{
	struct proc *p = self->proc;

	signal_tell_tracer(self, how, sig);
	if (READ_ONCE(p->signals.job.tell) != 0)
		signal_tell_parent_locked(p);
	tree_unlock();
	race_point(tracee_stopped, p);
}

/* ---- to wait ---- */

static bool is_over(const struct thread *t)
{
	uint32_t state = READ_ONCE(t->trace.state);

	return state == TRACEE_RUNS ||
	       (state == TRACEE_LISTENS && thread_must_stop(t));
}

/* The watchdog has the signal lock. */
static const char *goes_on(const struct thread *t,
			   const struct sleep_watch *watch UNUSED)
{
	return is_over(t) ? "its tracer let it go on" : NULL;
}

static int tracer_of(const void *arg)
{
	const struct thread *t = arg;
	const struct thread *tracer = READ_ONCE(t->trace.tracer);

	return tracer != NULL ? tracer->tid : 0;
}

static const struct sleep_kind trace_sleep = {
	.name = "trace",
	.over = goes_on,
	.awaits = "tracer",
	.who = tracer_of,
};

/* The signal it goes on with, 0, or AS_IF_NEVER_STOPPED. */
static int end_stop(struct thread *self)
{
	struct proc *p = self->proc;
	struct tracee *trace = &self->trace;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	int sig = trace->state == TRACEE_RUNS ? trace->resumed_with : 0;

	trace->info = NULL;
	trace->is_news = false;
	WRITE_ONCE(trace->state, TRACEE_RUNS);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	/* What is pending, and was not taken for as long; what was changed. */
	atomic_fetch_or_relaxed(&self->arch.work, WORK_SIGNAL | WORK_FRAME);
	return sig;
}

static int sleep_until_let_go(struct thread *self)
{
	for (;;) {
		block_prepare_killable();
		if (is_over(self) || thread_must_die(self))
			break;
		watchdog_sleeps(&trace_sleep, NULL, self, __func__);
		block_schedule();
		race_point(tracee_woken, self->proc);
	}
	block_cancel();
	return end_stop(self);
}

void tracee_go_on_locked(struct thread *t, int sig)
{
	t->trace.resumed_with = sig;
	WRITE_ONCE(t->trace.state, TRACEE_RUNS);
	sched_signal_thread(t, true);
}

/* ---- why ---- */

/* The signal that it goes on with; AS_IF_NEVER_STOPPED: it has not stopped. */
static int stop(int code, uint64_t message, struct siginfo *info)
{
	struct thread *self = current_thread();
	struct proc *p = self->proc;
	unsigned long irq = lock_both(p);

	if (!may_stop(self)) {
		spin_unlock_irqrestore(&p->signals.lock, irq);
		tree_unlock();
		return AS_IF_NEVER_STOPPED;
	}
	begin_stop(self, code, message, info);
	signal_leave_to_others_locked(p);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	tell_and_unlock(self, CLD_TRAPPED, code & 0x7f);
	return sleep_until_let_go(self);
}

/* The tracer's ids, as of who sends its signal; or the parent's, which process 1
 * has not. */
static void describe_sender(struct siginfo *info, int sig)
{
	struct thread *self = current_thread();

	*info = (struct siginfo){ .si_signo = sig, .si_code = SI_USER };
	tree_lock();
	const struct proc *from = thread_is_traced(self) ?
					  self->trace.tracer->proc :
					  self->proc->parent;

	if (from != NULL) {
		info->pid = from->pid;
		info->uid = from->cred->uid;
	}
	tree_unlock();
}

/* What the signal tells is the tracer's to write, and may say that it is any
 * number: what it goes on with is by the one that it was told, or had. */
bool ptrace_stop_signal(struct siginfo *info)
{
	int was = info->si_signo;
	int sig = stop(was, 0, info);

	if (sig == 0)
		return false;
	if (sig == AS_IF_NEVER_STOPPED)
		sig = was;
	if (sig != info->si_signo)
		describe_sender(info, sig);
	return true;
}

/* SIGTRAP with a code of its own; the signal it goes on with. */
static NOINLINE int stop_trap(int code, uint64_t message)
{
	struct siginfo info = { .si_signo = SIGTRAP, .si_code = code };

	info.pid = current_thread()->tid;
	info.uid = current_cred()->uid;
	return stop(code, message, &info);
}

/* The process stops, or has done something that who has seized the thread is
 * to hear of; or he has asked.  What is told is judged under the lock: SIGCONT
 * may have come by now, and is told of after it. */
void ptrace_stop_asked(void)
{
	struct thread *self = current_thread();
	struct proc *p = self->proc;
	unsigned long irq = lock_both(p);
	bool stands = signals_stopped(&p->signals), seized = self->trace.seized;
	int sig = stands ? p->signals.job.signal : SIGTRAP;
	int code = seized ? sig | EVENT_STOP << 8 : sig;
	struct siginfo info = { .si_signo = sig, .si_code = code };
	bool stops = may_stop(self) && thread_must_stop(self) && (seized || stands);

	info.pid = self->tid;
	info.uid = current_cred()->uid;
	if (stops) {
		if (stands)
			signal_join_stop_locked(p, self);
		begin_stop(self, code, 0, seized ? &info : NULL);
	} else {
		WRITE_ONCE(self->trace.asked, 0);
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
	if (stops) {
		tell_and_unlock(self, CLD_STOPPED, sig);
		(void)sleep_until_let_go(self);
		return;
	}
	if (thread_is_traced(self))
		waitq_wake_all(&self->trace.tracer->proc->child_wait);
	tree_unlock();
}

/* ---- events ---- */

/* In a system call.  False: the tracer has not asked for it. */
static bool stop_event(int event, uint64_t message)
{
	struct thread *self = current_thread();

	if (!event_is_wanted(self, event))
		return false;
	stop_trap(TRAP_CODE(event), message);
	if (ptrace_is_told_of_calls())
		atomic_fetch_or_relaxed(&self->arch.work, WORK_CALL);
	return true;
}

void ptrace_stop_exit(int status)
{
	stop_event(EVENT_EXIT, (uint64_t)status);
}

/* A signal that the running thread sends itself. */
static void send_self(int sig, int code)
{
	struct thread *self = current_thread();
	struct siginfo info = { .si_signo = sig, .si_code = code };

	if (code == SI_USER) {
		info.pid = self->proc->pid;
		info.uid = current_cred()->uid;
	}
	(void)signal_send_thread(self->proc, self, &info);
}

/* Who has not asked gets a signal, as of old. */
void ptrace_stop_exec(int tid)
{
	if (!stop_event(EVENT_EXEC, (uint64_t)tid) &&
	    thread_is_traced(current_thread()) &&
	    !READ_ONCE(current_thread()->trace.seized))
		send_self(SIGTRAP, SI_USER);
}

void ptrace_stop_clone(const struct clone_args *args, int tid)
{
	stop_event(clone_event(args), (uint64_t)tid);
}

void ptrace_stop_vfork_done(const struct clone_args *args, int tid)
{
	if (clone_event(args) == EVENT_VFORK)
		stop_event(EVENT_VFORK_DONE, (uint64_t)tid);
}

/* ---- system calls ---- */

static void stop_call(uint64_t message)
{
	bool good = READ_ONCE(current_thread()->trace.options) &
		    PTRACE_O_TRACESYSGOOD;
	int sig = stop_trap(SIGTRAP | (good ? 0x80 : 0), message);

	/* It is no signal that has stopped it, so there is none to replace. */
	if (sig > 0)
		send_self(sig, SI_KERNEL);
}

bool ptrace_call_begins(struct trapframe *frame)
{
	struct thread *self = current_thread();

	frame->a0 = (uint64_t)-ENOSYS;
	stop_call(MESSAGE_CALL_BEGINS);
	atomic_fetch_or_relaxed(&self->arch.work, WORK_CALL);
	return !thread_must_die(self);
}

void ptrace_call_ends(void)
{
	struct thread *self = current_thread();

	atomic_fetch_and_relaxed(&self->arch.work, ~(uint32_t)WORK_CALL);
	if (ptrace_is_told_of_calls())
		stop_call(MESSAGE_CALL_ENDS);
}
