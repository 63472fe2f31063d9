#pragma once

/*
 * proc/sched/wake_internal.h - from "it may run" to a place on a queue.
 */

#include "proc/sched/thread.h"

/* Harts that wait for work.  (a) ORDER idle-harts */
extern struct hartmask idle_harts;

/*
 * Put @t, which nobody runs or queues, on the queue of a hart it may run
 * on, and interrupt that hart if it is idle.  @stay: @t was preempted here;
 * prefer this hart, and offer @t to an idle one.  Interrupts off or on.
 */
void sched_enqueue(struct thread *t, bool stay);

struct runq;
/* Threads wait in @rq: interrupt an idle hart that may steal the first. */
void sched_offer_work(struct runq *rq);
