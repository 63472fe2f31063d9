#pragma once

/*
 * proc/sched/account_internal.h - what a switch means for the time that
 * threads have run.  Their own hart, interrupts off, but for the first.
 */

#include "proc/sched/thread.h"

/* The nice value or the policy of @t is another: so is the length of its turns.
 * Under proc_tree_lock, or of a thread that nobody else knows. */
void sched_set_slice(struct thread *t);

/* @t has the hart from @now on. */
void sched_account_start(struct thread *t, uint64_t now);
/* @next runs instead of @prev on the hart of @rq: a turn begins. */
void sched_account_switch(struct runq *rq, struct thread *prev,
			  struct thread *next);
/* Nobody else has earned a turn: @t gets another. */
void sched_renew_turn(struct thread *t);
/* Nobody else wanted one: whatever @t has had, it gets a whole one. */
void sched_forgive(struct thread *t);
