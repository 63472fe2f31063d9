#pragma once

/*
 * proc/sched/rt_lists.h - where a hart's real-time threads wait: rt_internal.h.
 */

#include "lib/list.h"
#include "lib/types.h"

/* (q) the lock of the queue that they are a part of. */
struct rt_lists {
	struct list of[100]; /* (q) by priority; 0 is empty */
	uint64_t used[2];    /* (q) which are not */
};
