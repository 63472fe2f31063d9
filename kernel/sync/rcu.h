#pragma once

/*
 * sync/rcu.h - to look something up and write nothing: read, copy, update.
 *
 *	who looks				who takes it out
 *	rcu_read_lock();			rcu_assign_pointer(slot, NULL);
 *	p = rcu_dereference(slot);		call_rcu(&p->rcu, free_it);
 *	if (p != NULL && !refcount_try_get(&p->refs))
 *		p = NULL;
 *	rcu_read_unlock();
 *
 * A lock keeps those who look away from those who change, and to take it is to
 * write to a word that all of them share. Here nobody is kept away. What is
 * taken out goes on to be there, until everybody who may have found it before
 * has come by a place where he reads nothing: that time is a grace period.
 *
 * The kernel is not preempted, so who reads is done before his hart does any of
 * these; it says so by a number of its own (sync/grace.h), and the reader says
 * nothing at all:
 *
 *	to choose who runs next		run_next() of proc/sched/sched.c
 *	to idle				idle_once() of proc/sched/idle.c
 *	to be away			proc/sched/hotplug.c
 *
 * A program that never calls the kernel is not reading. But the way to user mode
 * says nothing either, for everybody goes it: a hart that is awaited for long is
 * interrupted, and chooses who runs next as if its time were up.
 *
 * Between rcu_read_lock() and rcu_read_unlock() nobody sleeps; spinlocks may be
 * taken, interrupts may come and read as well. What is found is there until the
 * end, whatever becomes of it meanwhile; to use it longer is to get a reference,
 * and that may fail: the last one may be gone.
 *
 * The lab build notes who reads (debug/rcuwatch.h).
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/rcuwatch.h"
#include "lib/compiler.h"
#include "lib/types.h"

/* Part of what is freed so, from call_rcu() on. */
struct rcu_head {
	struct rcu_head *next;
	void (*free)(struct rcu_head *head);
#if LAB
	uint64_t given; /* ticks: when it was given up */
#endif
};

/* ---- who looks ---- */

#define rcu_read_lock() rcu_watch_begins()
#define rcu_read_unlock() rcu_watch_ends()

/*
 * The pointer in @slot, to be followed before rcu_read_unlock().
 *
 * ORDER rcu-publish, looking side; the other is rcu_assign_pointer().
 * Plain: what is read through the pointer depends on it by its address, and
 * no hart of RISC-V reads there before it knows where.
 */
#define rcu_dereference(slot) READ_ONCE(slot)

/* ---- who changes; he has what keeps others from changing the same ---- */

/*
 * ORDER rcu-publish, publishing side; the other is rcu_dereference().
 * Release: who finds @pointer finds what was written there before.
 */
#define rcu_assign_pointer(slot, pointer) store_release(&(slot), (pointer))

/* What @head is part of can be found no more: @free is called in a thread, with
 * no lock held, when nobody reads it any more.  Any context. */
void call_rcu(struct rcu_head *head, void (*free)(struct rcu_head *head));
/* Whoever reads now is done when this returns. Sleeps. */
void synchronize_rcu(void);
/* Whoever makes things that are freed so waits here if what he has given up
 * comes to too much. Sleeps. */
void rcu_throttle(void);

/* ---- harts ---- */

/*
 * This hart reads nothing at this moment.
 *
 * ORDER rcu-quiet, passing side; the other is in rcu_grace_begins().
 * Message passing and store buffering in one: what was read before is done when
 * the new number is seen; and who sees the old one has taken out before that
 * what is not found from now on.
 */
static inline void rcu_quiet(void)
{
	(void)atomic_fetch_add_full(&hart_self()->quiet, 2UL);
}

/*
 * Nor will it until rcu_hart_reads().  Interrupts off, and off they stay.
 *
 * ORDER rcu-quiet, idle side; the other is in rcu_grace_is_over().
 */
static inline void rcu_hart_rests(void)
{
	uint64_t before = atomic_fetch_add_full(&hart_self()->quiet, 1UL);

	rcu_watch_parity(before, 1);
}

/* ORDER rcu-quiet, waking side; the other is in rcu_grace_begins(). */
static inline void rcu_hart_reads(void)
{
	uint64_t before = atomic_fetch_add_full(&hart_self()->quiet, 1UL);

	rcu_watch_parity(before, 0);
}

/* This hart was interrupted, maybe because a grace period awaits it. */
void rcu_ipi(void);
/* For debug/rcuwatch.h: one does. */
bool rcu_is_awaited(unsigned hart);

/* The thread that waits for grace periods and then frees. */
void rcu_reclaim(void *unused);
