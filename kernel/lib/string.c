/*
 * lib/string.c - memory and string functions.
 *
 * The memory functions work in words of 8 bytes wherever both addresses
 * allow, and never touch a byte outside the ranges they were given, not even
 * inside a word that straddles the end.  The string functions are the
 * simplest correct form: kernel strings are short.
 */

#include "lib/string.h"

#include "lib/compiler.h"

KEEP_LOOPS

#define WORD sizeof(word_t)

/* What memory is moved in, whatever type it was written as. */
typedef uint64_t __attribute__((may_alias)) word_t;

static bool is_word_aligned(const void *p)
{
	return (uintptr_t)p % WORD == 0;
}

/* Whole words between two aligned places, upwards; returns the bytes left. */
static size_t copy_words(word_t *d, const word_t *s, size_t n)
{
	for (; n >= 8 * WORD; n -= 8 * WORD, d += 8, s += 8) {
		d[0] = s[0];
		d[1] = s[1];
		d[2] = s[2];
		d[3] = s[3];
		d[4] = s[4];
		d[5] = s[5];
		d[6] = s[6];
		d[7] = s[7];
	}
	for (; n >= WORD; n -= WORD)
		*d++ = *s++;
	return n;
}

/*
 * The same to an aligned @d from an @s that is @skew (1 to 7) bytes past a
 * word boundary.  Each word stored is put together from two that are loaded;
 * the first of them is gathered by bytes, for it begins before @s.
 */
static size_t copy_skewed(word_t *d, const uint8_t *s, size_t n, unsigned skew)
{
	unsigned ahead = WORD - skew;	/* bytes loaded and not yet stored */
	word_t carry = 0;

	if (n < WORD + ahead)
		return n;
	for (unsigned i = 0; i < ahead; i++)
		carry |= (word_t)s[i] << 8 * i;

	const word_t *next = (const word_t *)(const void *)(s + ahead);

	for (; n >= WORD + ahead; n -= WORD) {
		word_t word = *next++;

		*d++ = carry | word << 8 * ahead;
		carry = word >> 8 * skew;
	}
	return n;
}

/* Copy upwards; right also when the ranges overlap and @d is below @s. */
static NOINLINE void *copy_up(void *dst, const uint8_t *s, size_t n)
{
	uint8_t *d = dst;

	for (; n > 0 && !is_word_aligned(d); n--)
		*d++ = *s++;

	unsigned skew = (uintptr_t)s % WORD;
	size_t left = skew == 0 ? copy_words((void *)d, (const void *)s, n) :
				  copy_skewed((void *)d, s, n, skew);

	d += n - left;
	s += n - left;
	for (; left > 0; left--)
		*d++ = *s++;
	return dst;
}

/* Copy downwards; right also when the ranges overlap and @d is above @s. */
static void copy_down(uint8_t *d, const uint8_t *s, size_t n)
{
	d += n;
	s += n;
	for (; n > 0 && !is_word_aligned(d); n--)
		*--d = *--s;
	for (; is_word_aligned(s) && n >= WORD; n -= WORD) {
		d -= WORD;
		s -= WORD;
		*(word_t *)(void *)d = *(const word_t *)(const void *)s;
	}
	for (; n > 0; n--)
		*--d = *--s;
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	/* What fits a register or two is most of what is copied. */
	if (((uintptr_t)dst | (uintptr_t)src | n) % WORD == 0 && n <= 4 * WORD) {
		for (size_t i = 0; i < n / WORD; i++)
			((word_t *)dst)[i] = ((const word_t *)src)[i];
		return dst;
	}
	if (n < WORD) {
		for (size_t i = 0; i < n; i++)
			((uint8_t *)dst)[i] = ((const uint8_t *)src)[i];
		return dst;
	}
	return copy_up(dst, src, n);
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst - (uintptr_t)src >= n)
		return copy_up(dst, src, n);
	copy_down(dst, src, n);
	return dst;
}

void *memset(void *dst, int byte, size_t n)
{
	uint8_t *d = dst;
	word_t word = (uint8_t)byte * 0x0101010101010101UL;

	for (; n > 0 && !is_word_aligned(d); n--)
		*d++ = byte;

	word_t *w = (void *)d;

	for (; n >= 8 * WORD; n -= 8 * WORD, w += 8) {
		w[0] = w[1] = w[2] = w[3] = word;
		w[4] = w[5] = w[6] = w[7] = word;
	}
	for (; n >= WORD; n -= WORD)
		*w++ = word;
	for (d = (void *)w; n > 0; n--)
		*d++ = byte;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (; n > 0; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *mem, int byte, size_t n)
{
	for (const uint8_t *p = mem; n > 0; n--, p++)
		if (*p == (uint8_t)byte)
			return (void *)(uintptr_t)p;
	return NULL;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0')
		n++;
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] != '\0')
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	for (; *a != '\0' && *a == *b; a++)
		b++;
	return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++)
		if (*a == '\0' || *a != *b)
			return (uint8_t)*a - (uint8_t)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (*s == '\0')
			return NULL;
	return (char *)(uintptr_t)s;
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (*s == '\0')
			return (char *)(uintptr_t)last;
	}
}

char *strstr(const char *s, const char *needle)
{
	size_t len = strlen(needle);

	for (; strncmp(s, needle, len) != 0; s++)
		if (*s == '\0')
			return NULL;
	return (char *)(uintptr_t)s;
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size > 0) {
		size_t n = len < size ? len : size - 1;

		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}
