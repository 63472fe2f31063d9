#pragma once

/*
 * proc/ptrace/ptrace_internal.h - what the files of the room share.
 */

#include "proc/ptrace/ptrace.h"
#include "proc/signal/signal.h"
#include "proc/task/to_ptrace.h"

/* What GETEVENTMSG says at the stops of a call. */
#define MESSAGE_CALL_BEGINS 1
#define MESSAGE_CALL_ENDS 2

/* resumed_with: the tracer is gone before it knew of the stop. */
#define AS_IF_NEVER_STOPPED (-1)

/* Stopped for its tracer, and SIGKILL has not ended that. */
static inline bool tracee_is_stopped(const struct thread *t)
	REQUIRES(C_signals)
{
	return t->trace.state == TRACEE_STOPPED && !thread_must_die(t);
}

/* Thread @tid, if the running one traces it and it has not ended, or NULL. */
struct thread *tracee_find_locked(int tid) REQUIRES(TREE_ALONE);

/* @t, which its tracer holds, goes on; @sig or AS_IF_NEVER_STOPPED. */
void tracee_go_on_locked(struct thread *t, int sig)
	REQUIRES(C_signals);

/* Nobody traces @t from now on, which goes on with @sig if it is stopped.
 * The last reference may have been the tracer's. */
void tracee_unlink_locked(struct thread *t, int sig) REQUIRES(TREE_ALONE);

/* The event that a clone() with @args is; 0: none. */
int clone_event(const struct clone_args *args);

static inline bool event_is_wanted(const struct thread *t, int event)
{
	return event != 0 && (READ_ONCE(t->trace.options) & (1U << event));
}

/*
 * @request of the running thread's tracee @tid, with the locks held under
 * which nobody else changes it: 0, or what is to be told.
 */
struct ptrace_args {
	uint64_t n;
	uint64_t value;
	void *buf;
};
typedef long (*ptrace_request)(struct thread *t, struct ptrace_args *args);
long ptrace_ask_stopped(int tid, ptrace_request request, struct ptrace_args *args);
