/*
 * lib/printf.c - the formatter.
 *
 * vprintf_to() cuts the format into literal runs and conversions.  Each
 * conversion is first read into a struct spec; then its argument is fetched
 * at the width the spec names; then it is laid out as
 *
 *	blanks | prefix | zeros | digits or text | blanks
 *
 * with the pieces handed to the sink as they are made.
 */

#include "lib/printf.h"

#include "lib/bits.h"
#include "lib/string.h"

enum {
	FLAG_LEFT  = 1 << 0, /* - */
	FLAG_ZERO  = 1 << 1, /* 0 */
	FLAG_ALT   = 1 << 2, /* # */
	FLAG_PLUS  = 1 << 3, /* + */
	FLAG_BLANK = 1 << 4, /* blank */
};

struct spec {
	unsigned flags;
	int width;
	int precision;  /* -1: none was given */
	unsigned bytes; /* of an integer argument */
	char conversion;
};

struct out {
	printf_sink sink;
	void *ctx;
	size_t total;
};

/* An array type cannot be passed by address through a function; this can. */
struct args {
	va_list ap;
};

enum { MAX_DIGITS = 22 }; /* 64 bits in octal */

static void put(struct out *out, const char *s, size_t n)
{
	if (n > 0)
		out->sink(out->ctx, s, n);
	out->total += n;
}

/* @n times @c; nothing when @n is negative. */
static void put_fill(struct out *out, char c, int n)
{
	static const char blanks[] = "                ";
	static const char zeros[] = "0000000000000000";
	const char *fill = c == '0' ? zeros : blanks;
	const int chunk = sizeof(blanks) - 1;

	for (; n > 0; n -= chunk)
		put(out, fill, min(n, chunk));
}

static unsigned parse_flags(const char **fmt)
{
	static const char chars[] = "-0#+ ";
	unsigned flags = 0;

	for (;; (*fmt)++) {
		const char *c = **fmt != '\0' ? strchr(chars, **fmt) : NULL;

		if (c == NULL)
			return flags;
		flags |= 1U << (c - chars);
	}
}

/* Digits, or a star that takes the next argument; 0 when there is neither. */
static int parse_count(const char **fmt, struct args *args)
{
	int n = 0;

	if (**fmt == '*') {
		(*fmt)++;
		return va_arg(args->ap, int);
	}
	for (; **fmt >= '0' && **fmt <= '9'; (*fmt)++)
		n = n * 10 + (**fmt - '0');
	return n;
}

/* The length modifier, as the size of the argument it announces. */
static unsigned parse_bytes(const char **fmt)
{
	char c = **fmt;

	if (c == '\0' || strchr("hlztj", c) == NULL)
		return sizeof(int);
	(*fmt)++;
	if (c != 'h' && c != 'l')
		return sizeof(size_t);
	if (**fmt != c)
		return c == 'h' ? sizeof(short) : sizeof(long);
	(*fmt)++;
	return c == 'h' ? sizeof(char) : sizeof(long long);
}

/* Read a conversion; *@fmt stands behind the %, and is moved past it. */
static struct spec parse_spec(const char **fmt, struct args *args)
{
	struct spec spec = { .flags = parse_flags(fmt), .precision = -1 };

	spec.width = parse_count(fmt, args);
	if (spec.width < 0) {
		spec.flags |= FLAG_LEFT;
		spec.width = -spec.width;
	}
	if (**fmt == '.') {
		(*fmt)++;
		spec.precision = max(parse_count(fmt, args), -1);
	}
	spec.bytes = parse_bytes(fmt);
	spec.conversion = **fmt;
	if (spec.conversion != '\0')
		(*fmt)++;
	return spec;
}

static int64_t fetch_signed(const struct spec *spec, struct args *args)
{
	if (spec->bytes == sizeof(int64_t))
		return va_arg(args->ap, int64_t);

	int value = va_arg(args->ap, int);

	switch (spec->bytes) {
	case sizeof(char):
		return (signed char)value;
	case sizeof(short):
		return (short)value;
	default:
		return value;
	}
}

static uint64_t fetch_unsigned(const struct spec *spec, struct args *args)
{
	if (spec->bytes == sizeof(uint64_t))
		return va_arg(args->ap, uint64_t);

	unsigned value = va_arg(args->ap, unsigned);

	switch (spec->bytes) {
	case sizeof(char):
		return (unsigned char)value;
	case sizeof(short):
		return (unsigned short)value;
	default:
		return value;
	}
}

