/*
 * lib/parse.c - numbers out of text.
 *
 * In a file of its own because the host's C library, which unit tests use
 * instead of string.c, has nothing that refuses as strictly.
 */

#include "lib/bug.h"
#include "lib/string.h"

/* The value of a digit, or a number no base reaches. */
static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return ~0U;
}

/* Does @s begin with 0x and a digit?  A bare "0x" is the number 0, then x. */
static bool has_hex_prefix(const char *s)
{
	return s[0] == '0' && (s[1] == 'x' || s[1] == 'X') &&
	       digit_value(s[2]) < 16;
}

bool parse_u64(const char *s, const char **end, unsigned base, uint64_t *out)
{
	assert(base == 0 || (base >= 2 && base <= 16));

	if ((base == 0 || base == 16) && has_hex_prefix(s)) {
		base = 16;
		s += 2;
	} else if (base == 0) {
		base = 10;
	}
	if (digit_value(*s) >= base)
		return false;

	uint64_t value = 0;

	for (unsigned digit; (digit = digit_value(*s)) < base; s++) {
		if (value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	if (end != NULL)
		*end = s;
	*out = value;
	return true;
}
