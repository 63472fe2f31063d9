/*
 * debug/ubsan.c - what the checks of -fsanitize=undefined call; ubsan.h.
 *
 * Each check passes a record that the compiler made for it, which begins with
 * the place in the source, and the values.  The shapes of the records and the
 * names of the functions are the compiler's, and so are the encodings in
 * struct type.
 *
 * This file is compiled without the checks.
 */

#include "debug/ubsan.h"

#include "debug/detector.h"
#include "lib/bug.h"
#include "lib/printf.h"
#include "lib/string.h"

#if CHECKED

struct place {
	const char *file;
	uint32_t line, column;
};

enum { TYPE_INTEGER = 0 };

struct type {
	uint16_t kind;
	uint16_t info; /* of an integer: log2(bits) << 1 | is signed */
	char name[];   /* as it is written, in quotes */
};

struct overflow {
	struct place at;
	const struct type *type;
};

struct shift {
	struct place at;
	const struct type *left, *right;
};

struct bounds {
	struct place at;
	const struct type *array, *index;
};

struct mismatch {
	struct place at;
	const struct type *type;
	uint8_t log_align;
	uint8_t access; /* into accesses[] */
};

struct invalid {
	struct place at;
	const struct type *type;
};

struct anywhere {
	struct place at;
};

void __ubsan_handle_add_overflow(struct overflow *o, uint64_t a, uint64_t b);
void __ubsan_handle_sub_overflow(struct overflow *o, uint64_t a, uint64_t b);
void __ubsan_handle_mul_overflow(struct overflow *o, uint64_t a, uint64_t b);
void __ubsan_handle_divrem_overflow(struct overflow *o, uint64_t a, uint64_t b);
void __ubsan_handle_negate_overflow(struct overflow *o, uint64_t a);
void __ubsan_handle_shift_out_of_bounds(struct shift *s, uint64_t a, uint64_t b);
void __ubsan_handle_out_of_bounds(struct bounds *b, uint64_t index);
void __ubsan_handle_type_mismatch_v1(struct mismatch *m, uint64_t pointer);
void __ubsan_handle_load_invalid_value(struct invalid *i, uint64_t value);
void __ubsan_handle_pointer_overflow(struct anywhere *a, uint64_t from, uint64_t to);
void __ubsan_handle_builtin_unreachable(struct anywhere *a) __noreturn;

static void __printf(2, 3) found(const struct place *at, const char *fmt, ...)
{
	char text[140];
	va_list ap;

	va_start(ap, fmt);
	kvsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	detector_found("undefined behaviour", "%s:%u:%u: %s", at->file,
		       at->line, at->column, text);
}

/* ---- values as text ---- */

#define VALUE_MAX 24

static unsigned bits_of(const struct type *type)
{
	return 1U << (type->info >> 1);
}

static bool is_signed(const struct type *type)
{
	return type->kind == TYPE_INTEGER && (type->info & 1) != 0;
}

/* A value comes in the low bits of a register. */
static int64_t extend(const struct type *type, uint64_t raw)
{
	unsigned unused = 64 - bits_of(type);

	return (int64_t)(raw << unused) >> unused;
}

static bool is_negative(const struct type *type, uint64_t raw)
{
	return is_signed(type) && extend(type, raw) < 0;
}

/* One of 128 bits is passed as the address of it. */
static const char *text_of(const struct type *type, uint64_t raw, char *text)
{
	if (type->kind != TYPE_INTEGER || bits_of(type) > 64)
		strlcpy(text, "(a value)", VALUE_MAX);
	else if (is_signed(type))
		ksnprintf(text, VALUE_MAX, "%ld", extend(type, raw));
	else
		ksnprintf(text, VALUE_MAX, "%lu", raw);
	return text;
}

/* ---- arithmetic ---- */

static void not_in_type(const struct overflow *o, uint64_t a, const char *operator,
			uint64_t b)
{
	char left[VALUE_MAX], right[VALUE_MAX];

	found(&o->at, "%s %s %s does not fit in %s", text_of(o->type, a, left),
	      operator, text_of(o->type, b, right), o->type->name);
}

void __ubsan_handle_add_overflow(struct overflow *o, uint64_t a, uint64_t b)
{
	not_in_type(o, a, "+", b);
}

void __ubsan_handle_sub_overflow(struct overflow *o, uint64_t a, uint64_t b)
{
	not_in_type(o, a, "-", b);
}

void __ubsan_handle_mul_overflow(struct overflow *o, uint64_t a, uint64_t b)
{
	not_in_type(o, a, "*", b);
}

/* By zero, or the smallest number by -1. */
void __ubsan_handle_divrem_overflow(struct overflow *o, uint64_t a, uint64_t b)
{
	not_in_type(o, a, "/", b);
}

void __ubsan_handle_negate_overflow(struct overflow *o, uint64_t a)
{
	char text[VALUE_MAX];

	found(&o->at, "-(%s) does not fit in %s", text_of(o->type, a, text),
	      o->type->name);
}

void __ubsan_handle_shift_out_of_bounds(struct shift *s, uint64_t a, uint64_t b)
{
	char left[VALUE_MAX], right[VALUE_MAX];

	text_of(s->left, a, left);
	text_of(s->right, b, right);
	if (is_negative(s->right, b) || b >= bits_of(s->left))
		found(&s->at, "%s is shifted by %s, and %s has %u bits", left,
		      right, s->left->name, bits_of(s->left));
	else
		found(&s->at, "%s shifted by %s does not fit in %s", left, right,
		      s->left->name);
}

/* ---- memory ---- */

void __ubsan_handle_out_of_bounds(struct bounds *b, uint64_t index)
{
	char text[VALUE_MAX];

	found(&b->at, "index %s is outside %s", text_of(b->index, index, text),
	      b->array->name);
}

void __ubsan_handle_type_mismatch_v1(struct mismatch *m, uint64_t pointer)
{
	static const char *const accesses[] = {
		"load of", "store to", "reference to", "access to a member of",
		"call of a member of", "making", "cast down of", "cast down of",
		"cast up of", "cast of", "check of", "dynamic access to",
	};
	const char *access = m->access < ARRAY_SIZE(accesses) ?
				     accesses[m->access] : "access to";
	uint64_t align = 1UL << m->log_align;

	if (pointer == 0)
		found(&m->at, "%s %s by a null pointer", access, m->type->name);
	else if (pointer % align != 0)
		found(&m->at, "%s %s at %#lx, which is not aligned to %lu",
		      access, m->type->name, pointer, align);
	else
		found(&m->at, "%s %s at %#lx, where there is no room for it",
		      access, m->type->name, pointer);
}

void __ubsan_handle_load_invalid_value(struct invalid *i, uint64_t value)
{
	char text[VALUE_MAX];

	found(&i->at, "%s is no value of %s", text_of(i->type, value, text),
	      i->type->name);
}

void __ubsan_handle_pointer_overflow(struct anywhere *a, uint64_t from, uint64_t to)
{
	found(&a->at, "the pointer %#lx wraps around to %#lx", from, to);
}

void __ubsan_handle_builtin_unreachable(struct anywhere *a)
{
	found(&a->at, "this place is said never to be reached");
	panic("%s:%u: there is no way on from here", a->at.file, a->at.line);
}

#endif
