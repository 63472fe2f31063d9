#pragma once

/*
 * proc/sched/pi_links.h - what ipc/futex/pi.c knows of a thread.
 */

#include "lib/types.h"

struct pi_mutex;
struct pi_waiter;

/* All of it under pi_lock. */
struct pi_links {
	struct pi_mutex *held;   /* those it owns and others wait for */
	struct pi_waiter *waits; /* its place in a queue, or NULL */
	bool is_gone;            /* it has given up all that it owned */
};
