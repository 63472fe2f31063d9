/*
 * arch/riscv/trap.S - into the kernel and out of it.
 *
 * In user mode sscratch holds the address of the running thread's trapframe,
 * at the top of its kernel stack; in the kernel it holds 0.  So one swap with
 * sp tells where a trap came from and where its registers go.
 *
 * From user mode everything is saved, since signals, fork and debuggers want
 * to see it, but C code preserves s0-s11 and the kernel never touches gp: on
 * the way out they still are the user's, and are loaded only if arch_thread.work
 * sent us the slow way.  A system call goes straight to its handler, with the
 * arguments in the registers where the user put them.
 */
#include "asm_offsets.h"

/* The registers C code may change, but a0 (first) and sp. */
	.macro	caller_saved op
	\op	ra, FRAME_RA(sp)
	.irp	n, 0, 1, 2
	\op	t\n, FRAME_T + 8*\n(sp)
	.endr
	.irp	n, 1, 2, 3, 4, 5, 6, 7
	\op	a\n, FRAME_A + 8*\n(sp)
	.endr
	.irp	n, 3, 4, 5, 6
	\op	t\n, FRAME_TT + 8*(\n-3)(sp)
	.endr
	.endm

/* Those that it preserves, and gp. */
	.macro	callee_saved op
	\op	gp, FRAME_GP(sp)
	.irp	n, 0, 1
	\op	s\n, FRAME_S + 8*\n(sp)
	.endr
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	\op	s\n, FRAME_SS + 8*(\n-2)(sp)
	.endr
	.endm

/* All registers at sp, but for pc, which is in t1; the stack pointer was in
 * sscratch, the cause is in t3. */
	.macro	save_registers
	caller_saved sd
	callee_saved sd
	sd	a0, FRAME_A(sp)
	sd	tp, FRAME_TP(sp)
	csrrw	t0, sscratch, zero
	csrr	t1, sepc
	csrr	t2, sstatus
	csrr	t3, scause
	sd	t0, FRAME_SP(sp)
	sd	t2, FRAME_STATUS(sp)
	sd	t3, FRAME_CAUSE(sp)
	.endm

/* Those of the kernel, and the call's argument. */
	.macro	save_kernel
	save_registers
	sd	t1, FRAME_PC(sp)
	mv	a0, sp
	.endm

	.text
	.balign	4
	.globl	trap_entry
	.type	trap_entry, @function
trap_entry:
	csrrw	sp, sscratch, sp
	beqz	sp, from_kernel

	save_registers
	ld	tp, FRAME_HART(sp)
	li	t4, ECALL_USER
	bne	t3, t4, not_a_call

	addi	t1, t1, 4			/* go on after the ecall */
	sd	t1, FRAME_PC(sp)
	sd	a0, FRAME_ORIG(sp)
	csrsi	sstatus, STATUS_SIE
#if LAB
	mv	a0, sp
	call	syscall_lab
#else
	ld	t0, HART_CURRENT(tp)
	ld	t0, THREAD_CALLS(t0)
	bgeu	a7, t0, call_slowly
	la	t1, syscall_table
	slli	t0, a7, 3
	add	t1, t1, t0
	ld	t1, 0(t1)
	jalr	t1
#endif
call_done:
	sd	a0, FRAME_A(sp)
	csrci	sstatus, STATUS_SIE

/* Interrupts are off from here to sret, so no work can be added unseen. */
to_user:
	ld	t0, HART_CURRENT(tp)
	lw	t0, THREAD_WORK(t0)
	bnez	t0, to_user_slowly
to_user_now:
	sd	tp, FRAME_HART(sp)
	csrw	sscratch, sp
	ld	t0, FRAME_PC(sp)
	ld	t1, FRAME_STATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	caller_saved ld
	ld	a0, FRAME_A(sp)
	ld	tp, FRAME_TP(sp)
	ld	sp, FRAME_SP(sp)
	sret

not_a_call:
	sd	t1, FRAME_PC(sp)
	mv	a0, sp
	call	trap_from_user
	j	to_user

#if !LAB
/* There is no such call, or somebody is told of each. */
call_slowly:
	mv	a0, sp
	call	syscall_slowly
	j	call_done
#endif

/* void return_to_user(struct trapframe *frame); */
	.globl	return_to_user
	.type	return_to_user, @function
return_to_user:
	csrci	sstatus, STATUS_SIE
	mv	sp, a0
to_user_slowly:
	mv	a0, sp
	call	trap_finish_work
	callee_saved ld
	j	to_user_now

/*
 * A trap of the kernel itself: below what its stack holds, if that is not in
 * the guard or would reach into it.  There is no register to look with but
 * sp, which sscratch keeps.
 */
from_kernel:
	csrr	sp, sscratch
	addi	sp, sp, -FRAME_BYTES
	slli	sp, sp, KSTACK_SIGN		/* arch/kstack.h */
	bgez	sp, no_room
	csrr	sp, sscratch
	addi	sp, sp, -FRAME_BYTES
	save_kernel
	call	trap_from_kernel
	ld	t0, FRAME_PC(sp)
	ld	t1, FRAME_STATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	caller_saved ld
	ld	a0, FRAME_A(sp)
	addi	sp, sp, FRAME_BYTES
	sret

/* Nothing leads back from there. */
no_room:
	ld	sp, HART_EMERGENCY_SP(tp)
	addi	sp, sp, -FRAME_BYTES
	save_kernel
	call	panic_no_room
