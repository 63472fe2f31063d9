#pragma once

/*
 * proc/sched/rseq_leave.h - a thread that has registered a restartable sequence
 * leaves its hart: what the scheduler has to do for proc/task/rseq.h.
 */

#include "arch/barrier.h"
#include "lib/bits.h"
#include "mm/mm.h"
#include "proc/sched/thread.h"

/* @t, the running thread, stands for its number among those of its memory that
 * run no more.
 *
 * ORDER mm-cid, leaving side; the other is take_cid().  What the program did
 * under the number comes before the next who has it. */
static inline void rseq_give_cid(struct thread *t)
{
	if (t->rseq.cid == 0)
		return;
	atomic_fetch_and_full(&t->arch.mm->cids, ~BIT(t->rseq.cid - 1));
	t->rseq.cid = 0;
}

/* The running thread @t is about to be left.  Interrupts off. */
static inline void rseq_leave(struct thread *t)
{
	if (t->rseq.at == 0)
		return;
	t->rseq.event = true;
	atomic_fetch_or_relaxed(&t->arch.work, WORK_RSEQ);
	rseq_give_cid(t);
}

/* The running thread @t gets other memory, or none. */
static inline void rseq_forget(struct thread *t)
{
	rseq_give_cid(t);
	t->rseq = (struct thread_rseq){ 0 };
}
