#pragma once

/*
 * syscall/syscall.h - how a system call is written.
 *
 * trap.S calls a handler with the six argument registers as they are, and
 * writes its result to a0.  All handlers have one type, so that the table
 * needs no casts; these macros name the arguments that a handler looks at:
 *
 *	SYSCALL_2(munmap, addr, length)
 *	{
 *		...
 *	}
 *
 * A handler checks and converts what the program passed; what it calls
 * performs.  It runs with interrupts on and may sleep.
 */

#include "lib/compiler.h"

#define SYSCALL(nr, name, nargs)					    \
	long sys_##name(unsigned long, unsigned long, unsigned long,	    \
			unsigned long, unsigned long, unsigned long);
#include "syscall/table.def"
#undef SYSCALL

#define SYSCALL_0(name)							    \
	long sys_##name(unsigned long a0 UNUSED, unsigned long a1 UNUSED,   \
			unsigned long a2 UNUSED, unsigned long a3 UNUSED,   \
			unsigned long a4 UNUSED, unsigned long a5 UNUSED)
#define SYSCALL_1(name, a)						    \
	long sys_##name(unsigned long a, unsigned long a1 UNUSED,	    \
			unsigned long a2 UNUSED, unsigned long a3 UNUSED,   \
			unsigned long a4 UNUSED, unsigned long a5 UNUSED)
#define SYSCALL_2(name, a, b)						    \
	long sys_##name(unsigned long a, unsigned long b,		    \
			unsigned long a2 UNUSED, unsigned long a3 UNUSED,   \
			unsigned long a4 UNUSED, unsigned long a5 UNUSED)
#define SYSCALL_3(name, a, b, c)					    \
	long sys_##name(unsigned long a, unsigned long b,		    \
			unsigned long c, unsigned long a3 UNUSED,	    \
			unsigned long a4 UNUSED, unsigned long a5 UNUSED)
#define SYSCALL_4(name, a, b, c, d)					    \
	long sys_##name(unsigned long a, unsigned long b,		    \
			unsigned long c, unsigned long d,		    \
			unsigned long a4 UNUSED, unsigned long a5 UNUSED)
#define SYSCALL_5(name, a, b, c, d, e)					    \
	long sys_##name(unsigned long a, unsigned long b,		    \
			unsigned long c, unsigned long d,		    \
			unsigned long e, unsigned long a5 UNUSED)
#define SYSCALL_6(name, a, b, c, d, e, f)				    \
	long sys_##name(unsigned long a, unsigned long b,		    \
			unsigned long c, unsigned long d,		    \
			unsigned long e, unsigned long f)
