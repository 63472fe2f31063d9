#pragma once

/*
 * proc/time/itimer.h - interval timers and POSIX timers of a process.
 * Times are ticks; expires is a deadline (arch/clock.h), 0 is off.  All sleep.
 */

#include "proc/task/proc.h"

/*
 *	(c)	constant while it exists
 *	(l)	proc->timer_lock while the timer is stopped, its fire() while
 *		it runs
 */
struct posix_timer {
	struct timer timer;
	struct proc *proc;       /* (c) outlives it */
	struct thread *thread;   /* (c) a reference; NULL: for the process */
	int signo;               /* (c) 0: SIGEV_NONE */
	int id;                  /* (c) */
	bool realtime;           /* (c) CLOCK_REALTIME */
	uint64_t value;          /* (c) si_value */
	uint64_t expires GUARDED_BY(C_timers), interval GUARDED_BY(C_timers); /* (l) */
	struct sigsource signal; /* (s) of proc.h */
};

struct timer_setting {
	uint64_t left, interval;
	int overrun;
	bool realtime;
};

void itimer_get(struct proc *p, uint64_t *left, uint64_t *interval);
void itimer_set(struct proc *p, uint64_t after, uint64_t interval);

/* The id, or -EAGAIN.  @thread: its reference is taken over on success. */
int posix_timer_create(struct proc *p, int signo, uint64_t value,
		       bool value_is_id, struct thread *thread, bool realtime);
/* 0 or -EINVAL: no such timer. */
int posix_timer_delete(struct proc *p, int id);
int posix_timer_get(struct proc *p, int id, struct timer_setting *now);
int posix_timer_set(struct proc *p, int id, uint64_t expires, uint64_t interval);
