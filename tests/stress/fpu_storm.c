/*
 * tests/stress/fpu_storm.c
 *
 * Claim    A thread's 32 floating-point registers and fcsr are its own: they
 *          come through preemption, system calls, moves to other harts and
 *          signal handlers; a child is born with them; and what a handler
 *          writes into its frame is in them when it returns.
 * Method   More threads than harts fill all registers with numbers of their
 *          own, make one call, or compute for a while, and look at them: one
 *          block of assembly, which no compiler knows of. The calls yield,
 *          move the thread, send it a signal, and fork. Signals come also
 *          from outside, at any moment. Their handler fills the registers
 *          anew, yields and moves, and writes f7 into its frame.
 * Oracle   The numbers.
 * Catches  Registers that are not saved, or loaded from an old copy, when a
 *          thread loses its hart; a frame with what the hart holds and not
 *          what the thread has; registers that a return from a handler, or
 *          fork, leaves behind.
 * -X       The handler writes into the frame another number than it should.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <ucontext.h>

enum { REGISTERS = 32, WRITTEN = 7, COMPUTE = 20000 };

struct fpu {
	uint64_t f[REGISTERS];
	uint64_t fcsr;
};

#define ALL(op, base)							      \
	".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,"  \
	"23,24,25,26,27,28,29,30,31\n"					      \
	op " f\\n, 8*\\n(" base ")\n"					      \
	".endr\n"

#define FILL ALL("fld", "%[in]") "ld t0, 256(%[in])\n fscsr t0\n"
#define LOOK ALL("fsd", "%[out]") "frcsr t0\n sd t0, 256(%[out])\n"

/* What the compiler has in registers is not touched: it knows. */
#define ALL_CLOBBERED							      \
	"t0", "memory", "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6",      \
	"ft7", "ft8", "ft9", "ft10", "ft11", "fa0", "fa1", "fa2", "fa3",      \
	"fa4", "fa5", "fa6", "fa7", "fs0", "fs1", "fs2", "fs3", "fs4", "fs5", \
	"fs6", "fs7", "fs8", "fs9", "fs10", "fs11"

/* The registers are @in, then system call @nr is made, then they are @out. */
static long call_between(const struct fpu *in, struct fpu *out, long nr,
			 long arg0, long arg1, const void *arg2)
{
	register long a7 asm("a7") = nr, a0 asm("a0") = arg0;
	register long a1 asm("a1") = arg1, a3 asm("a3") = 0, a4 asm("a4") = 0;
	register const void *a2 asm("a2") = arg2;

	asm volatile(FILL "ecall\n" LOOK
		     : "+r"(a0)
		     : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4),
		       [in] "r"(in), [out] "r"(out)
		     : ALL_CLOBBERED);
	return a0;
}

/* The same, but the hart computes for a while, with integers. */
static void compute_between(const struct fpu *in, struct fpu *out, long turns)
{
	asm volatile(FILL "1: addi %[turns], %[turns], -1\n"
			  "bnez %[turns], 1b\n" LOOK
		     : [turns] "+r"(turns)
		     : [in] "r"(in), [out] "r"(out)
		     : ALL_CLOBBERED);
}

/* Not in the handler, which would load some of its caller's again at its end. */
__attribute__((noinline)) static void fill(const struct fpu *in)
{
	asm volatile(FILL : : [in] "r"(in) : ALL_CLOBBERED);
}

/* Finite numbers, and of fcsr rounding and flags. */
static void choose(struct fpu *fpu, struct rng *rng)
{
	for (int i = 0; i < REGISTERS; i++)
		fpu->f[i] = rng_next(rng) >> 2;
	fpu->fcsr = rng_below(rng, 5) << 5 | rng_below(rng, 32);
}

/* ---- signals ---- */

static __thread struct thread {
	struct rng rng;
	volatile long handled;		/* after written */
	volatile uint64_t written;	/* by the handler, into f7 */
} *self;

static cpu_set_t one_hart(long hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	return set;
}

static long nr_harts;

static void on_signal(int sig TAP_UNUSED, siginfo_t *info TAP_UNUSED,
		      void *context)
{
	ucontext_t *frame = context;
	struct fpu other;

	if (!self)
		return;
	choose(&other, &self->rng);
	self->written = rng_next(&self->rng) >> 2;
	frame->uc_mcontext.__fpregs.__d.__f[WRITTEN] =
		self->written + stress.wrong;
	fill(&other);
	sched_yield();
	if (rng_below(&self->rng, 2))
		stay_on(rng_below(&self->rng, nr_harts));
	self->handled++;
	/* On the way back they are this thread's, or nobody's so far. */
	if (rng_below(&self->rng, 2))
		fill(&other);
	else
		sched_yield();
}

/* ---- one turn ---- */

