/*
 * arch/riscv/switch.S - leaving one thread, continuing as another.
 */
#include "asm_offsets.h"

	.macro	callee_saved op, base
	\op	ra, CONTEXT_RA(\base)
	\op	sp, CONTEXT_SP(\base)
	\op	gp, CONTEXT_GP(\base)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	\op	s\n, CONTEXT_S + 8*\n(\base)
	.endr
	.endm

	.text

/*
 * void switch_context(struct context *from, const struct context *to);
 *
 * A call that returns as another thread.  The compiler has saved whatever a
 * function may change, so what it must preserve is the whole context; and gp,
 * which is the user's all along and which the fast way out does not load.
 */
	.globl	switch_context
	.type	switch_context, @function
switch_context:
	callee_saved sd, a0
	callee_saved ld, a1
	ret

/* Where a new thread continues: context_init() put entry and argument here. */
	.globl	thread_trampoline
	.type	thread_trampoline, @function
thread_trampoline:
	mv	a0, s2
	jalr	s1
	unimp			/* entry functions do not return */
