#pragma once

/*
 * proc/sched/place_internal.h - from "it may run" to a place on a queue.
 */

#include "arch/hart.h"
#include "proc/sched/runq_internal.h"
#include "proc/sched/thread.h"

/* Harts that wait for work.  (a) ORDER idle-harts */
extern struct hartmask idle_harts;

/* Harts that threads are placed on.  (a) hotplug.c changes it; a hint: what
 * decides is whether a queue is closed. */
extern struct hartmask active_harts;

/* Put @t, which nobody runs or queues, on the queue of a hart it may run on,
 * and interrupt that hart if it is idle.  Interrupts off or on. */
void sched_place(struct thread *t);
/* The same for one that was preempted on this hart: it stays if it may, and
 * is offered to the idle ones. */
void sched_put_back(struct thread *t);

static inline bool may_run_here(const struct thread *t)
{
	return (READ_ONCE(t->affinity.bits) & BIT(hart_id())) &&
	       !hart_is_to_leave();
}