/* Text of known length; @prefix and zeros stand between blanks and text. */
static void put_padded(struct out *out, const struct spec *spec,
		       const char *prefix, int zeros, const char *s, size_t n)
{
	int blanks = spec->width - (int)(strlen(prefix) + n) - max(zeros, 0);

	if (!(spec->flags & FLAG_LEFT))
		put_fill(out, ' ', blanks);
	put(out, prefix, strlen(prefix));
	put_fill(out, '0', zeros);
	put(out, s, n);
	if (spec->flags & FLAG_LEFT)
		put_fill(out, ' ', blanks);
}

/* Write the digits of @value so that they end at @end; returns how many. */
static int make_digits(char *end, uint64_t value, unsigned base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int n = 0;

	for (; value != 0; value /= base)
		*(end - ++n) = digits[value % base];
	return n;
}

static void put_number(struct out *out, const struct spec *spec,
		       const char *prefix, uint64_t value, unsigned base)
{
	char digits[MAX_DIGITS];
	char *end = digits + MAX_DIGITS;
	int n = make_digits(end, value, base, spec->conversion == 'X');
	int least = spec->precision < 0 ? 1 : spec->precision;

	if (base == 8 && spec->flags & FLAG_ALT)
		least = max(least, n + 1);
	if (spec->precision < 0 && (spec->flags & FLAG_ZERO) &&
	    !(spec->flags & FLAG_LEFT))
		least = max(least, spec->width - (int)strlen(prefix));
	put_padded(out, spec, prefix, least - n, end - n, n);
}

static void put_signed(struct out *out, const struct spec *spec, int64_t value)
{
	uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
	const char *prefix = "";

	if (value < 0)
		prefix = "-";
	else if (spec->flags & FLAG_PLUS)
		prefix = "+";
	else if (spec->flags & FLAG_BLANK)
		prefix = " ";
	put_number(out, spec, prefix, magnitude, 10);
}

static void put_hex(struct out *out, const struct spec *spec, uint64_t value)
{
	const char *prefix = "";

	if ((spec->flags & FLAG_ALT) && value != 0)
		prefix = spec->conversion == 'X' ? "0X" : "0x";
	put_number(out, spec, prefix, value, 16);
}

static void put_string(struct out *out, const struct spec *spec, const char *s)
{
	if (s == NULL)
		s = "(null)";
	put_padded(out, spec, "", 0, s,
		   spec->precision < 0 ? strlen(s) :
					 strnlen(s, spec->precision));
}

static void put_char(struct out *out, const struct spec *spec, char c)
{
	put_padded(out, spec, "", 0, &c, 1);
}

/* One conversion.  One we do not know is printed as its letter. */
static void convert(struct out *out, const struct spec *spec, struct args *args)
{
	switch (spec->conversion) {
	case 'c':
		put_char(out, spec, va_arg(args->ap, int));
		return;
	case 's':
		put_string(out, spec, va_arg(args->ap, const char *));
		return;
	case 'd':
	case 'i':
		put_signed(out, spec, fetch_signed(spec, args));
		return;
	case 'u':
		put_number(out, spec, "", fetch_unsigned(spec, args), 10);
		return;
	case 'o':
		put_number(out, spec, "", fetch_unsigned(spec, args), 8);
		return;
	case 'x':
	case 'X':
		put_hex(out, spec, fetch_unsigned(spec, args));
		return;
	case 'p':
		put_number(out, spec, "0x",
			   (uintptr_t)va_arg(args->ap, void *), 16);
		return;
	case '\0':
		return;
	default:
		put(out, &spec->conversion, 1);
	}
}

int vprintf_to(printf_sink sink, void *ctx, const char *fmt, va_list ap)
{
	struct out out = { .sink = sink, .ctx = ctx };
	struct args args;

	va_copy(args.ap, ap);
	while (*fmt != '\0') {
		const char *run = fmt;

		while (*fmt != '\0' && *fmt != '%')
			fmt++;
		put(&out, run, fmt - run);
		if (*fmt == '%') {
			fmt++;
			struct spec spec = parse_spec(&fmt, &args);

			convert(&out, &spec, &args);
		}
	}
	va_end(args.ap);
	return out.total;
}

int printf_to(printf_sink sink, void *ctx, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vprintf_to(sink, ctx, fmt, ap);
	va_end(ap);
	return n;
}

/* Where kvsnprintf() collects: @used counts what fitted, without the NUL. */
struct buffer {
	char *text;
	size_t size, used;
};

static void buffer_put(void *ctx, const char *s, size_t n)
{
	struct buffer *buffer = ctx;

	if (buffer->size == 0)
		return;
	n = min(n, buffer->size - 1 - buffer->used);
	memcpy(buffer->text + buffer->used, s, n);
	buffer->used += n;
}

int kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct buffer buffer = { .text = buf, .size = size };
	int n = vprintf_to(buffer_put, &buffer, fmt, ap);

	if (size > 0)
		buf[buffer.used] = '\0';
	return n;
}

int ksnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = kvsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
