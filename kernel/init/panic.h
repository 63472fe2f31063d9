#pragma once

/*
 * init/panic.h - the end, when the kernel itself is wrong.
 *
 * panic() itself is declared in lib/bug.h, panic_stopped() in arch/trap.h.
 */

#include "arch/trap.h"
#include "lib/compiler.h"

/* The kernel took @trap, which it never should. */
void panic_trap(struct trapframe *frame, const struct trap *trap) __noreturn;
