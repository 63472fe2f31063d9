#pragma once

/*
 * proc/task/to_ptrace.h - what threads and their signals ask of the room of
 * tracers, which stands above both.  proc/ptrace defines these.
 */

#include "proc/task/proc.h"

struct clone_args;
struct wait_result;

static inline bool thread_is_traced(const struct thread *t)
{
	return unlikely(READ_ONCE(t->trace.tracer) != NULL);
}

/*
 * It is to stop for its process, or for its tracer.  Who has stopped once for
 * this turn of job control, and whose tracer let it go on, goes on.  Its own
 * thread, or under the signal lock.
 */
static inline bool thread_must_stop(const struct thread *t)
{
	const struct signals *s = &t->proc->signals;

	if (unlikely(READ_ONCE(t->trace.asked) != 0))
		return true;
	return signals_stopped(s) &&
	       !(thread_is_traced(t) &&
		 READ_ONCE(t->stopped_in) == READ_ONCE(s->job.turn));
}

/* ---- stops of the running thread; these sleep ---- */

/* It has taken @info, no SIGKILL: what the tracer makes of it.  False: nothing. */
bool ptrace_stop_signal(struct siginfo *info); /* upcall */
/* thread_must_stop(): for the tracer, if there still is one. */
void ptrace_stop_asked(void); /* upcall */
/* It ends with @status, by itself. */
void ptrace_stop_exit(int status); /* upcall */
/* It has become another program, and was thread @tid before. */
void ptrace_stop_exec(int tid); /* upcall */
/* It has made a child with @args, thread @tid; vfork() is over. */
void ptrace_stop_clone(const struct clone_args *args, int tid); /* upcall */
void ptrace_stop_vfork_done(const struct clone_args *args, int tid); /* upcall */

/* ---- who traces whom ---- */

/* The running thread makes @t, which has joined its process: it is traced as
 * well, if the tracer has asked for that. */
void ptrace_born_locked(struct thread *t, const struct clone_args *args)
	REQUIRES(TREE_ALONE) REQUIRES(C_signals); /* upcall */
/*
 * The running thread has just left its process, with @status.  True: its tracer is
 * to be told, so its number and what is @charged for it stay until then (it is
 * not the first of its process).  Whom it traces it leaves alone.
 */
bool ptrace_left_locked(int status, struct user *charged)
	REQUIRES(TREE_ALONE); /* upcall */
/* The running thread has become the only and the first one of its process. */
void ptrace_leads_locked(void) REQUIRES(TREE_ALONE); /* upcall */

/*
 * Has @t something to tell its tracer, which waits with @options?  1: *@out
 * has it, and @t may be gone; 0: not yet; -ECHILD: it never will.
 */
long ptrace_wait_locked(struct thread *t, int options, struct wait_result *out)
	REQUIRES(TREE_ALONE); /* upcall */
