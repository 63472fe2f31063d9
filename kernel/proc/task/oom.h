#pragma once

/*
 * proc/task/oom.h - memory has run out: who goes.
 *
 * Whoever asks for the last page need not be who took the others.  So the one
 * that has most is looked for, as on Linux: pages mapped, page tables, VMAs;
 * more or less by what /proc/PID/oom_score_adj says, in thousandths of all
 * memory.  It is told to end, one line on the console says who and why, and
 * whoever wanted memory waits until it is gone, and tries again.
 *
 * Never chosen: process 1; who has oom_score_adj -1000; and root's shell, the
 * leader of a session on the terminal who is root: with it the machine would
 * be out of reach.
 *
 * Only one is on its way out at a time.  If that takes long, because it waits
 * for a lock that a waiter holds, it is passed over and another chosen.
 */

#include "arch/context.h"
#include "lib/types.h"
#include "mm/reserve.h"

struct proc;

#define OOM_ADJ_MIN (-1000)
#define OOM_ADJ_MAX 1000

/* What Linux shows: about 667 for who has nothing, 1333 for all memory. */
unsigned oom_score(struct proc *p);

/* The memory of @p is free, or would be if nobody else had it. */
void oom_victim_gone(struct proc *p);

/* On the way to user mode after an allocation failed: if @frame is a call that
 * says -ENOMEM, wait for memory and do it again. */
void memory_retry_call(struct trapframe *frame);
