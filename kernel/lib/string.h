#pragma once

/*
 * lib/string.h - memory and strings.
 *
 * The functions with the C library's names do what the C standard says; the
 * compiler calls some of them on its own.  Unit tests on the host use their
 * own C library's, so that the sanitizers see every access.
 */

#include "lib/types.h"

#if __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *mem, int byte, size_t n);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *needle);
#endif

/*
 * Copy @src into the @size bytes at @dst, cut off if need be, always with a
 * final NUL unless @size is 0.  Returns the length of @src: the copy was cut
 * off if that is not less than @size.
 */
size_t strlcpy(char *dst, const char *src, size_t size);

/*
 * Read digits of @base (2 to 16) at @s into *@out; in base 16 a leading 0x is
 * skipped, and base 0 takes 16 after 0x, else 10.  *@end is then the first
 * character after the digits (@end may be NULL).  False, and nothing stored,
 * when there is no digit or the number needs more than 64 bits.  No sign and
 * no blank is skipped.
 */
bool parse_u64(const char *s, const char **end, unsigned base, uint64_t *out);

/* Copy or clear one page; addresses are page-aligned, pages not the same. */
void page_copy(void *restrict dst, const void *restrict src);
void page_zero(void *dst);
