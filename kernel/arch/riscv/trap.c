/*
 * arch/riscv/trap.c - from scause and stval to a struct trap.
 *
 * trap.S calls in with interrupts off and wants them off when it gets back.
 * System calls from user mode do not come here.
 */

#include "arch/trap.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/riscv/riscv_internal.h"
#include "lib/bug.h"

static const struct {
	enum trap_kind kind;
	enum access access;
	bool has_addr; /* stval is the address; else it is pc that matters */
} exceptions[] = {
	[CAUSE_FETCH_MISALIGNED] = { TRAP_MISALIGNED, ACCESS_EXEC, true },
	[CAUSE_FETCH_ACCESS] = { TRAP_ACCESS, ACCESS_EXEC, true },
	[CAUSE_ILLEGAL] = { TRAP_ILLEGAL, ACCESS_EXEC, false },
	[CAUSE_BREAKPOINT] = { TRAP_BREAKPOINT, ACCESS_EXEC, false },
	[CAUSE_LOAD_MISALIGNED] = { TRAP_MISALIGNED, ACCESS_READ, true },
	[CAUSE_LOAD_ACCESS] = { TRAP_ACCESS, ACCESS_READ, true },
	[CAUSE_STORE_MISALIGNED] = { TRAP_MISALIGNED, ACCESS_WRITE, true },
	[CAUSE_STORE_ACCESS] = { TRAP_ACCESS, ACCESS_WRITE, true },
	[CAUSE_ECALL_USER] = { TRAP_UNKNOWN, ACCESS_EXEC, false },
	[9 ... 11] = { TRAP_UNKNOWN, ACCESS_EXEC, false },
	[CAUSE_FETCH_PAGE] = { TRAP_PAGE_FAULT, ACCESS_EXEC, true },
	[CAUSE_LOAD_PAGE] = { TRAP_PAGE_FAULT, ACCESS_READ, true },
	[14] = { TRAP_UNKNOWN, ACCESS_EXEC, false },
	[CAUSE_STORE_PAGE] = { TRAP_PAGE_FAULT, ACCESS_WRITE, true },
};

static struct trap decode_exception(const struct trapframe *frame)
{
	struct trap trap = { .kind = TRAP_UNKNOWN, .addr = frame->pc };
	uint64_t cause = frame->cause;

	if (cause < sizeof(exceptions) / sizeof(exceptions[0])) {
		trap.kind = exceptions[cause].kind;
		trap.access = exceptions[cause].access;
		if (exceptions[cause].has_addr)
			trap.addr = csr_read(stval);
	}
	return trap;
}

static void interrupt(struct trapframe *frame, bool from_user)
{
	struct trap trap = { .kind = TRAP_UNKNOWN, .from_user = from_user };

	switch (frame->cause & ~CAUSE_INTERRUPT) {
	case IRQ_SOFT:
		ipi_receive(frame);
		return;
	case IRQ_TIMER:
		trap.kind = TRAP_TIMER;
		break;
	case IRQ_EXTERNAL:
		trap.kind = TRAP_DEVICE;
		break;
	}
	trap_dispatch(frame, &trap);
}

void trap_from_user(struct trapframe *frame)
{
	if (frame->cause & CAUSE_INTERRUPT) {
		interrupt(frame, true);
		return;
	}
	if (frame->cause == CAUSE_ILLEGAL &&
	    (frame->status & SSTATUS_FS) == SSTATUS_FS_OFF) {
		fpu_first_use(frame);
		return;
	}
	struct trap trap = decode_exception(frame);

	trap.from_user = true;
	irq_enable();
	trap_dispatch(frame, &trap);
	irq_disable();
}

void trap_from_kernel(struct trapframe *frame)
{
	if (frame->cause & CAUSE_INTERRUPT) {
		interrupt(frame, false);
		return;
	}
	struct trap trap = decode_exception(frame);

	if (frame->status & SSTATUS_SPIE)
		irq_enable();
	trap_dispatch(frame, &trap);
	irq_disable();
}

/*
 * The last thing before user mode when arch_thread.work is set.  Interrupts
 * are off when the loop ends and stay off until sret.  A hart that adds work
 * for a thread running elsewhere interrupts that hart next: either we see the
 * work here, or the interrupt is taken in user mode and brings us back
 * (arch/riscv/ipi.c orders the two).
 */
void trap_finish_work(struct trapframe *frame)
{
	uint32_t *work = &hart_self()->current->work;
	uint32_t seen;

	while ((seen = READ_ONCE(*work)) != 0) {
		if (seen & WORK_FRAME) {
			atomic_fetch_and_relaxed(work, ~(uint32_t)WORK_FRAME);
			continue;
		}
		irq_enable();
		trap_user_work(frame);
		irq_disable();
	}
}

void trap_init_hart(void)
{
	csr_write(sscratch, 0);
	csr_write(stvec, trap_entry);
	csr_write(scounteren, 7); /* programs may read cycle, time, instret */
	hart_timer_set(TIMER_NEVER);
	csr_write(sie, BIT(IRQ_SOFT) | BIT(IRQ_TIMER) | BIT(IRQ_EXTERNAL));
}
