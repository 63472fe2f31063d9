/*
 * disk/flusher.c - the thread that writes back what has been dirty for a while,
 * and sooner when there is much of it.
 *
 * Nobody relies on it: who wants to know that something is stored says fsync(),
 * and who makes too much dirty writes back himself (mm/store.h).
 */

#include "disk/disk_internal.h"

#include "arch/clock.h"
#include "lib/bug.h"
#include "lib/ticks.h"
#include "lib/time.h"
#include "mm/store.h"
#include "proc/sched/thread.h"
#include "sync/waitq.h"

#define AGE_NS (5 * NS_PER_SECOND)

static bool is_much(void)
{
	return store_nr_dirty() > store_max_dirty() / 2;
}

static void flusher(void *unused UNUSED)
{
	for (;;) {
		waitq_wait(&store_work, store_nr_dirty() != 0);
		(void)waitq_wait_common(&store_work, is_much(), "much is dirty",
					false, false,
					clock_ticks() + ns_to_ticks(AGE_NS));
		store_write_back_some(0);
		cond_resched();
	}
}

void flusher_init(void)
{
	if (kthread_start("flusher", flusher, NULL) == NULL)
		panic("no memory for a thread");
}
