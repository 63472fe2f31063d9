/*
 * debug/ubsan_test.c - undefined behaviour on purpose; ubsan.h.
 *
 * What each is reported with stands in tests/boot/checked.t.  The operands
 * are volatile, so that the compiler does not see what they will be.
 */

#include "debug/detector.h"
#include "debug/ubsan.h"
#include "lib/compiler.h"

#if CHECKED

static volatile int zero = 0, minus_one = -1, thirty_two = 32, four = 4;
static volatile int int_max = 0x7fffffff, int_min = -0x7fffffff - 1;
static volatile long long_max = 0x7fffffffffffffffL;
static volatile long sink;

static void shift_too_far(void)
{
	sink = 1U << thirty_two;
}

static void shift_negative(void)
{
	sink = 1U >> minus_one;
}

static void add(void)
{
	sink = int_max + four;
}

static void subtract(void)
{
	sink = int_min - four;
}

static void multiply(void)
{
	sink = long_max * four;
}

static void negate(void)
{
	sink = -int_min;
}

static void divide_by_zero(void)
{
	sink = four / zero;
}

static void divide_too_small(void)
{
	sink = int_min / minus_one;
}

/* What lies behind the array is there to be read. */
static volatile struct {
	int array[4], behind[4];
} numbers;

static void index_behind(void)
{
	sink = numbers.array[four];
}

static void index_before(void)
{
	sink = numbers.behind[minus_one];
}

static void *volatile null;

static void member_of_null(void)
{
	struct pair {
		long first, second;
	} *pair = null;

	sink = (long)&pair->second;
}

static void misaligned(void)
{
	volatile char *bytes = (volatile char *)&numbers;

	sink = *(volatile int *)(bytes + thirty_two / 32);
}

static void wrapped(void)
{
	volatile char *volatile high = (volatile char *)~0xffUL;

	sink = (long)(high + int_max);
}

/* As the poison of fresh memory is. */
static volatile unsigned char byte = 0xdb;

static void neither_true_nor_false(void)
{
	sink = *(volatile bool *)&byte;
}

static void all_is_well(void)
{
	sink = 1U << (thirty_two - 1);
	sink = (int_max - four) + (int_min + four) + int_max / minus_one;
	sink = (unsigned)int_max + (unsigned)int_max + -(unsigned)int_min;
	sink = numbers.array[four - 1] + numbers.behind[zero];
	sink = *(volatile bool *)&numbers;
}

static const struct planted faults[] = {
	{ "shift by too much", shift_too_far, false },
	{ "shift by less than nothing", shift_negative, false },
	{ "sum", add, false },
	{ "difference", subtract, false },
	{ "product", multiply, false },
	{ "negation", negate, false },
	{ "division by zero", divide_by_zero, false },
	{ "quotient", divide_too_small, false },
	{ "index behind an array", index_behind, false },
	{ "index before an array", index_before, false },
	{ "member of nothing", member_of_null, false },
	{ "misaligned load", misaligned, false },
	{ "pointer that wraps", wrapped, false },
	{ "neither true nor false", neither_true_nor_false, false },
	{ "what is allowed", all_is_well, true },
};

void ubsan_test(void)
{
	detector_test("ubsan", faults, ARRAY_SIZE(faults));
}

void ubsan_test_unreachable(void)
{
	if (zero == 0)
		__builtin_unreachable();
}

#endif
