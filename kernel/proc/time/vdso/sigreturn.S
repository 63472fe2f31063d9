/*
 * proc/time/vdso/sigreturn.S - where a signal handler returns to.
 *
 * riscv64 programs bring no stub of their own.  Debuggers and unwinders know
 * a signal frame by these two instructions, of four bytes each.
 */
	.text
	.balign	4
	.globl	__vdso_rt_sigreturn
	.type	__vdso_rt_sigreturn, @function
__vdso_rt_sigreturn:
	li	a7, 139			/* rt_sigreturn */
	ecall
	.size	__vdso_rt_sigreturn, . - __vdso_rt_sigreturn
	.section .note.GNU-stack, "", @progbits
