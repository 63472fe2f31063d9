#pragma once

/*
 * sync/killable.h - wait until a condition holds, or the waiting thread is killed.
 */

#include "sync/waitq.h"

/* 0; or -EINTR: it is killed, and no other signal ends it.  As waitq_wait(). */
#define waitq_wait_killable(q, cond)					   \
	({								   \
		struct waiter w_ = { .thread = current_thread() };	   \
		int err_ = 0;						   \
		lockorder_assert_may_sleep();				   \
		for (;;) {						   \
			waitq_prepare((q), &w_, false);			   \
			/* Anew: a signal that is fatal may end it, too. */ \
			block_prepare_killable();			   \
			if (cond)					   \
				break;					   \
			if (block_killed()) {				   \
				err_ = -EINTR;				   \
				break;					   \
			}						   \
			watchdog_sleeps(&waitq_sleep, (q), #cond, __func__); \
			block_schedule();				   \
		}							   \
		waitq_finish(&w_);					   \
		err_;							   \
	})
