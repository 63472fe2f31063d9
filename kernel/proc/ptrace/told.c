/*
 * proc/ptrace/told.c - what the tracer's wait4() finds of a tracee.
 *
 * Its stops, without being asked for; and its end.  The end of a process is
 * the tracer's first: only when it has seen that is the parent told, if that
 * is another, and finds the zombie.  A thread that is not its process's first
 * is told of by its number; without a tracer nobody asks for it.
 */
#include "proc/ptrace/ptrace_internal.h"

#include "lib/bug.h"
#include "lib/errno.h"
#include "proc/task/wait.h"
#include "vfs/cred.h"

static void describe(struct wait_result *out, struct thread *t)
	REQUIRES(TREE_ALONE)
{
	out->pid = t->tid;
	out->uid = t->arch.cred->uid;
	out->usage = wait_usage_of_dead(t->proc);
}

/* A process that has ended, whose first thread was @t. */
static void give_up_process(struct thread *t) REQUIRES(TREE_ALONE)
{
	struct proc *p = t->proc;

	tracee_unlink_locked(t, 0);
	if (p->parent == current_proc())
		proc_reap_locked(p);
	else if (!proc_tell_end_locked(p))
		return;
	proc_put(p);
}

static long take_end(struct thread *t, bool of_process, int options,
		     struct wait_result *out) REQUIRES(TREE_ALONE)
{
	if (!(options & WEXITED))
		return -ECHILD;
	wait_describe_exit(out, of_process ? t->proc->exit_status :
					     t->trace.exit_status);
	describe(out, t);
	if (options & WNOWAIT)
		return 1;
	if (of_process)
		give_up_process(t);
	else
		tracee_unlink_locked(t, 0);
	return 1;
}

/* 0: it does not stand, or that was told. */
static int take_stop(struct thread *t, bool keep)
{
	struct tracee *trace = &t->trace;
	unsigned long irq = spin_lock_irqsave(&t->proc->signals.lock);
	int code = tracee_is_stopped(t) && trace->is_news ? trace->code : 0;

	if (code != 0 && !keep)
		trace->is_news = false;
	spin_unlock_irqrestore(&t->proc->signals.lock, irq);
	return code;
}

long ptrace_wait_locked(struct thread *t, int options, struct wait_result *out)
{
	struct proc *p = t->proc;
	bool first = p->tracee == t;
	int code;

	assert_tree_alone();
	if (first ? p->state == PROC_ZOMBIE : t->trace.is_zombie)
		return take_end(t, first, options, out);
	code = take_stop(t, options & WNOWAIT);
	if (code != 0) {
		out->code = CLD_TRAPPED;
		out->status = code;
		out->wait_status = WAIT_STATUS_STOP(code);
	} else if (!wait_take_stop_event(p, options & ~WUNTRACED, out)) {
		return 0;
	}
	describe(out, t);
	return 1;
}
