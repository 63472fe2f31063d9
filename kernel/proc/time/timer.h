#pragma once

/*
 * proc/time/timer.h - call a function at a time.
 *
 * Each hart has its timers in a tree ordered by deadline, and its clock
 * interrupt is set to the earliest, so an idle hart with none is never
 * disturbed.  A timer fires on the hart that started it, or, when that one has
 * left, on another.
 */

#include "lib/avl.h"
#include "lib/types.h"

struct timer {
	struct avl_node node;            /* (hart's timer lock) */
	uint64_t deadline;               /* (hart's timer lock) arch/clock.h */
	void (*fire)(struct timer *t);   /* (c) in interrupt context, no lock held */
	uint32_t hart;                   /* (hart's timer lock) whose queue it uses */
	bool queued;                     /* (hart's timer lock) */
	bool armed;                      /* (owner) started since it was cancelled */
};

void timer_init(struct timer *t, void (*fire)(struct timer *t));
/* (Re)start @t.  Its owner calls start and cancel one at a time. */
void timer_start(struct timer *t, uint64_t deadline);
/* Afterwards @t is idle and fire() is not running (unless called from it).
 * True when it had not fired.  Any context that fire()'s locks allow.  One that
 * was never started is in nobody's queue, and no lock is taken. */
bool timer_cancel(struct timer *t);

/* The timer interrupt: fire what is due, set the next. Interrupts off. */
void timer_interrupt(void);
/* The time of day was set, and is: what waits for one looks again, on every
 * hart.  Interrupts on.  And its interrupt there, interrupts off. */
void timer_clock_was_set(void);
void timer_ipi(void);
/* The scheduler's slice ends at @deadline (TIMER_NEVER: no slice). Interrupts off. */
void timer_set_slice(uint64_t deadline);
void timers_init(void); /* boot, before any hart */
void timer_init_hart(void);
/* This hart leaves: what waits here waits at hart @to, which stays, from now
 * on.  Nobody starts one here any more.  Interrupts off. */
void timer_leave_hart(unsigned to);

/* Only the watchdog interrupted the wait of an idle hart: it has had its look,
 * and there is nothing else to do.  Interrupts off. */
#if LAB
bool timer_was_watchdog(void);
#else
#define timer_was_watchdog() false
#endif
