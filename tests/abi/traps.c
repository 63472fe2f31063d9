/*
 * tests/abi/traps.c
 *
 * Claim    Instructions that trap become the right signals with si_addr at
 *          the instruction; those that do not trap on RISC-V (divide by zero,
 *          misaligned access) give their results; bss is zero.
 * Method   Hand-written instructions under a handler that steps over them.
 * Oracle   The RISC-V manual for arithmetic; Linux for signals.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <limits.h>
#include <sys/mman.h>
#include <ucontext.h>

static volatile int got_signal, got_code;
static volatile unsigned long got_addr, got_pc;
static int step;		/* bytes of the instruction */

static void step_over(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	got_signal = sig;
	got_code = info->si_code;
	got_addr = (unsigned long)info->si_addr;
	got_pc = uc->uc_mcontext.__gregs[REG_PC];
	uc->uc_mcontext.__gregs[REG_PC] += step;
}

static void test_illegal(void)
{
	step = 4;
	asm volatile(".option push; .option norvc; .word 0xffffffff;"
		     ".option pop" ::: "memory");
	is_int(got_signal, SIGILL, "an illegal instruction: SIGILL");
	is_int(got_code, ILL_ILLOPC, "si_code");
	is_int(got_addr, got_pc, "si_addr is the instruction");

	got_signal = 0;
	asm volatile("csrr t0, 0x100" ::: "t0");	/* sstatus */
	is_int(got_signal, SIGILL, "a supervisor's register: SIGILL");
	got_signal = 0;
	asm volatile(".word 0x12000073");		/* sfence.vma */
	is_int(got_signal, SIGILL, "sfence.vma: SIGILL");
	got_signal = 0;
	asm volatile(".word 0x10200073");		/* sret */
	is_int(got_signal, SIGILL, "sret: SIGILL");
}

static void test_breakpoint(void)
{
	step = 4;
	asm volatile(".option push; .option norvc; ebreak; .option pop" :::
		     "memory");
	is_int(got_signal, SIGTRAP, "ebreak: SIGTRAP");
	is_int(got_code, TRAP_BRKPT, "si_code");
	is_int(got_addr, got_pc, "si_addr is the instruction");
	step = 2;
	got_signal = 0;
	asm volatile("c.ebreak" ::: "memory");
	is_int(got_signal, SIGTRAP, "c.ebreak too");
}

static long divide(long a, long b)
{
	long q;

	asm volatile("div %0, %1, %2" : "=r"(q) : "r"(a), "r"(b));
	return q;
}

static long remainder_of(long a, long b)
{
	long r;

	asm volatile("rem %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
	return r;
}

static void test_arithmetic(void)
{
	double zero = 0, inf;

	got_signal = 0;
	is_int(divide(7, 0), -1, "division by zero is -1");
	is_int(remainder_of(7, 0), 7, "its remainder is the dividend");
	is_int(divide(LONG_MIN, -1), LONG_MIN, "overflow keeps the dividend");
	is_int(remainder_of(LONG_MIN, -1), 0, "with remainder 0");
	asm volatile("fdiv.d %0, %1, %2" : "=f"(inf) : "f"(1.0), "f"(zero));
	ok(inf > 1e308, "1.0 / 0.0 is infinite");
	is_int(got_signal, 0, "no signal for any of them");
}

static void test_misaligned(void)
{
	static char bytes[32] __attribute__((aligned(16)));
	unsigned long value = 0x1122334455667788, back;

	for (int i = 0; i < 9; i++) {
		asm volatile("sd %1, 0(%0)" :: "r"(bytes + i), "r"(value)
			     : "memory");
		asm volatile("ld %0, 0(%1)" : "=r"(back) : "r"(bytes + i));
		if (back != value)
			break;
		back = 0;
	}
	is_int(back, 0, "misaligned stores and loads work");
	is_int((unsigned char)bytes[8], 0x88, "and touch the right bytes");
}

/* A jump into a page by a pointer that crosses from one page to the next. */
static void test_code_across_pages(void)
{
	unsigned char *two = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static const unsigned code[] = { 0x02a00513, 0x00008067 };
	int (*f)(void) = (int (*)(void))(two + 4094);

	memcpy(two + 4094, code, sizeof(code));	/* li a0, 42; ret */
	mprotect(two, 8192, PROT_READ | PROT_EXEC);
	__builtin___clear_cache((char *)two, (char *)two + 8192);
	is_int(f(), 42, "an instruction that lies in two pages runs");
}

static char bss[3 * 4096 + 5];
static int data = 42;

static void test_bss(void)
{
	int sum = 0;

	for (size_t i = 0; i < sizeof(bss); i++)
		sum |= bss[i];
	is_int(sum, 0, "bss is zero");
	is_int(data, 42, "data is not");
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = step_over,
				 .sa_flags = SA_SIGINFO };

	plan(21);
	test_bss();
	sigaction(SIGILL, &act, NULL);
	sigaction(SIGTRAP, &act, NULL);
	test_illegal();
	test_breakpoint();
	test_arithmetic();
	test_misaligned();
	test_code_across_pages();
	return done_testing();
}
