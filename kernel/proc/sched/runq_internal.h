#pragma once

/*
 * proc/sched/runq_internal.h - one hart's ready threads; private to proc/.
 *
 * A thread on a queue is off every hart (on_hart is 0): whoever takes it
 * may run it at once.  The running thread is on no queue.
 */

#include "arch/hart.h"
#include "proc/sched/rt_lists.h"
#include "proc/sched/thread.h"

/*
 *	(h)	its own hart
 *	(q)	lock
 */
struct runq {
	struct LOCK_OF(spinlock, runq) lock; /* RANK_RUNQ */
	/* Both struct thread.run_link, next first. */
	struct list resumed GUARDED_BY(C_runq); /* their turn goes on */
	struct list ready GUARDED_BY(C_runq);   /* they wait for one */
	uint8_t rt_top, rt_runs; /* (q), (h) to write: highest that waits; runs */
	uint64_t rt_since, rt_ran; /* (h) ticks: this period, and what of it */
	unsigned nr_ready GUARDED_BY(C_runq);   /* of all; read racily as a hint */
	bool is_closed GUARDED_BY(C_runq);      /* its hart leaves, or is away; read
						 * racily by its hart: hotplug.h */
	uint64_t began;       /* (h) ticks: when who runs now came */
	unsigned hart;        /* (c) whose it is */
	struct thread *idle;  /* (c) runs when nothing else does */
	struct thread *left;  /* (h) who ran before, until finish_switch() */
	struct rt_lists rt GUARDED_BY(C_runq);
} __aligned(64);

extern struct runq runqs[MAX_HARTS];

/* This hart's. */
static inline struct runq *this_runq(void)
{
	return hart_self()->runq;
}

void runq_init(struct runq *rq);
/*
 * Append @t, which is off every hart.  False, and nothing done, when @t may
 * not run on this hart: its affinity changed meanwhile, or the hart leaves.
 */
bool runq_push(struct runq *rq, struct thread *t);
/* The same for one that has not used up its turn, and goes on with it before
 * those who wait for one. */
bool runq_resume(struct runq *rq, struct thread *t);
/*
 * The next thread that may run on hart @hart, now RUNNING there, or NULL.
 * @runs is the hart's own thread, which goes on if nobody else has a turn:
 * those who have overrun theirs are passed over until they have let as much
 * pass as it has.  NULL: anybody will do.
 */
struct thread *runq_pop(struct runq *rq, unsigned hart, struct thread *runs);
/* Who comes first, wherever it may run; NULL: nobody. */
struct thread *runq_first_locked(const struct runq *rq)
	REQUIRES(rq->lock, C_runq);
/* Whom runq_pop() takes; turn.c. */
struct thread *turn_next_locked(struct runq *rq, unsigned hart,
				struct thread *runs)
	REQUIRES(rq->lock, C_runq);
/* Take @t off @rq if it is there. */
bool runq_remove(struct runq *rq, struct thread *t);
/* From now on nobody can be queued at @rq; or again. */
void runq_close(struct runq *rq, bool close);
/* Whoever comes first of those still there, off every queue, or NULL. */
struct thread *runq_take_any(struct runq *rq);

/* This hart is to run nobody any more. */
static inline bool hart_is_to_leave(void)
{
	return READ_ONCE(this_runq()->is_closed);
}
