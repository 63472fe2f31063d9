#pragma once

/*
 * lib/bug.h - what must be true, and the end when it is not.
 *
 * An assert states a fact about our own code, never about what a program or
 * a device sent: those get an error number.  It is checked in both builds.
 * A lab_assert is one that costs too much for the release build.
 */

#include "lib/compiler.h"

/*
 * Stop every hart, say why, and power off with a failing status.  Context:
 * any, with any lock held.
 */
void panic(const char *fmt, ...) __noreturn __printf(1, 2); /* upcall */

#define assert(cond)							\
	(likely(cond) ? (void)0 :					\
	 panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #cond))

#if LAB
#define lab_assert(cond) assert(cond)
#else
#define lab_assert(cond) ((void)sizeof(cond))
#endif
