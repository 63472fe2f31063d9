#pragma once

/*
 * proc/time/clock.h - until when a system call waits.  What time it is says
 * arch/clock.h, how programs write it lib/time.h.
 */

#include "arch/clock.h"
#include "lib/time.h"
#include "lib/types.h"

/* In @ns from now, whatever the time of day becomes. */
uint64_t deadline_after(uint64_t ns);

/* What struct itimerspec says by @ns: 0 is off. */
uint64_t deadline_of_setting(uint64_t ns, bool absolute, bool realtime);

/*
 * A call that waits for a while, and starts over after a signal that ran no
 * handler, must not wait for all of the while again.  So it returns
 *
 *	return clock_restart_until(deadline);
 *
 * and when it is made again, clock_deadline_after() answers what it answered
 * the first time.
 */
uint64_t clock_deadline_after(uint64_t ns);
/* Its first half: the deadline it answered then, once; 0: this is the first. */
uint64_t clock_restarted(void);
long clock_restart_until(uint64_t deadline);
