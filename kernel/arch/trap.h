#pragma once

/*
 * arch/trap.h - what a trap is, without saying how RISC-V reports it.
 *
 * arch/riscv/trap.c decodes scause and stval into a struct trap and calls
 * trap_dispatch(), an upcall defined once, in init/trap_dispatch.c, where
 * every subsystem may be named.  System calls do not pass there: trap.S
 * calls the handler in syscall_table[] with the arguments still in their
 * registers.
 */

#include "arch/context.h"
#include "lib/compiler.h"
#include "lib/types.h"

enum trap_kind {
	TRAP_PAGE_FAULT,
	TRAP_TIMER,
	TRAP_IPI_RESCHED,
	TRAP_DEVICE,
	TRAP_ILLEGAL,    /* illegal instruction */
	TRAP_BREAKPOINT,
	TRAP_MISALIGNED,
	TRAP_ACCESS,     /* access fault: no such physical address */
	TRAP_UNKNOWN,
};

enum access {
	ACCESS_READ,
	ACCESS_WRITE,
	ACCESS_EXEC,
};

struct trap {
	enum trap_kind kind;
	enum access access; /* TRAP_PAGE_FAULT, TRAP_ACCESS */
	vaddr_t addr;       /* what could not be accessed */
	bool from_user;
};

/*
 * Interrupts are off for TRAP_TIMER, _IPI_RESCHED, _DEVICE; on for faults
 * that come from user mode, as before the trap for those of the kernel.
 */
void trap_dispatch(struct trapframe *frame, const struct trap *trap); /* upcall */

/*
 * Called by trap.S on the way to user mode while arch_thread.work is not
 * zero: reschedule, deliver signals.  Interrupts on when called and when it returns.
 */
void trap_user_work(struct trapframe *frame); /* upcall */

/*
 * The table has no NULL: what we do not implement points to a function that
 * returns -ENOSYS.  The lab build calls syscall_lab() instead, which calls
 * the handler, counts, and checks that no lock is held at the end.
 */
typedef long (*syscall_fn)(unsigned long, unsigned long, unsigned long,
			   unsigned long, unsigned long, unsigned long);
extern const unsigned long syscall_table_size;
extern const syscall_fn syscall_table[];
/* Of a number above arch_thread.nr_calls. */
long syscall_slowly(struct trapframe *frame); /* upcall */
#if LAB
long syscall_lab(struct trapframe *frame); /* upcall */
#endif

/* IPI_STOP: another hart panics; report (@frame: what was interrupted, or
 * NULL when the mailbox was polled) and stay here.  Interrupts off. */
void panic_stopped(const struct trapframe *frame) __noreturn; /* upcall */

/* A trap in the kernel for whose @frame its stack has no room; the emergency
 * stack has it.  Interrupts off. */
void panic_no_room(const struct trapframe *frame) __noreturn; /* upcall */

/* Route traps of this hart to the kernel; interrupts stay off. */
void trap_init_hart(void);
