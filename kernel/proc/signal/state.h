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
	/* Who reads it without the lock counts on nothing but that it changes. */
	uint64_t turn GUARDED_BY(C_signals);
	/* Threads that have not joined this stop, and what began it. */
	unsigned nr_running GUARDED_BY(C_signals);
	int signal GUARDED_BY(C_signals);
	/* For wait4(): a stop or a continuation as a wait status; 0: none, or
	 * told. */
	int event GUARDED_BY(C_signals);
	unsigned tell GUARDED_BY(C_signals); /* SIGCHLDs that the parent is to get */
};

#define TELL_STOPPED 1U
#define TELL_CONTINUED 2U

struct signals {
	struct LOCK_OF(spinlock, signals) lock;            /* (s): RANK_SIGNAL */
	struct sigpending pending GUARDED_BY(C_signals);   /* directed at the process */
	struct user *payer GUARDED_BY(C_signals); /* for what is queued: that of
						   * proc->cred, which holds it */
	struct list births GUARDED_BY(C_signals); /* struct birth.link: birth.c */
	struct job job;
	struct sigaction action[NSIG] GUARDED_BY(C_signals);
};

static inline bool signals_stopped(const struct signals *s)
{
	return READ_ONCE(s->job.turn) & 1;
}
