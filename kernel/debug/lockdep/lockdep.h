#pragma once

/*
 * debug/lockdep/lockdep.h - locks that could deadlock, before they do.
 *
 * Each time a lock is taken while another is held, that is an order; the
 * orders that have been seen are a graph of classes of locks (graph.h), with
 * the calls that first made each.  A class is a rank of sync/ranks.h.
 * Three things are wrong wherever and whenever each half of them was seen,
 * and are told of before the lock that completes them is waited for:
 *
 *	a circle of orders	two threads that are half way round
 *	an interrupt takes, or waits for whom takes, a lock that is also
 *				taken with interrupts on: the holder is interrupted
 *	a lock that is held, or awaited by the holder of one, over a shootdown
 *				is awaited with interrupts off: no ack
 *
 * For the third a shootdown is a class like a lock, LOCKDEP_FLUSH.
 * sync/lockorder.c calls this for what it checks against its table, too.
 * Lab build only.
 *
 * Cost: one test of a bit for the order and one for each use, when they are
 * not new.  Only the nearest lock that is held makes an order: the ones below
 * it were held already when it was taken.  One that was only tried, which
 * waits for nobody, is not near enough.
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct held_locks;

/* How a class is taken. */
enum lock_use {
	USE_IN_IRQ,  /* by an interrupt */
	USE_IRQ_ON,  /* where an interrupt may come */
	USE_IRQ_OFF, /* where none is served */
	NR_LOCK_USES
};

#if LAB

/* The running thread, or an interrupt on top of it, which holds @held, is
 * about to take a lock of class @rank.  @fp: the frame of who says so. */
void lockdep_taking(const struct held_locks *held, unsigned rank,
		    const void *lock, uint64_t fp);
/* The same for what may be taken, or is not, this time: no use is noted. */
void lockdep_ordered(const struct held_locks *held, unsigned rank,
		     const void *lock, uint64_t fp);
/* It waits for a lock of class @rank, for which interrupts are as they are. */
void lockdep_waits(unsigned rank, const void *lock);
/* It is about to wait until other harts have flushed. */
void lockdep_flushes(void);

/* Something is wrong with the order @from, then @to, which is seen now: a
 * panic follows, and its report says where the other order was. */
void lockdep_accuse(unsigned from, unsigned to);
/* For a panic's report. */
void lockdep_print(void);

/* What has been seen, from @put, which prints:
 *	order FROM TO	then the thread, where FROM was taken, the calls to TO
 *	use HOW CLASS	the same */
void lockdep_list(void (*put)(void *ctx, const char *s, size_t n), void *ctx);

#else

#define lockdep_flushes() ((void)0)

#endif
