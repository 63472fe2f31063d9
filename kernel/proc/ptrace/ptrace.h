#pragma once

/*
 * proc/ptrace/ptrace.h - one thread, the tracer, leads others.
 *
 * A tracee stops where its tracer is to look, and says so by SIGCHLD and
 * wait4().  Then the tracer asks, and lets it go on:
 *
 *	stop of		when						wait4()
 *	a signal	it is taken, whatever is done with it		signal
 *	a call		begins, is over (PTRACE_SYSCALL)		SIGTRAP | 0x80
 *	an event	it has made a child, has become another
 *			program, is about to end			SIGTRAP | event << 8
 *	job control	its process stops; if seized also when it goes
 *			on, or PTRACE_INTERRUPT is said			signal | STOP << 8
 *
 * The rule of the room (invariant 16): a tracee leaves its stop only with p->signals.lock of
 * its process held.  So who holds that lock and finds it stopped has its
 * registers, its siginfo and its mask to himself for as long; SIGKILL waits
 * for the lock like everybody.  That its hart holds nothing of it any more it
 * has seen to before it said that it is stopped (fpu_put_down_current()).
 * docs/ptrace.md has the interleavings.
 *
 *	link.c		who traces whom, from ATTACH to DETACH or the end of either
 *	stop.c		the tracee: stops, and goes on
 *	told.c		the tracer: what wait4() finds
 *	request.c	the tracer: what it asks of a stopped tracee
 *	regs.c		registers, and what of them is a system call
 *
 * What is declared here the tracer calls, with no lock held; the tracee's part
 * is in proc/task/to_ptrace.h.  Errors, but where another is named: -ESRCH, for
 * @tid is no thread that the running one traces, or it is not stopped.
 */

#include "arch/context.h"
#include "proc/sched/thread.h"
#include "proc/task/proc.h"

/* PTRACE_EVENT_*; option 1 << n asks for event n. */
enum ptrace_event {
	EVENT_FORK = 1, EVENT_VFORK, EVENT_CLONE, EVENT_EXEC, EVENT_VFORK_DONE,
	EVENT_EXIT, EVENT_SECCOMP,
	EVENT_STOP = 128,
};

#define PTRACE_O_TRACESYSGOOD 1U
#define PTRACE_O_EXITKILL (1U << 20)
/* Those that Linux knows, but for two that need seccomp(). */
#define PTRACE_O_MASK (PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | 0x7eU)

/* ---- who traces whom ---- */

/* The parent traces the running process.  0 or -EPERM. */
long ptrace_traceme(void);
/* The running thread traces @tid from now on: it is sent SIGSTOP, or (@seize)
 * not.  0, -ESRCH: no such thread, -EPERM, -ERESTARTNOINTR.  May sleep. */
long ptrace_attach(int tid, bool seize, uint32_t options);
/* No longer; it goes on, with signal @sig unless that is 0. */
long ptrace_detach(int tid, int sig);

/* ---- requests ---- */

/* It is there, and stopped. */
long ptrace_check(int tid);
/* It goes on, with signal @sig unless that is 0.  @calls: to stop at calls. */
long ptrace_resume(int tid, bool calls, int sig);
/* Stopped or not: it is killed. */
long ptrace_kill(int tid);
/* Stopped or not: it stops.  -EIO: it was not seized. */
long ptrace_interrupt(int tid);
/* Stopped by job control, it waits for news of that.  -EIO: it is not. */
long ptrace_listen(int tid);
long ptrace_set_options(int tid, uint32_t options);
long ptrace_get_message(int tid, uint64_t *message);
/* What the stop is about.  -EINVAL: job control, which says nothing. */
long ptrace_get_info(int tid, struct siginfo *info);
long ptrace_set_info(int tid, struct siginfo *info);
long ptrace_get_blocked(int tid, sigset_t *mask);
long ptrace_set_blocked(int tid, sigset_t mask);
/* Entry @nr of those queued for it, or (@shared) for its process, by number.
 * 1, or 0: there are no so many. */
long ptrace_peek_queue(int tid, bool shared, uint64_t nr, struct siginfo *info);
/* Its memory, by force; bytes copied, or -EIO when none.  May sleep. */
long ptrace_access(int tid, vaddr_t addr, void *buf, size_t n, bool write);

/* ---- registers ---- */

/* pc and x1 to x31; the FPU's.  The first @n bytes of what Linux calls a
 * regset; the FPU's are zero if it has never used any. */
enum ptrace_regset {
	REGSET_GENERAL,
	REGSET_FPU,
	NR_REGSETS,
};

#define MAX_REGSET sizeof(struct fpu_state)
size_t ptrace_regset_size(enum ptrace_regset set);
long ptrace_get_registers(int tid, enum ptrace_regset set, void *buf, size_t n);
long ptrace_set_registers(int tid, enum ptrace_regset set, void *buf, size_t n);

/* As programs lay it out: PTRACE_GET_SYSCALL_INFO. */
struct ptrace_syscall_info {
	uint8_t op; /* 0: no call; 1: it begins; 2: it is over */
	uint8_t pad[3];
	uint32_t arch;
	uint64_t pc, sp;
	union {
		struct {
			uint64_t nr, args[6];
		} entry;
		struct {
			int64_t result;
			uint8_t is_error;
		} exit;
	};
};

/* How many bytes of *@info are filled in. */
long ptrace_get_syscall_info(int tid, struct ptrace_syscall_info *info);

/* ---- the running thread's calls: syscall/syscall.c, init/trap_dispatch.c ---- */

static inline bool ptrace_is_told_of_calls(void)
{
	return READ_ONCE(current_thread()->arch.nr_calls) == 0;
}

/* Its tracer is told, and may have changed registers, or the call.  False: the
 * thread is to die instead.  Sleeps. */
bool ptrace_call_begins(struct trapframe *frame);
/* WORK_CALL.  Sleeps. */
void ptrace_call_ends(void);
