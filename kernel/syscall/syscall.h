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
 * performs.  It runs with interrupts on and may sleep.  Of an argument that
 * the table says is 32 bits it sees those, sign-extended as the compiler has
 * them in registers: a set bit above them is neither seen nor refused.
 */

#include "lib/compiler.h"

#define SYSCALL(nr, name, arguments)					    \
	long sys_##name(unsigned long, unsigned long, unsigned long,	    \
			unsigned long, unsigned long, unsigned long);	    \
	static const char arguments_of_##name[] UNUSED = arguments;
#include "syscall/table.def"
#undef SYSCALL

/* Argument @i as the table has it. */
#define SYSCALL_ARGUMENT(name, i, value)				    \
	(arguments_of_##name[i] == 'i' ? (unsigned long)(int)(value) : (value))

#define SYSCALL_0(name)							    \
	long sys_##name(unsigned long a0 UNUSED, unsigned long a1 UNUSED,   \
			unsigned long a2 UNUSED, unsigned long a3 UNUSED,   \
			unsigned long a4 UNUSED, unsigned long a5 UNUSED)
#define SYSCALL_1(name, a)							\
	static ALWAYS_INLINE long do_##name(unsigned long a);			\
	long sys_##name(unsigned long r0, unsigned long r1 UNUSED,		\
		unsigned long r2 UNUSED, unsigned long r3 UNUSED,		\
		unsigned long r4 UNUSED, unsigned long r5 UNUSED)		\
	{									\
		return do_##name(						\
			SYSCALL_ARGUMENT(name, 0, r0));				\
	}									\
	static ALWAYS_INLINE long do_##name(unsigned long a)
#define SYSCALL_2(name, a, b)							\
	static ALWAYS_INLINE long do_##name(unsigned long a,			\
		unsigned long b);						\
	long sys_##name(unsigned long r0, unsigned long r1,			\
		unsigned long r2 UNUSED, unsigned long r3 UNUSED,		\
		unsigned long r4 UNUSED, unsigned long r5 UNUSED)		\
	{									\
		return do_##name(						\
			SYSCALL_ARGUMENT(name, 0, r0),				\
			SYSCALL_ARGUMENT(name, 1, r1));				\
	}									\
	static ALWAYS_INLINE long do_##name(unsigned long a,			\
		unsigned long b)
#define SYSCALL_3(name, a, b, c)						\
	static ALWAYS_INLINE long do_##name(unsigned long a,			\
		unsigned long b, unsigned long c);				\
	long sys_##name(unsigned long r0, unsigned long r1,			\
		unsigned long r2, unsigned long r3 UNUSED,			\
		unsigned long r4 UNUSED, unsigned long r5 UNUSED)		\
	{									\
		return do_##name(						\
			SYSCALL_ARGUMENT(name, 0, r0),				\
			SYSCALL_ARGUMENT(name, 1, r1),				\
			SYSCALL_ARGUMENT(name, 2, r2));				\
	}									\
	static ALWAYS_INLINE long do_##name(unsigned long a,			\
		unsigned long b, unsigned long c)
#define SYSCALL_4(name, a, b, c, d)						\
	static ALWAYS_INLINE long do_##name(unsigned long a,			\
		unsigned long b, unsigned long c, unsigned long d);		\
	long sys_##name(unsigned long r0, unsigned long r1,			\
		unsigned long r2, unsigned long r3, unsigned long r4 UNUSED, \
		unsigned long r5 UNUSED)					\
	{									\
		return do_##name(						\
			SYSCALL_ARGUMENT(name, 0, r0),				\
			SYSCALL_ARGUMENT(name, 1, r1),				\
			SYSCALL_ARGUMENT(name, 2, r2),				\
			SYSCALL_ARGUMENT(name, 3, r3));				\
	}									\
	static ALWAYS_INLINE long do_##name(unsigned long a,			\
		unsigned long b, unsigned long c, unsigned long d)
#define SYSCALL_5(name, a, b, c, d, e)						\
	static ALWAYS_INLINE long do_##name(unsigned long a,			\
		unsigned long b, unsigned long c, unsigned long d,		\
		unsigned long e);						\
	long sys_##name(unsigned long r0, unsigned long r1,			\
		unsigned long r2, unsigned long r3, unsigned long r4,		\
		unsigned long r5 UNUSED)					\
	{									\
		return do_##name(						\
			SYSCALL_ARGUMENT(name, 0, r0),				\
			SYSCALL_ARGUMENT(name, 1, r1),				\
			SYSCALL_ARGUMENT(name, 2, r2),				\
			SYSCALL_ARGUMENT(name, 3, r3),				\
			SYSCALL_ARGUMENT(name, 4, r4));				\
	}									\
	static ALWAYS_INLINE long do_##name(unsigned long a,			\
		unsigned long b, unsigned long c, unsigned long d,		\
		unsigned long e)
#define SYSCALL_6(name, a, b, c, d, e, f)					\
	static ALWAYS_INLINE long do_##name(unsigned long a,			\
		unsigned long b, unsigned long c, unsigned long d,		\
		unsigned long e, unsigned long f);				\
	long sys_##name(unsigned long r0, unsigned long r1,			\
		unsigned long r2, unsigned long r3, unsigned long r4,		\
		unsigned long r5)						\
	{									\
		return do_##name(						\
			SYSCALL_ARGUMENT(name, 0, r0),				\
			SYSCALL_ARGUMENT(name, 1, r1),				\
			SYSCALL_ARGUMENT(name, 2, r2),				\
			SYSCALL_ARGUMENT(name, 3, r3),				\
			SYSCALL_ARGUMENT(name, 4, r4),				\
			SYSCALL_ARGUMENT(name, 5, r5));				\
	}									\
	static ALWAYS_INLINE long do_##name(unsigned long a,			\
		unsigned long b, unsigned long c, unsigned long d,		\
		unsigned long e, unsigned long f)
