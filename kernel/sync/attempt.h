#pragma once

/*
 * sync/attempt.h - reads and writes that wait: one loop for all descriptors
 * that block.
 *
 *	done = attempt(take(e, &value), f->flags & O_NONBLOCK,
 *		       waitq_wait_interruptible(&e->changed, e->count > 0));
 *
 * An attempt has the object's lock for one turn and says -EAGAIN when there
 * is nothing to take, or no room.  Then a descriptor that blocks waits, with
 * no lock, for a condition that makes another attempt worth it, and no more:
 * somebody else may be faster.  A wait that ends otherwise (a signal, the
 * time) ends the call with its error.
 *
 * A condition that is true though the attempt cannot be made would spin for
 * ever, and hear no signal: the lab build panics (sync/retry.h).
 */

#include "lib/compiler.h"
#include "lib/errno.h"
#include "lib/types.h"
#include "sync/retry.h"

#define attempt(try, nonblock, wait)					\
	({								\
		struct retry turns_ = { 0 };				\
		ssize_t done_;						\
		while (unlikely((done_ = (try)) == -EAGAIN) &&		\
		       !(nonblock)) {					\
			int err_ = (wait);				\
			if (err_ != 0) {				\
				done_ = err_;				\
				break;					\
			}						\
			retry_waited(&turns_);				\
		}							\
		done_;							\
	})
