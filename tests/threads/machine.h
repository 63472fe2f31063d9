/*
 * tests/threads/machine.h - included before all else: a host that takes the
 * instructions of RISC-V which the sources of kernel/sync have between their
 * lines of C.  There are no interrupts to be switched off; what a fence does is
 * in harts.c, by datarace_order().
 */
__asm__(".macro csrrci to, csr, bits\n.endm\n"
	".macro csrs csr, bits\n.endm\n"
	".macro fence before, after\n.endm\n");