enum way { YIELD, MOVE, SIGNAL, COMPUTES, FORK, NR_WAYS };

static const char *const names[] = {
	"sched_yield()", "a move to another hart", "a signal of its own",
	"computing", "fork",
};

/* A handler from outside may have run before the registers were filled. */
static bool is_written(const struct fpu *in, const struct fpu *out,
		       enum way way, long handled, uint64_t written)
{
	if (out->f[WRITTEN] == written)
		return handled > 0;
	return out->f[WRITTEN] == in->f[WRITTEN] &&
	       (way != SIGNAL || handled == 0);
}

static void compare(const struct fpu *in, const struct fpu *out, enum way way,
		    long handled, uint64_t written)
{
	const char *after = names[way];

	for (int i = 0; i < REGISTERS; i++)
		if (i != WRITTEN &&
		    !stress_check(out->f[i] == in->f[i],
				  "f%d is %#lx, not %#lx, after %s", i,
				  (long)out->f[i], (long)in->f[i], after))
			return;
	stress_check(is_written(in, out, way, handled, written),
		     "f%d is %#lx after %s, it was %#lx, a handler wrote %#lx",
		     WRITTEN, (long)out->f[WRITTEN], after,
		     (long)in->f[WRITTEN], (long)written);
	stress_check(out->fcsr == in->fcsr, "fcsr is %#lx, not %#lx, after %s",
		     (long)out->fcsr, (long)in->fcsr, after);
}

static void reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	stress_check(status == 0, "a child: wait status %#x", status);
}

/* A child has the registers of its parent, too. */
static void fork_between(const struct fpu *in, struct fpu *out)
{
	pid_t pid = tap_started(call_between(in, out, SYS_clone, SIGCHLD, 0,
					     NULL));

	if (pid == 0) {
		compare(in, out, FORK, 0, 0);
		_exit(0);
	}
	compare(in, out, FORK, 0, 0);
	reap(pid);
}

static void between(enum way way, const struct fpu *in, struct fpu *out)
{
	cpu_set_t set = one_hart(rng_below(&self->rng, nr_harts));

	switch (way) {
	case MOVE:
		call_between(in, out, SYS_sched_setaffinity, 0, sizeof(set),
			     &set);
		break;
	case SIGNAL:
		call_between(in, out, SYS_tgkill, getpid(), gettid(),
			     (void *)SIGUSR1);
		break;
	case COMPUTES:
		compute_between(in, out, COMPUTE);
		break;
	default:
		call_between(in, out, SYS_sched_yield, 0, 0, NULL);
	}
}

/* Signals from outside, except where the child would be in doubt. */
static void one_turn(enum way way)
{
	struct fpu in, out;
	long before, after;
	uint64_t written;

	choose(&in, &self->rng);
	if (way == FORK) {
		sigset_t usr1;

		sigemptyset(&usr1);
		sigaddset(&usr1, SIGUSR1);
		pthread_sigmask(SIG_BLOCK, &usr1, NULL);
		fork_between(&in, &out);
		pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
		return;
	}
	do {
		before = self->handled;
		between(way, &in, &out);
		after = self->handled;
		written = self->written;
	} while (after > before + 1 || self->handled != after);
	compare(&in, &out, way, after - before, written);
}

/* ---- threads ---- */

static struct thread threads[MAX_THREADS];
static pthread_t ids[MAX_THREADS];
static int running;

static void *live(void *me)
{
	self = &threads[(long)me];
	self->rng = rng_of((long)me);
	__atomic_fetch_add(&running, 1, __ATOMIC_ACQ_REL);
	while (stress_go_on()) {
		one_turn(rng_below(&self->rng, 16) == 0 ? FORK :
			 rng_below(&self->rng, FORK));
		stress_round();
	}
	__atomic_fetch_sub(&running, 1, __ATOMIC_ACQ_REL);
	return NULL;
}

/* A thread that has ended its turns waits to be joined, and may be signalled. */
static void send_signals(void)
{
	struct rng rng = rng_of(MAX_THREADS);

	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) > 0) {
		pthread_kill(ids[rng_below(&rng, stress.threads)], SIGUSR1);
		usleep(300);
	}
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_sigaction = on_signal,
				 .sa_flags = SA_SIGINFO | SA_RESTART };

	stress_begin(argc, argv, 6, "each thread has its own floating-point registers");
	nr_harts = sysconf(_SC_NPROCESSORS_ONLN);
	sigaction(SIGUSR1, &act, NULL);
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&ids[i], NULL, live, (void *)i);
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) < stress.threads &&
	       stress_go_on())
		sched_yield();
	send_signals();
	for (int i = 0; i < stress.threads; i++)
		pthread_join(ids[i], NULL);
	return stress_end();
}
