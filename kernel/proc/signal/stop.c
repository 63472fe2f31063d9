/*
 * proc/signal/stop.c - job control: a process stops, and goes on.
 *
 * "Stopped" is no level that a thread may test and test again: between two
 * looks a process can go on and stop anew, and who slept through that would
 * belong to a stop that is over.  So stops and continues are counted, in one
 * word, job.turn: odd while the process is stopped.
 *
 *	begin	a thread has taken a stop signal.  It is void if the turn is
 *		no longer the one in which it was taken: SIGCONT came since.
 *	join	each thread, on its way to user mode or out of the process,
 *		is counted once for a turn, and sleeps while that turn lasts.
 *	over	the last one to be counted completes the stop.
 *	go on	SIGCONT starts the next even turn at the moment it is sent,
 *		from whatever context; sleepers see that theirs is over.
 *
 * What became of it wait4() asks for (job.event), and SIGCHLD tells
 * (job.tell).  Who sends SIGCONT may be an interrupt and cannot tell: it
 * leaves a note, and the first thread that comes by does (parent.c).
 */
#include "proc/signal/signal.h"

#include "arch/hart.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal_internal.h"
#include "proc/task/to_ptrace.h"
#include "sync/block.h"

static void set_turn(struct proc *p, uint64_t turn)
	REQUIRES(p->signals.lock, C_signals)
{
	assert_spin_held(&p->signals.lock);
	WRITE_ONCE(p->signals.job.turn, turn);
}

/* Job control has news for @t, and for who has seized it. */
static void tell_thread(struct thread *t, bool goes_on) REQUIRES(C_signals)
{
	if (t->trace.seized)
		WRITE_ONCE(t->trace.asked, t->trace.asked | TRAP_NOTIFY);
	sched_signal_thread(t, goes_on || t->trace.state == TRACEE_LISTENS);
}

/* ---- to stop ---- */

static void begin(struct proc *p, int sig) REQUIRES(p->signals.lock, C_signals)
{
	struct job *job = &p->signals.job;
	struct thread *t;

	set_turn(p, job->turn + 1);
	job->signal = sig;
	job->nr_running = p->nr_threads;
	list_for_each_entry(t, &p->threads, proc_link)
		tell_thread(t, false);
	race_point(stop_begun, p);
}

void signal_begin_stop(struct proc *p, int sig, uint64_t turn)
{
	struct thread *self = current_thread();
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	if (p->signals.job.turn == turn && !p->group_exit) {
		if (!signals_stopped(&p->signals))
			begin(p, sig);
		else if (thread_is_traced(self)) /* it went on all the same */
			self->trace.asked |= TRAP_STOP;
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

void signal_join_stop_locked(struct proc *p, struct thread *t)
{
	struct job *job = &p->signals.job;

	assert_spin_held(&p->signals.lock);
	if (!signals_stopped(&p->signals) || t->stopped_in == job->turn)
		return;
	t->stopped_in = job->turn;
	assert(job->nr_running != 0);
	if (--job->nr_running == 0)
		WRITE_ONCE(job->tell, job->tell | TELL_STOPPED);
}

void signal_stop_new_thread_locked(struct proc *p, struct thread *t)
{
	if (!signals_stopped(&p->signals))
		return;
	p->signals.job.nr_running++;
	t->arch.work |= WORK_SIGNAL;
}

/* The watchdog has the signal lock. */
static const char *goes_on(const struct thread *t, const struct sleep_watch *watch)
{
	const struct proc *p = watch->arg;

	return READ_ONCE(p->signals.job.turn) != READ_ONCE(t->stopped_in) ?
	       "its process goes on" : NULL;
}

static const struct sleep_kind stop_sleep = {
	.name = "stop",
	.over = goes_on,
	.awaits = "SIGCONT",
};

void signal_stop_here(struct proc *p)
{
	struct thread *self = current_thread();
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	signal_join_stop_locked(p, self);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	signal_tell_parent(p);
	for (;;) {
		block_prepare_killable();
		/* The turn that was joined, and no other: see above. */
		if (READ_ONCE(p->signals.job.turn) != READ_ONCE(self->stopped_in) ||
		    thread_must_die(self) || READ_ONCE(self->trace.asked) != 0)
			break;
		watchdog_sleeps(&stop_sleep, NULL, p, __func__);
		block_schedule();
		race_point(stop_woken, p);
	}
	block_cancel();
}

/* ---- to go on ---- */

/* Stop signals that were taken before are void from here on, also when the
 * process does not stand still. */
static void next_turn(struct proc *p) REQUIRES(p->signals.lock, C_signals)
{
	set_turn(p, (p->signals.job.turn | 1) + 1);
}

/*
 * A stop that not all threads have joined yet is told as if it had been over,
 * and the continuation is not; as on Linux.
 */
static void go_on(struct proc *p) REQUIRES(p->signals.lock, C_signals)
{
	struct job *job = &p->signals.job;
	bool was_stopped = signals_stopped(&p->signals);
	struct thread *t;

	next_turn(p);
	if (was_stopped) {
		WRITE_ONCE(job->event, WAIT_STATUS_CONTINUE);
		WRITE_ONCE(job->tell, job->tell | (job->nr_running == 0 ?
						   TELL_CONTINUED : TELL_STOPPED));
	}
	/* Who has seized a thread hears of each SIGCONT. */
	list_for_each_entry(t, &p->threads, proc_link)
		if (was_stopped || unlikely(t->trace.seized))
			tell_thread(t, true);
}

void signal_end_stop_locked(struct proc *p)
{
	next_turn(p);
	WRITE_ONCE(p->signals.job.event, 0);
	WRITE_ONCE(p->signals.job.tell, 0);
}

void signal_cancel_opposite_locked(struct proc *p, int sig)
{
	assert_spin_held(&p->signals.lock);
	if (SIGMASK(sig) & STOP_SIGNALS)
		signal_discard_locked(p, SIGMASK(SIGCONT));
	if (sig != SIGCONT)
		return;
	signal_discard_locked(p, STOP_SIGNALS);
	go_on(p);
}
