#pragma once

/*
 * proc/signal/state.h - what a process has to do with signals, and its lock.
 *
 * The lock covers more than stands here: all that decides who gets a signal,
 * so the list of threads too, their masks and their own pending sets
 * (proc/task/proc.h, proc/sched/thread.h: what is keyed (s)).
 */

#include "lib/compiler.h"
#include "lib/list.h"
#include "proc/signal/types.h"
#include "sync/spinlock.h"

/*
 * Job control.  turn counts the stops and the continues: odd while the process
 * is stopped, though some threads may still be on their way (stop.c).
 */
struct job {
	uint64_t turn;       /* (s) to write; who reads it without counts on
				nothing but that it changes */
	unsigned nr_running; /* (s) threads that have not joined this stop */
	int signal;          /* (s) what began it */
	int event;           /* (s) for wait4(): a stop or a continuation as a
				wait status; 0: none, or told */
	unsigned tell;       /* (s) SIGCHLDs that the parent is to get */
};

#define TELL_STOPPED 1U
#define TELL_CONTINUED 2U

struct signals {
	struct spinlock lock;          /* (s): RANK_SIGNAL */
	struct sigpending pending;     /* (s) directed at the process */
	struct user *payer;            /* (s) for what is queued: that of
					  proc->cred, which holds it */
	struct list births;            /* (s) struct birth.link: birth.c */
	struct job job;
	struct sigaction action[NSIG]; /* (s) */
};

static inline bool signals_stopped(const struct signals *s)
{
	return READ_ONCE(s->job.turn) & 1;
}
