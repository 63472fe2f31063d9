#pragma once

/*
 * lib/printf.h - formatted text, to wherever the caller says.
 *
 * Knows no console: the pieces go to a sink as they are made, nothing is
 * allocated, and any context may call it.  Understood are
 *
 *	%c %s %d %i %u %x %X %o %p %%	with the lengths hh h l ll z t j,
 *	a width and a precision (digits or *), and the flags - 0 + # and blank.
 *
 * %p prints 0x and the address.  A string's precision limits what is read,
 * so that %.*s prints text without a NUL.  No floating point.
 */

#include <stdarg.h>

#include "lib/compiler.h"
#include "lib/types.h"

/* Takes the next @n characters; they are not NUL-terminated. */
typedef void (*printf_sink)(void *ctx, const char *s, size_t n);

/* All return the number of characters the whole text has. */
int vprintf_to(printf_sink sink, void *ctx, const char *fmt, va_list ap)
	__printf(3, 0);
int printf_to(printf_sink sink, void *ctx, const char *fmt, ...)
	__printf(3, 4);

/*
 * Into the @size bytes at @buf, cut off if need be, always with a final NUL
 * unless @size is 0.  The text was cut off if the result is not below @size.
 */
int kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
	__printf(3, 0);
int ksnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
