/*
 * tests/abi/signal_context.c
 *
 * Claim    A signal handler disturbs no register of the code it interrupts,
 *          neither integer nor floating-point, wherever it strikes; what the
 *          handler writes into its ucontext takes effect.
 * Method   A loop in assembly keeps known values in 26 integer and 32
 *          floating-point registers while an interval timer raises signals
 *          whose handler fills all of them with others.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/time.h>
#include <ucontext.h>

static volatile long nr_signals;

static void trash_registers(int sig TAP_UNUSED)
{
	nr_signals++;
#define FILL(r) "fcvt.d.l " #r ", %0\n"
	asm volatile(
		FILL(ft0) FILL(ft1) FILL(ft2) FILL(ft3) FILL(ft4) FILL(ft5)
		FILL(ft6) FILL(ft7) FILL(fa0) FILL(fa1) FILL(fa2) FILL(fa3)
		FILL(fa4) FILL(fa5) FILL(fa6) FILL(fa7) FILL(ft8) FILL(ft9)
		FILL(ft10) FILL(ft11)
		"csrwi fflags, 0x1f\n"
		:: "r"(-1L)
		: "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7",
		  "fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7",
		  "ft8", "ft9", "ft10", "ft11");
#undef FILL
}

/*
 * Loads x = base + number into every register the ABI lets us use, spins
 * @loops times, then sums the differences. 0 when nothing was disturbed.
 */
static long hold_integers(long base, long loops)
{
	long wrong;

	asm volatile(
		"addi t1, %1, 6\n addi t2, %1, 7\n addi t3, %1, 28\n"
		"addi t4, %1, 29\n addi t5, %1, 30\n addi t6, %1, 31\n"
		"addi a2, %1, 12\n addi a3, %1, 13\n addi a4, %1, 14\n"
		"addi a5, %1, 15\n addi a6, %1, 16\n addi a7, %1, 17\n"
		"addi s2, %1, 18\n addi s3, %1, 19\n addi s4, %1, 20\n"
		"addi s5, %1, 21\n addi s6, %1, 22\n addi s7, %1, 23\n"
		"addi s8, %1, 24\n addi s9, %1, 25\n addi s10, %1, 26\n"
		"addi s11, %1, 27\n"
		"mv t0, %2\n"
		"1: addi t0, t0, -1\n bnez t0, 1b\n"
		"li %0, 0\n"
#define CHECK(r, n) "addi t0, %1, " #n "\n xor t0, t0, " #r "\n or %0, %0, t0\n"
		CHECK(t1, 6) CHECK(t2, 7) CHECK(t3, 28) CHECK(t4, 29)
		CHECK(t5, 30) CHECK(t6, 31) CHECK(a2, 12) CHECK(a3, 13)
		CHECK(a4, 14) CHECK(a5, 15) CHECK(a6, 16) CHECK(a7, 17)
		CHECK(s2, 18) CHECK(s3, 19) CHECK(s4, 20) CHECK(s5, 21)
		CHECK(s6, 22) CHECK(s7, 23) CHECK(s8, 24) CHECK(s9, 25)
		CHECK(s10, 26) CHECK(s11, 27)
#undef CHECK
		: "=&r"(wrong) : "r"(base), "r"(loops)
		: "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a2", "a3", "a4",
		  "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8",
		  "s9", "s10", "s11");
	return wrong;
}

#define ALL_FP(X) \
	X(ft0, 0) X(ft1, 1) X(ft2, 2) X(ft3, 3) X(ft4, 4) X(ft5, 5)	     \
	X(ft6, 6) X(ft7, 7) X(fs0, 8) X(fs1, 9) X(fa0, 10) X(fa1, 11)	     \
	X(fa2, 12) X(fa3, 13) X(fa4, 14) X(fa5, 15) X(fa6, 16) X(fa7, 17)   \
	X(fs2, 18) X(fs3, 19) X(fs4, 20) X(fs5, 21) X(fs6, 22) X(fs7, 23)   \
	X(fs8, 24) X(fs9, 25) X(fs10, 26) X(fs11, 27) X(ft8, 28) X(ft9, 29) \
	X(ft10, 30) X(ft11, 31)

static long hold_floats(long base, long loops)
{
	long wrong;

	asm volatile(
		"li t0, 0x40\n csrw fcsr, t0\n"	/* round down, no flags */
#define LOAD(r, n) "addi t1, %1, " #n "\n fmv.d.x " #r ", t1\n"
		ALL_FP(LOAD)
#undef LOAD
		"mv t0, %2\n"
		"1: addi t0, t0, -1\n bnez t0, 1b\n"
		"li %0, 0\n"
#define CHECK(r, n) "addi t1, %1, " #n "\n fmv.x.d t0, " #r \
		"\n xor t0, t0, t1\n or %0, %0, t0\n"
		ALL_FP(CHECK)
#undef CHECK
		"csrr t0, fcsr\n xori t0, t0, 0x40\n or %0, %0, t0\n"
		"csrwi fcsr, 0\n"
		: "=&r"(wrong) : "r"(base), "r"(loops)
		: "t0", "t1",
#define CLOBBER(r, n) #r,
		ALL_FP(CLOBBER)
#undef CLOBBER
		  "memory");
	return wrong;
}

static void change_context(int sig TAP_UNUSED, siginfo_t *info TAP_UNUSED,
			   void *context)
{
	ucontext_t *uc = context;

	uc->uc_mcontext.__gregs[REG_A0 + 1] = 1234;
	uc->uc_mcontext.__fpregs.__d.__f[10] = 0x4045000000000000; /* 42.0 */
	sigaddset(&uc->uc_sigmask, SIGUSR2);
}

static void test_changes(void)
{
	struct sigaction act = { .sa_sigaction = change_context,
				 .sa_flags = SA_SIGINFO };
	long a1;
	double fa0;
	sigset_t set;

	sigaction(SIGTRAP, &act, NULL);
	/* kill(getpid(), SIGTRAP): it arrives before the next instruction. */
	asm volatile("li a7, 172\n ecall\n"
		     "li a1, 5\n li a7, 129\n ecall\n"
		     "mv %0, a1\n fmv.d %1, fa0\n"
		     : "=r"(a1), "=f"(fa0)
		     :: "a0", "a1", "a7", "fa0", "memory");
	is_int(a1, 1234, "an integer register is what the handler wrote");
	is_int((long)fa0, 42, "so is a floating-point register");
	sigprocmask(SIG_SETMASK, NULL, &set);
	ok(sigismember(&set, SIGUSR2), "and the mask");
}

int main(void)
{
	struct itimerval timer = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction act = { .sa_handler = trash_registers };
	long wrong_integers = 0, wrong_floats = 0;

	plan(6);
	no_watchdog();
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	for (long i = 1; nr_signals < 100; i++) {
		wrong_integers |= hold_integers(i << 20, 20000);
		wrong_floats |= hold_floats(i << 20, 20000);
	}
	memset(&timer, 0, sizeof(timer));
	setitimer(ITIMER_REAL, &timer, NULL);
	is_int(wrong_integers, 0, "integer registers survive signals");
	is_int(wrong_floats, 0, "floating-point registers and fcsr too");
	ok(nr_signals >= 100, "%ld signals struck", nr_signals);
	test_changes();
	return done_testing();
}
