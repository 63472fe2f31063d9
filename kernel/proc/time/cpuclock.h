#pragma once

/*
 * proc/time/cpuclock.h - clocks that show how long a process or a thread has
 * run, and what is to happen when one shows a time.
 *
 * Their ticks are those that something ran; nobody knows beforehand when so
 * many will be over (cputimer.c).
 */

#include "lib/avl.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct proc;
struct thread;

/* Whose time; a user of one has the references. */
struct cpu_clock {
	struct proc *proc;     /* NULL: no clock */
	struct thread *thread; /* of proc; NULL: all of it, and the dead ones */
	bool user;             /* only what the program ran, not what the
				* kernel did for it */
};

/*
 * The clock that number @id names (Linux's clockid_t) to the running thread,
 * with references: 0, or -EINVAL.  @to_read: its own process, by any of its
 * threads' ids, will do.
 */
int cpu_clock_find(int id, bool to_read, struct cpu_clock *out);
void cpu_clock_get(const struct cpu_clock *c);
void cpu_clock_put(const struct cpu_clock *c);

/* What it shows, in ticks.  Takes the signal lock of its process. */
uint64_t cpu_clock_ticks(const struct cpu_clock *c);
/* Who is gone runs no more.  A snapshot. */
bool cpu_clock_stands(const struct cpu_clock *c);

/*
 *	(c)	constant
 *	(s)	signals.lock of clock.proc
 */
struct cpu_watch {
	struct avl_node node;    /* (s) of proc->cpu_watches */
	struct cpu_clock clock;  /* (c) its owner has the references */
	uint64_t expires;        /* (s) ticks of that clock */
	bool queued;             /* (s) */
	unsigned firing;         /* (s) hart + 1 on which fire() runs, or 0 */
	/* (c) interrupts off, no lock held; when it fires again, 0: no more */
	uint64_t (*fire)(struct cpu_watch *w);
};

/* (Re)start @w; its owner calls start and cancel one at a time.  What is over
 * already fires at once, in the caller. */
void cpu_watch_start(struct cpu_watch *w, uint64_t expires);
/* Afterwards @w is idle and fire() is not running. */
void cpu_watch_cancel(struct cpu_watch *w);

/* Sleep until @c shows @deadline: 0, or -ERESTARTSYS for a signal. */
int cpu_clock_wait(const struct cpu_clock *c, uint64_t deadline);

/* A clock interrupt has found a thread of the running process. */
void cpu_watch_tick(struct proc *p);
