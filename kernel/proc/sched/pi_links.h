#pragma once

/*
 * proc/sched/pi_links.h - what ipc/futex/pi.c knows of a thread.
 */

#include "lib/types.h"

struct pi_mutex;
struct pi_waiter;

/* Under pi_lock, but for (a): ORDER pi-gone. */
struct pi_links {
	struct pi_mutex *held;   /* those it owns and others wait for; (a) read */
	struct pi_waiter *waits; /* its place in a queue, or NULL */
	bool is_gone;            /* (a) it writes: it gives up all that it owns */
};
