#pragma once

/*
 * proc/task/rseq.h - restartable sequences.
 *
 * A program works on what belongs to the hart it runs on, without a lock and
 * without an atomic instruction: it says where the piece of code is, and if it
 * is interrupted in there, so that another thread may have been at the same,
 * it goes on at a place of its choice and begins anew.  The last instruction
 * of the piece makes it count.
 *
 * What it is told (where it runs) and what it tells (struct rseq_cs) stand in
 * memory of its own, which each thread registers; the C library does so.
 */

#include "arch/context.h"
#include "lib/hartmask.h"
#include "lib/types.h"
#include "proc/sched/thread.h"

/* Linux's struct rseq, which is 32 bytes long at least. */
struct user_rseq {
	uint32_t cpu_id_start;
	uint32_t cpu_id;
	uint64_t rseq_cs; /* address of a struct rseq_cs, or 0 */
	uint32_t flags;
	uint32_t node_id;
	uint32_t mm_cid;
	char end[];       /* of what the kernel knows: AT_RSEQ_FEATURE_SIZE */
};

#define RSEQ_SIZE 32
#define RSEQ_ALIGN 32
#define RSEQ_FEATURE_SIZE offsetof(struct user_rseq, end)
#define RSEQ_CPU_ID_UNINITIALIZED UINT32_MAX

/* As Linux: 0; -EINVAL, -EPERM, -EBUSY, -EFAULT.  They sleep. */
long rseq_register(vaddr_t at, uint32_t length, uint32_t signature);
long rseq_unregister(vaddr_t at, uint32_t length, uint32_t signature);

/* The running thread made @child, which has the same memory at the same
 * place, and has not run. */
void rseq_inherit(struct thread *child);

/*
 * On the way to user mode: it ran elsewhere, or others have run, since it was
 * there.  @frame goes on at the abort handler if it was in a sequence; the
 * program ends by SIGSEGV if what it says makes no sense.  Sleeps.
 */
void rseq_return(struct trapframe *frame);
/* The same before a signal's handler gets a frame. */
void rseq_signal(struct trapframe *frame);

/* Whoever runs on one of @harts, in a sequence, begins it anew: he has not
 * gone on when the fence of his hart is over that follows. */
void rseq_preempt_harts(struct hartmask harts);
/* Its interrupt.  Interrupts off. */
void rseq_ipi(void);
