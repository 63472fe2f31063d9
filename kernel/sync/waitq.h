#pragma once

/*
 * sync/waitq.h - wait until a condition holds; no lost wake-ups.
 *
 *	sleeper					waker
 *	waitq_wait(&q, cond)			make cond true
 *						waitq_wake_all(&q)
 *
 * The sleeper joins the queue and announces its sleep under the queue's
 * lock, then tests the condition, then sleeps.  A waker that made the
 * condition true before the test is seen by the test; one that came after
 * finds the sleeper in the queue.
 *
 * Waking an empty queue takes no lock: ORDER waitq-empty in waitq.c.
 *
 * A waiter may bring a function of its own instead of a thread: that is how
 * poll() watches many queues at once.
 */

#include "arch/hart.h"
#include "debug/race.h"
#include "debug/watchdog.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "sync/block.h"
#include "sync/spinlock.h"

struct waitq {
	struct spinlock lock; /* RANK_WAITQ */
	struct list sleepers; /* (lock) struct waiter.link */
};

struct waiter {
	struct list link;      /* (queue's lock) */
	struct waitq *queue;   /* (own) NULL when not queued */
	struct thread *thread; /* (c) */
	bool exclusive;        /* (c) one waker wakes only one of these */
	/* (c) wake another way, under the queue's lock; true if it did */
	bool (*notify)(struct waiter *w);
};

#define WAITQ_INIT(name) \
	{ SPINLOCK_INIT(RANK_WAITQ), LIST_INIT((name).sleepers) }

void waitq_init(struct waitq *q);

/* Who sleeps in one. */
extern const struct sleep_kind waitq_sleep;

/* Join @q; the thread announces its sleep (not with w->notify).  May be
 * called again while still queued, to announce anew. */
void waitq_prepare(struct waitq *q, struct waiter *w, bool interruptible);
/* Leave the queue and stay awake.  Must follow every prepare. */
void waitq_finish(struct waiter *w);

/* Watch @q with w->notify instead of sleeping. */
void waitq_watch(struct waitq *q, struct waiter *w);

/* Wake everybody / all non-exclusive and one exclusive sleeper.  Any
 * context, down to rank SIGNAL held.  waitq_wake_one() returns how many. */
void waitq_wake_all(struct waitq *q);
unsigned waitq_wake_one(struct waitq *q);
bool waitq_is_empty(struct waitq *q);

/* 0, or -ERESTARTSYS when a signal came (interruptible forms),
 * or -ETIMEDOUT.  Sleeps; no spinlock held.  @cond is evaluated many times. */
#define waitq_wait_common(q, cond, what, intr, exclusive_, deadline)	   \
	({								   \
		struct waiter w_ = { .thread = current_thread(),	   \
				     .exclusive = (exclusive_) };	   \
		int err_ = 0;						   \
		lockorder_assert_may_sleep();				   \
		for (;;) {						   \
			waitq_prepare((q), &w_, (intr));		   \
			if (cond) {					   \
				if (!(exclusive_))			   \
					watchdog_found_true(__func__, what); \
				else if (watchdog_was_forgotten((q), __func__) && \
					 (cond))			   \
					watchdog_lost(__func__, what);	   \
				break;					   \
			}						   \
			if ((intr) && block_interrupted()) {		   \
				err_ = -ERESTARTSYS;			   \
				break;					   \
			}						   \
			race_point(waitq_tested, q);			   \
			watchdog_sleeps(&waitq_sleep, (q), what, __func__); \
			if (!block_schedule_until(deadline)) {		   \
				err_ = (cond) ? 0 : -ETIMEDOUT;		   \
				break;					   \
			}						   \
		}							   \
		waitq_finish(&w_);					   \
		if ((exclusive_) && err_ != 0)				   \
			waitq_wake_one(q); /* it may have been for us */   \
		err_;							   \
	})

#define waitq_wait(q, cond) \
	((void)waitq_wait_common(q, cond, #cond, false, false, TIMER_NEVER))
#define waitq_wait_interruptible(q, cond) \
	waitq_wait_common(q, cond, #cond, true, false, TIMER_NEVER)
#define waitq_wait_exclusive(q, cond) \
	waitq_wait_common(q, cond, #cond, true, true, TIMER_NEVER)
#define waitq_wait_until(q, cond, deadline) \
	waitq_wait_common(q, cond, #cond, true, false, deadline)
