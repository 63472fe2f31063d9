/*
 * proc/vdso.S - the page of the kernel that runs in user mode.
 *
 * A signal handler returns here, since riscv64 programs bring no stub of
 * their own.  Debuggers and unwinders know a signal frame by these two
 * instructions.
 */
	.section .rodata
	.balign	4096
	.globl	vdso_page
vdso_page:
	li	a7, 139			/* rt_sigreturn */
	ecall
	.balign	4096
