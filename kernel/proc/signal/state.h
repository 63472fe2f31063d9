#pragma once

/*
 * proc/signal/state.h - what a process has to do with signals, and its lock.
 *
 * The lock covers more than stands here: all that decides who gets a signal,
 * so the list of threads too, their masks and their own pending sets
 * (proc/task/proc.h, proc/sched/thread.h: what is keyed (s)).
 */

#include "proc/signal/types.h"
#include "sync/spinlock.h"

struct signals {
	struct spinlock lock;          /* (s): RANK_SIGNAL */
	struct sigaction action[NSIG]; /* (s) */
	struct sigpending pending;     /* (s) directed at the process */
};
