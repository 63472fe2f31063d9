/*
 * init/trap_dispatch.c - the one switch over the kinds of traps: where
 * hardware meets every subsystem.
 */
#include "arch/hart.h"
#include "arch/trap.h"
#include "debug/seeded.h"
#include "dev/plic.h"
#include "init/lab.h"
#include "init/panic.h"
#include "lib/bug.h"
#include "mm/fault.h"
#include "proc/ptrace/ptrace.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal.h"
#include "proc/task/oom.h"
#include "proc/task/proc.h"
#include "proc/task/rseq.h"
#include "proc/time/cputimer.h"
#include "proc/time/timer.h"
#include "sync/late.h"
#include "sync/rcu.h"

/* A fault was not resolved at once, for @result: what the program gets for it,
 * if it is not resolved at all. */
static NOINLINE void user_fault(const struct trap *trap, enum fault_result result)
{
	vaddr_t addr = trap->addr;

	switch (mm_fault_again(current_mm(), addr, trap->access, false, true, result)) {
	case FAULT_OK:
		return;
	case FAULT_NOMAP:
	case FAULT_STACK: /* none of these comes out of mm/ */
	case FAULT_SLEEPS:
	case FAULT_HANDED:
		signal_fault(SIGSEGV, SEGV_MAPERR, addr);
		return;
	case FAULT_ACCESS:
		signal_fault(SIGSEGV, SEGV_ACCERR, addr);
		return;
	case FAULT_BEYOND:
		signal_fault(SIGBUS, BUS_ADRERR, addr);
		return;
	case FAULT_NOMEM:
		/* Nobody else could be made to go. */
		signal_kernel(current_proc(), SIGKILL);
		return;
	}
}

static void page_fault(struct trapframe *frame, const struct trap *trap)
{
	struct thread *self = thread_of_arch(hart_self()->current);
	enum fault_result result;

	/* The kernel reaches user memory without its addresses. */
	if (unlikely(!trap->from_user))
		panic_trap(frame, trap);
	WRITE_ONCE(self->faults, self->faults + 1);
	result = mm_fault_once(self->arch.mm, trap->addr, trap->access, false);
	if (unlikely(result != FAULT_OK))
		user_fault(trap, result);
}

static void user_mistake(struct trapframe *frame, const struct trap *trap)
{
	if (!trap->from_user)
		panic_trap(frame, trap);
	switch (trap->kind) {
	case TRAP_BREAKPOINT:
		signal_fault(SIGTRAP, TRAP_BRKPT, frame->pc);
		return;
	case TRAP_MISALIGNED:
		signal_fault(SIGBUS, BUS_ADRALN, trap->addr);
		return;
	case TRAP_ACCESS:
		signal_fault(SIGSEGV, SEGV_ACCERR, trap->addr);
		return;
	default:
		signal_fault(SIGILL, ILL_ILLOPC, frame->pc);
	}
}

static void dispatch(struct trapframe *frame, const struct trap *trap)
{
	if (likely(trap->kind == TRAP_PAGE_FAULT)) {
		page_fault(frame, trap);
		return;
	}
	switch (trap->kind) {
	case TRAP_TIMER:
		sched_sample_time(trap->from_user);
		cputimer_tick();
		if (seeded_tick(frame->pc))
			sched_preempt();
		timer_interrupt();
		return;
	case TRAP_IPI_RESCHED:
		timer_ipi();
		rseq_ipi();
		rcu_ipi();
		sched_ipi();
		return;
	case TRAP_DEVICE:
		count(device_irqs);
		irq_dispatch();
		return;
	default:
		user_mistake(frame, trap);
	}
}

void trap_dispatch(struct trapframe *frame, const struct trap *trap)
{
	lab_trap_begins(trap);
	dispatch(frame, trap);
	lab_trap_ends(trap);
}

void trap_user_work(struct trapframe *frame)
{
	cond_resched();
	late_run();
	if (is_asked_to(WORK_CALL))
		ptrace_call_ends();
	if (is_asked_to(WORK_STARVED))
		memory_retry_call(frame);
	if (READ_ONCE(current_thread()->arch.work) & WORK_RSEQ)
		rseq_return(frame);
	if (READ_ONCE(current_thread()->arch.work) & WORK_SIGNAL)
		signal_deliver(frame);
}
