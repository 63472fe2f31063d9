#pragma once

/*
 * proc/time/cputimer.h - ITIMER_VIRTUAL and ITIMER_PROF of a process, and its
 * RLIMIT_CPU.  Times are ticks that its threads have run.
 */

#include "proc/task/proc.h"
#include "proc/time/itimer.h"

/* Of the running process.  @after 0: off. */
void cputimer_get(enum cpu_timer_kind kind, struct timer_setting *timer);
/* @old: how it stood before. */
void cputimer_set(enum cpu_timer_kind kind, uint64_t after, uint64_t interval,
		  struct timer_setting *old);

/* A clock interrupt has found the running thread, and what it ran has been
 * charged.  Interrupts off. */
void cputimer_tick(void);
