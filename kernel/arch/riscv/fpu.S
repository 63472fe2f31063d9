/*
 * arch/riscv/fpu.S - the floating-point registers, all at once.
 *
 * The only kernel code that names them; the caller has set sstatus.FS.
 */
#include "asm_offsets.h"

	.option	arch, +d

	.macro	all_fpu op, base
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	f\n, 8*\n(\base)
	.endr
	.endm

	.text

/* void fpu_registers_save(struct fpu_state *to); */
	.globl	fpu_registers_save
	.type	fpu_registers_save, @function
fpu_registers_save:
	all_fpu	fsd, a0
	frcsr	t0
	sw	t0, FPU_FCSR(a0)
	ret

/* void fpu_registers_load(const struct fpu_state *from); */
	.globl	fpu_registers_load
	.type	fpu_registers_load, @function
fpu_registers_load:
	all_fpu	fld, a0
	lw	t0, FPU_FCSR(a0)
	fscsr	t0
	ret
