#pragma once

/*
 * arch/context.h - the registers of a thread, saved.
 *
 *	struct trapframe	all of them, as the user (or the interrupted
 *				kernel) left them; pushed by trap.S
 *	struct context		what a C function must preserve; kept by
 *				switch_context() while a thread is off its hart
 *	struct arch_thread	what trap.S and switch.S must know of a thread
 */

#include "debug/failalloc.h"
#include "lib/compiler.h"
#include "lib/io_counts.h"
#include "lib/types.h"

struct cred;
struct held_locks;

struct trapframe {
	uint64_t pc;
	uint64_t ra, sp, gp, tp;
	uint64_t t0, t1, t2;
	uint64_t s0, s1;
	uint64_t a0, a1, a2, a3, a4, a5, a6, a7;
	uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
	uint64_t t3, t4, t5, t6;
	uint64_t status;  /* sstatus */
	uint64_t cause;   /* scause */
	uint64_t orig_a0; /* a0 at the system call, for restarting it */
	uint64_t hart;    /* trap.S: the struct hart that went to user mode */
};

_Static_assert(sizeof(struct trapframe) % 16 == 0, "sp stays aligned");

/* trapframe.cause as signal delivery reads it: a system call that has just
 * returned; and what it leaves there once that has been seen to. */
#define FRAME_CAUSE_SYSCALL 8UL
#define FRAME_CAUSE_NONE (~0UL)

struct context {
	uint64_t ra, sp;
	uint64_t gp; /* the user's: the kernel leaves it where it is */
	uint64_t s[12];
};

/* The FPU as the signal frame of Linux lays it out. */
struct fpu_state {
	uint64_t f[32];
	uint32_t fcsr;
	uint32_t pad;
};

/* arch_thread.work: why the way back to user mode takes the slow path. */
enum thread_work {
	WORK_RESCHED = 1, /* another thread should run */
	WORK_SIGNAL = 2,  /* look at the pending signals */
	WORK_STARVED = 8, /* it got no memory: mm/reserve.h */
	WORK_RSEQ = 16,   /* others have run: proc/task/rseq.h */
	WORK_CALL = 32,   /* a call is over that the tracer is told of */
	WORK_LATE = 64,   /* a call is over that left something for then: sync/late.h */
	WORK_OWNERS = 128, /* a call is over by which owners of directories are to be
			    * told: vfs/notify/dnotify.h */
	WORK_FRAME = 4,   /* more than a0 of the user frame was changed in a
			   * system call (exec, sigreturn): load all of it */
};

struct late;
struct mm;
struct vfs_process;

struct arch_thread {
	struct context context;  /* while off its hart */
	uint64_t kstack_top;     /* (c) the user trapframe lies just below */
	struct vfs_process *vfs; /* (c) its process, as vfs/process.h knows it;
				  * NULL: none */
	struct mm *mm;           /* (own) current_mm(): borrowed of its process, or lent
				  * by who runs in it for a while; NULL: none */
	uint32_t work;           /* (a) enum thread_work; who adds some interrupts */
	uint8_t starved_order;   /* (own) 2^this frames it did not get: WORK_STARVED */
	struct late *late;       /* (own) sync/late.h */
	uint64_t nr_calls;       /* (a) system calls that trap.S enters at once: all,
				  * or 0 while a tracer is told of each */
	const struct cred *cred; /* (own) to read, vfs/cred.h; here, so that
				  * the layers below proc can */
	uint32_t flags_lent, flags_hidden; /* (own) O_* that the file in a call has, or
				  * has not, for the time of it: vfs/file.h */
	struct io_counts io;     /* (own) read racily: arch/io_counts.h */
#if LAB
	struct held_locks *held; /* (c) sync/lockorder.h; here for the same reason */
	struct failalloc failalloc; /* (own) */
#endif
	bool fpu_used;           /* (own) fpu is what the registers should hold */
	struct fpu_state fpu;    /* (own) as of the last save */
};

/* The compiler's checks surround variables with gaps. */
#define KSTACK_SHIFT (CHECKED ? 15 : 14)
#define KSTACK_SIZE (1UL << KSTACK_SHIFT)

/* Where @t's registers of user mode are saved. */
static inline struct trapframe *thread_frame(const struct arch_thread *t)
{
	return (struct trapframe *)t->kstack_top - 1;
}

/* Leave @from, continue as @to.  Interrupts off. */
void switch_context(struct context *from, const struct context *to);

/* The stack that ends at @stack_top is @t's from now on: it says so itself,
 * and the lab build looks at each switch. */
void kstack_claim(struct arch_thread *t, uint64_t stack_top);
/*
 * Make @t, whose stack ends at @stack_top, start in the kernel at
 * @entry(@arg) when first switched to, interrupts off.
 */
void context_init(struct arch_thread *t, void *stack_top,
		  void (*entry)(void *), void *arg);

/* What this hart must know of the thread it runs (current, FPU);
 * interrupts off, just before switch_context(). */
void arch_switch(struct arch_thread *from, struct arch_thread *to);

/* Go to user mode with @frame, the frame of the running thread. */
void return_to_user(struct trapframe *frame) __attribute__((noreturn));

/* A fresh user frame: all zero but @pc and @sp, user mode, interrupts on. */
void trapframe_init_user(struct trapframe *frame, vaddr_t pc, vaddr_t sp);

/*
 * The FPU registers of the running thread: copy them to @out (zero if it has
 * never used them), replace them by @in, forget them (exec), or let @child
 * continue with them (fork, clone).
 */
void fpu_save_current(struct fpu_state *out);
void fpu_load_current(const struct fpu_state *in);
void fpu_drop_current(void);
/* All that the hart has of the running thread is in memory from now on. */
void fpu_put_down_current(void);
void fpu_copy_current(struct arch_thread *child);
