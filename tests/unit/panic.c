/*
 * tests/unit/panic.c - where the kernel ends, in a program of the host that is
 * no unit test: it says why, and is killed by SIGABRT.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/bug.h"

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}
