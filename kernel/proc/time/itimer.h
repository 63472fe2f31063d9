#pragma once

/*
 * proc/time/itimer.h - interval timers and POSIX timers of a process.
 * Times are ticks, but for intervals of POSIX timers; expires is a deadline
 * (arch/clock.h), 0 is off.  All sleep.
 */

#include "proc/task/proc.h"
#include "proc/time/cpuclock.h"

/*
 *	(c)	constant while it exists
 *	(l)	proc->timer_lock while the timer is stopped, its fire() while
 *		it runs
 */
struct posix_timer {
	struct timer timer;
	struct cpu_watch cpu;    /* (l), to start and cancel; instead of timer
				  * if there is a cpu.clock.proc */
	struct proc *proc;       /* (c) outlives it */
	struct thread *thread;   /* (c) a reference; NULL: for the process */
	int signo;               /* (c) 0: SIGEV_NONE */
	int id;                  /* (c) */
	bool realtime;           /* (c) CLOCK_REALTIME */
	uint64_t value;          /* (c) si_value */
	uint64_t expires GUARDED_BY(C_timers);  /* (l) */
	uint64_t interval GUARDED_BY(C_timers); /* (l) ns */
	uint64_t rest GUARDED_BY(C_timers);     /* (l) period.h */
	struct sigsource signal; /* (s) of proc.h */
};

struct timer_setting {
	uint64_t left, interval; /* the interval of a POSIX timer is in ns */
	int overrun;             /* of a POSIX timer */
};

/* What a timer goes by, and whom it tells. */
struct timer_request {
	int signo;             /* 0: nobody */
	uint64_t value;        /* si_value ... */
	bool value_is_id;      /* ... which is its number instead */
	struct thread *thread; /* a reference; NULL: the process */
	struct cpu_clock cpu;  /* references; .proc NULL: it goes by a clock */
	bool realtime;         /* CLOCK_REALTIME */
};

void itimer_get(struct proc *p, struct timer_setting *now);
/* @old: how it stood when it was stopped for that. */
void itimer_set(struct proc *p, uint64_t after, uint64_t interval,
		struct timer_setting *old);

/* The id, or -EAGAIN.  References of @r are taken over on success. */
int posix_timer_create(struct proc *p, const struct timer_request *r);
/* 0 or -EINVAL: no such timer. */
int posix_timer_delete(struct proc *p, int id);
int posix_timer_get(struct proc *p, int id, struct timer_setting *now);
/* @ns: of its clock if @absolute, else from now; 0: off.  @interval: ns.
 * @old: as of itimer_set(). */
int posix_timer_set(struct proc *p, int id, uint64_t ns, bool absolute,
		    uint64_t interval, struct timer_setting *old);
