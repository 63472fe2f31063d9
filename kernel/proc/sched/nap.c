/*
 * proc/sched/nap.c - a sleep that ends at a given time, whoever else ends it.
 */
#include "sync/block.h"

#include "arch/hart.h"
#include "debug/race.h"
#include "lib/list.h"
#include "proc/sched/sched.h"
#include "proc/time/timer.h"

struct sleep_timer {
	struct timer timer;
	struct thread *sleeper; /* (c) */
	bool rang;              /* (a) */
};

static void sleep_timer_fire(struct timer *t)
{
	struct sleep_timer *st = container_of(t, struct sleep_timer, timer);

	WRITE_ONCE(st->rang, true);
	wake_thread(st->sleeper);
}

bool block_schedule_until(uint64_t deadline)
{
	if (deadline == TIMER_NEVER) {
		block_schedule();
		return true;
	}

	struct sleep_timer st = { .sleeper = current_thread() };

	timer_init(&st.timer, sleep_timer_fire);
	race_point(nap_begins, hart_id());
	timer_start(&st.timer, deadline);
	watchdog_sleeps_until(deadline);
	schedule();
	watchdog_woke();
	timer_cancel(&st.timer);
	return !st.rang;
}
