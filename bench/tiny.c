/*
 * tiny.c - the smallest program there is: it exits at once.
 *
 * What the exec rows start, so that they measure exec and not a C library.
 * Linked without one; see bench/rules.mk.
 */
__asm__(".globl _start\n"
	"_start:\n"
	"	li	a0, 0\n"
	"	li	a7, 94\n"	/* exit_group */
	"	ecall\n");
