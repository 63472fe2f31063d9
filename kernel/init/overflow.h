#pragma once

/*
 * init/overflow.h - a stack that overflows, on purpose.
 *
 * The guards below kernel stacks (arch/kstack.h) are in every build, and so is
 * what shows that they work: the word overflow=KIND of the command line makes a
 * thread of the kernel, "overflower", which
 *
 *	call		calls itself until there is no stack left
 *	interrupt	calls itself until there is too little for the registers
 *			of an interrupt, and waits for one
 *
 * tests/boot/overflow.t tells them apart.
 */

/* Boot, once threads can be made. */
void overflow_if_told(void);
