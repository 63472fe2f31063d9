/*
 * arch/riscv/entry.S - the first instructions of every hart.
 *
 * It starts with paging and interrupts off, at physical addresses.
 * Code and data are reached relative to pc, so the same code works low and
 * high.  boot_table maps the gigabyte we stand in at its own address too; the
 * kernel's own table, which is made by the first to come, does not.
 */
#include "asm_offsets.h"

	.section .text.entry, "ax"

/*
 * From the firmware: a0 = this hart's number.  The first to come boots, with
 * the device tree in a1.
 *
 * All others are started through SBI HSM, at this address too: OpenSBI up to
 * 1.2 lets a hart go before it has stored where to, and such a hart comes
 * here whatever it was told.  So one is told nothing, and finds its struct
 * hart by the boot_ticket that has its number.  It takes the ticket; one that
 * comes after the boot hart gave up waiting finds none, and touches nothing.
 */
	.globl	_start
_start:
	jal	paging_on
	la	t0, boot_lottery
	li	t1, 1
	/* No ORDER: who draws first boots; nobody wrote anything before. */
	amoswap.d.aqrl t1, t1, (t0)
	bnez	t1, start_other

	la	tp, harts
	la	sp, boot_stacks + 2*KSTACK_BYTES - FRAME_BYTES
	la	t0, bss_start
	la	t1, kernel_end
1:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	la	t0, boot_stacks + KSTACK_BYTES
	sd	t0, HART_EMERGENCY_SP(tp)
	li	s0, 0
	call	boot_memory
	/* The same stack by its other address: arch/kstack.h. */
	ld	sp, HART_BOOT_SP(tp)
	addi	sp, sp, -FRAME_BYTES
	li	s0, 0
	tail	boot_main

start_other:
	la	tp, harts
	li	t3, NR_HARTS_MAX
	li	t2, BOOT_TICKET_VOID
1:	addi	t0, tp, HART_BOOT_TICKET
/*
 * ORDER hart-boot, started side; the other is in hart_start_one().
 * Acquire: with the ticket comes everything else in the struct hart.
 */
2:	lr.d.aq	t1, (t0)
	beq	t1, a0, 3f
	addi	tp, tp, HART_BYTES
	addi	t3, t3, -1
	bnez	t3, 1b
	j	park
3:	sc.d.rl	t1, t2, (t0)
	bnez	t1, 2b
	/* The boot table does not know its stack. */
	la	t0, kernel_satp
	ld	t0, 0(t0)
	csrw	satp, t0
	sfence.vma
	ld	sp, HART_BOOT_SP(tp)
	addi	sp, sp, -FRAME_BYTES
	li	s0, 0
	tail	hart_arrived

/* Where a hart ends that cannot go on: nothing wakes it. */
	.balign	4
park:
	csrw	sie, zero
1:	wfi
	j	1b

#if CHECKED
/*
 * debug/kasan.h: until the kernel's own table is there, all of the shadow is
 * one page.  Harts that come together write the same.
 */
	.macro	map_shadow
	la	t0, boot_table
	li	t1, BOOT_SHADOW
	add	t0, t0, t1
	la	t1, shadow_gigabyte
	la	t2, shadow_megabytes
	la	t3, shadow_page
	srli	t4, t1, 2
	ori	t4, t4, BOOT_TABLE
	sd	t4, 0(t0)
	srli	t2, t2, 2
	ori	t2, t2, BOOT_TABLE
	srli	t3, t3, 2
	ori	t3, t3, BOOT_DATA
	li	t4, 512
	la	t0, shadow_megabytes
1:	sd	t2, 0(t1)
	sd	t3, 0(t0)
	addi	t1, t1, 8
	addi	t0, t0, 8
	addi	t4, t4, -1
	bnez	t4, 1b
	.endm
#else
	.macro	map_shadow
	.endm
#endif

/* Turn paging on and return to the caller's place in the upper half. */
paging_on:
	csrw	sie, zero
	map_shadow
	la	t0, boot_table
	srli	t0, t0, PAGE_BITS
	li	t1, BOOT_MODE
	or	t0, t0, t1
	li	t1, DIRECT_MAP
	add	ra, ra, t1
	la	t2, park
	add	t2, t2, t1
	csrw	stvec, t2
	sfence.vma
	csrw	satp, t0
	ret

/*
 * One entry for each gigabyte: the second one maps the kernel where it was
 * loaded, those of the upper half all of physical memory.
 */
	.section .data
	.balign	8
boot_lottery:		/* (a) 1 once the boot hart has come */
	.dword	0

	.balign	4096
#if CHECKED
shadow_gigabyte:
	.skip	4096
shadow_megabytes:
	.skip	4096
shadow_page:
	.skip	4096
#endif
boot_table:
	.rept	BOOT_GIGABYTE
	.quad	0
	.endr
	.quad	BOOT_GIGABYTE << 28 | BOOT_LEAF
	.rept	256 - BOOT_GIGABYTE - 1
	.quad	0
	.endr
	.set	gigabyte, 0
	.rept	DIRECT_MAP_GIGABYTES
	.quad	gigabyte << 28 | BOOT_LEAF
	.set	gigabyte, gigabyte + 1
	.endr
	.rept	256 - DIRECT_MAP_GIGABYTES
	.quad	0
	.endr
