/*
 * tests/abi/fpu.c
 *
 * Claim    Every thread and process has its own floating-point registers and
 *          fcsr, which begin as zero after exec, are copied by fork and clone
 *          and survive preemption and system calls.
 * Method   More threads than harts each iterate a sum whose exact result is
 *          known, with their own rounding mode, yielding and being preempted.
 * Oracle   The same sum computed alone.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <pthread.h>
#include <sched.h>

enum { THREADS = 12, STEPS = 300 };

/* A chain of operations that any foreign register value would change. */
static double chain(double seed, int steps, bool yields)
{
	double a = seed, b = seed * 0.5, c = 1.0 / seed, d = seed + 0.1;

	for (int i = 0; i < steps; i++) {
		for (int j = 0; j < 200; j++) {
			a = a * 0.999 + b * 0.001;
			b = b * 0.998 + c * 0.002;
			c = c * 0.997 + d * 0.003;
			d = d * 0.996 + a * 0.004;
			/* A dependent chain that stays in registers. */
			asm volatile("" : "+f"(a), "+f"(b), "+f"(c), "+f"(d));
		}
		if (yields && i % 10 == 0)
			sched_yield();
	}
	return a + b + c + d;
}

static double expected[THREADS];

static void set_rounding(long mode)
{
	asm volatile("fsrm %0" :: "r"(mode));
}

static long get_rounding(void)
{
	long mode;

	asm volatile("frrm %0" : "=r"(mode));
	return mode;
}

static void *run_chain(void *me)
{
	long mode = (long)me % 4;

	set_rounding(mode);
	for (int i = 0; i < 3; i++)
		if (chain((long)me + 2, STEPS, true) != expected[(long)me])
			return "wrong sum";
	return get_rounding() == mode ? NULL : "wrong rounding mode";
}

static void test_threads(void)
{
	pthread_t t[THREADS];
	void *complaint;
	int bad = 0;

	for (long i = 0; i < THREADS; i++) {
		set_rounding(i % 4);
		expected[i] = chain(i + 2, STEPS, false);
	}
	set_rounding(0);
	for (long i = 0; i < THREADS; i++)
		tap_thread(&t[i], NULL, run_chain, (void *)i);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], &complaint);
		if (complaint) {
			diag("thread %d: %s", i, (char *)complaint);
			bad++;
		}
	}
	is_int(bad, 0, "%d threads compute undisturbed", THREADS);
	is_int(get_rounding(), 0, "the first thread's rounding mode stays");
}

/* The child of a raw fork finds the parent's registers. */
static void test_fork(void)
{
	double value;
	int status;
	pid_t pid;

	asm volatile("fmv.d.x fs11, %0" :: "r"(0x4045000000000000) : "fs11");
	set_rounding(3);
	pid = tap_fork();
	asm volatile("fmv.d %0, fs11" : "=f"(value) :: "fs11");
	if (pid == 0) {
		asm volatile("fmv.d.x fs11, zero" ::: "fs11");
		_exit(value == 42.0 && get_rounding() == 3 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_exit(status, 0, "a child has its parent's registers");
	asm volatile("fmv.d %0, fs11" : "=f"(value));
	ok(value == 42.0, "the parent's are its own");
	set_rounding(0);
}

static int processes_compute(void)
{
	int bad = 0, status;

	for (long i = 0; i < THREADS; i++)
		if (tap_fork() == 0)
			_exit(run_chain((void *)i) != NULL);
	while (wait(&status) > 0)
		bad += status != 0;
	return bad;
}

/* ---- a handler that writes into its frame ---- */

static void write_fs5(int sig TAP_UNUSED, siginfo_t *info TAP_UNUSED, void *context)
{
	ucontext_t *uc = context;

	uc->uc_mcontext.__fpregs.__d.__f[21] = 4711;
}

/* Before the process has written to a register of the FPU; and after it has slept,
 * so that what the C library has saved of them is with no hart, either. */
static void test_frame(void)
{
	struct sigaction action = { .sa_sigaction = write_fs5, .sa_flags = SA_SIGINFO };
	long fs5;

	sigaction(SIGUSR1, &action, NULL);
	usleep(1000);
	kill(getpid(), SIGUSR1);
	asm volatile("fmv.x.d %0, fs5" : "=r"(fs5));
	is_int(fs5, 4711, "what a handler has written is there when it is over");
}

int main(int argc, char **argv TAP_UNUSED)
{
	long fcsr, fs5, status;

	asm volatile("csrr %0, fcsr\n fmv.x.d %1, fs5"
		     : "=r"(fcsr), "=r"(fs5));
	if (argc > 1)
		return fcsr != 0 || fs5 != 0;
	plan(7);
	test_frame();
	test_threads();
	test_fork();
	is_int(processes_compute(), 0, "%d processes too", THREADS);
	if (skip_under_qemu(1, "the host cannot exec riscv64 programs"))
		return done_testing();

	pid_t pid = tap_fork();

	if (pid == 0) {
		asm volatile("fmv.d.x fs5, %0\n fsrm %0" :: "r"(3L) : "fs5");
		execl("/proc/self/exe", "fpu", "fresh", NULL);
		_exit(99);
	}
	waitpid(pid, (int *)&status, 0);
	is_exit((int)status, 0, "exec begins with zero registers");
	return done_testing();
}
