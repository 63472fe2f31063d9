/*
 * tests/abi/ptrace_regs.c
 *
 * Claim    Where a tracee stops its tracer reads and writes all of its
 *          registers: the general ones, those of the FPU with what is newest
 *          of them, in whole or a beginning of them; what it writes is what
 *          the tracee goes on with, also where it stops in a system call: the
 *          call's number, its arguments but for the first, and its result are
 *          the tracer's to change.
 * Method   A child that fills its registers, stops by ebreak, and stores what
 *          they are then to memory that it shares.
 * Oracle   Linux 6.12.
 */
#define _GNU_SOURCE
#include "libtrace.h"

#include <elf.h>
#include <sys/mman.h>

/* x[0] is pc. */
struct general {
	uint64_t x[32];
};

struct fpu {
	uint64_t f[32];
	uint32_t fcsr, pad;
};

enum { GENERAL_SIZE = 32 * 8, FPU_SIZE = sizeof(struct fpu) };

/* What the child shows, and whether it is to use the FPU. */
static struct shared {
	uint64_t x[32], f[32];
	int with_fpu;
} *shared;

static long move(int what, pid_t pid, int type, void *to, size_t n)
{
	struct iovec iov = { to, n };
	long err = request(what, pid, type, (long)&iov);

	return err < 0 ? -errno : (long)iov.iov_len;
}

static long get(pid_t pid, struct general *g)
{
	return move(PTRACE_GETREGSET, pid, NT_PRSTATUS, g->x, GENERAL_SIZE);
}

static long set(pid_t pid, struct general *g)
{
	return move(PTRACE_SETREGSET, pid, NT_PRSTATUS, g->x, GENERAL_SIZE);
}

/* ---- the child ---- */

#define FILL(n)  "li x" #n ", 1000 + " #n "\n\t"
#define STORE(n) "sd x" #n ", 8*" #n "(x10)\n\t"
#define EACH(op)							     \
	op(5) op(6) op(7) op(8) op(9) op(11) op(12) op(13) op(14) op(15)     \
	op(16) op(17) op(18) op(19) op(20) op(21) op(22) op(23) op(24)	     \
	op(25) op(26) op(27) op(28) op(29) op(30) op(31)

/* All but ra, sp, gp, tp and a0, which points to where they go. */
static void stop_full(uint64_t *to)
{
	register uint64_t *a0 __asm__("a0") = to;

	__asm__ volatile("addi sp, sp, -16\n\tsd s0, 0(sp)\n\t"
			 EACH(FILL)
			 ".option push\n\t.option norvc\n\tebreak\n\t.option pop\n\t"
			 EACH(STORE)
			 "ld s0, 0(sp)\n\taddi sp, sp, 16\n\t"
			 :
			 : "r"(a0)
			 : "memory", "x5", "x6", "x7", "x9", "x11", "x12", "x13",
			   "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
			   "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29",
			   "x30", "x31");
}

/* One statement: between two the compiler may keep in the FPU what it has no
 * other register for. */
static void stop_with_fpu(void)
{
	__asm__ volatile("li t0, 2008\n\tfmv.d.x f8, t0\n\t"
			 "li t0, 2031\n\tfmv.d.x f31, t0\n\t"
			 "li t0, 0x25\n\tfscsr t0\n\t"
			 ".option push\n\t.option norvc\n\tebreak\n\t.option pop\n\t"
			 "fmv.x.d %0, f8\n\tfmv.x.d %1, f31\n\tfrcsr %2"
			 : "=r"(shared->f[8]), "=r"(shared->f[31]),
			   "=r"(shared->f[0])
			 :
			 : "t0", "f8", "f31");
}

static int stop_once(void)
{
	if (shared->with_fpu)
		stop_with_fpu();
	else
		stop_full(shared->x);
	return 0;
}

static pid_t start_stopped(bool with_fpu)
{
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	shared->with_fpu = with_fpu;
	pid = start_traced(stop_once);
	request(PTRACE_CONT, pid, 0, 0);
	if (next_stop(pid) != SIGTRAP)
		bail_out("no trap");
	return pid;
}

static int exits_with(pid_t pid)
{
	int end = -next_stop(pid);

	return WIFEXITED(end) ? WEXITSTATUS(end) : -1;
}

/* ---- registers ---- */

static bool is_filled(const uint64_t *x, uint64_t with)
{
	for (int i = 5; i < 32; i++)
		if (i != 10 && x[i] != with + i)
			return false;
	return true;
}

static void test_general(void)
{
	pid_t pid = start_stopped(false);
	struct general g = { 0 };

	is_int(get(pid, &g), GENERAL_SIZE, "the general registers are read");
	ok(is_filled(g.x, 1000), "as the child has filled them");
	is_int((long)g.x[10], (long)(uintptr_t)shared->x, "a0 too");
	is_int(ptrace(PTRACE_PEEKTEXT, pid, g.x[0], 0) & 0xffffffffL, 0x00100073,
	       "pc is at the ebreak");
	for (int i = 5; i < 32; i++)
		if (i != 10)
			g.x[i] = 3000 + i;
	g.x[0] += 4;
	is_int(set(pid, &g), GENERAL_SIZE, "and written");
	memset(&g, 0, sizeof(g));
	get(pid, &g);
	ok(is_filled(g.x, 3000), "as they are read again");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 0, "the child goes on behind the ebreak");
	ok(is_filled(shared->x, 3000), "with what was written");
}

static void test_pieces(void)
{
	pid_t pid = start_stopped(false);
	struct general g, other;
	char big[4096];

	get(pid, &g);
	memset(&other, 0, sizeof(other));
	is_int(move(PTRACE_GETREGSET, pid, NT_PRSTATUS, other.x, 8), 8,
	       "one register is read");
	ok(other.x[0] == g.x[0] && other.x[1] == 0, "pc, and no more");
	is_int(move(PTRACE_GETREGSET, pid, NT_PRSTATUS, big, sizeof(big)),
	       GENERAL_SIZE, "there are no more than all");
	is_int(move(PTRACE_GETREGSET, pid, NT_PRSTATUS, big, 0), 0, "or fewer");
	is_int(move(PTRACE_GETREGSET, pid, NT_PRSTATUS, big, 12), -EINVAL,
	       "no half of one");
	is_int(move(PTRACE_GETREGSET, pid, 0x777, big, 8), -EINVAL,
	       "no such set");
	is_int(move(PTRACE_GETREGSET, pid, NT_PRSTATUS, (void *)16, 8), -EFAULT,
	       "to nowhere");
	is_int(move(PTRACE_SETREGSET, pid, NT_PRSTATUS, (void *)16, 8), -EFAULT,
	       "from nowhere");
	fails(request(PTRACE_GETREGSET, pid, NT_PRSTATUS, 16), EFAULT,
	      "by no vector");
	g.x[0] += 4;
	is_int(move(PTRACE_SETREGSET, pid, NT_PRSTATUS, g.x, 8), 8,
	       "one is written");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 0, "pc");
	ok(is_filled(shared->x, 1000), "and no other");
}

static void test_fpu(void)
{
	pid_t pid = start_stopped(true);
	struct fpu fpu = { .fcsr = 99, .pad = 99 };
	struct general g;

	is_int(move(PTRACE_GETREGSET, pid, NT_PRFPREG, &fpu, sizeof(fpu)),
	       FPU_SIZE, "the FPU's registers are read");
	ok(fpu.f[8] == 2008 && fpu.f[31] == 2031, "the newest");
	is_int(fpu.fcsr, 0x25, "rounding and flags");
	is_int(fpu.pad, 0, "and nothing");
	fpu.f[8] = 4008;
	fpu.f[31] = 4031;
	fpu.fcsr = 0x42;
	is_int(move(PTRACE_SETREGSET, pid, NT_PRFPREG, &fpu, sizeof(fpu)),
	       FPU_SIZE, "and written");
	fpu.f[8] = 5008;
	is_int(move(PTRACE_SETREGSET, pid, NT_PRFPREG, &fpu, 9 * 8), 9 * 8,
	       "the first nine alone");
	is_int(move(PTRACE_GETREGSET, pid, NT_PRFPREG, &fpu, 12), -EINVAL,
	       "no half of one");
	get(pid, &g);
	g.x[0] += 4;
	set(pid, &g);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 0, "the child goes on");
	ok(shared->f[8] == 5008 && shared->f[31] == 4031 && shared->f[0] == 0x42,
	   "with what was written");
}

static int do_nothing(void)
{
	return 0;
}

static void test_fpu_unused(void)
{
	pid_t pid = start_traced(do_nothing);
	struct fpu fpu;

	memset(&fpu, 0xff, sizeof(fpu));
	is_int(move(PTRACE_GETREGSET, pid, NT_PRFPREG, &fpu, sizeof(fpu)),
	       FPU_SIZE, "those of one that has used none are there");
	fpu.f[20] = 20;
	move(PTRACE_SETREGSET, pid, NT_PRFPREG, &fpu, sizeof(fpu));
	fpu.f[20] = 0;
	move(PTRACE_GETREGSET, pid, NT_PRFPREG, &fpu, sizeof(fpu));
	is_int(fpu.f[20], 20, "and keep what is written");
	finish(pid);
}

/* ---- system calls ---- */

static int call_getpid(void)
{
	long pid = syscall(SYS_getpid);

	return pid == 77 ? 1 : pid == getppid() ? 2 : pid == getpid() ? 3 :
	       pid == -1 && errno == ENOSYS ? 4 : 5;
}

static int call_dup3(void)
{
	return syscall(SYS_dup3, 1, 60, 0) == 61 ? 0 : 1;
}

/* The registers where call @nr begins. */
static void at_call(pid_t pid, struct general *g, unsigned long nr)
{
	for (bool begins = true;; begins = !begins) {
		request(PTRACE_SYSCALL, pid, 0, 0);
		if (next_stop(pid) != CALL_STOP)
			bail_out("no call");
		get(pid, g);
		if (begins && g->x[17] == nr)
			return;
	}
}

static pid_t start_caller(int (*fn)(void))
{
	pid_t pid = start_traced(fn);

	request(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
	return pid;
}

static void at_end(pid_t pid, struct general *g)
{
	request(PTRACE_SYSCALL, pid, 0, 0);
	if (next_stop(pid) != CALL_STOP)
		bail_out("no end of a call");
	get(pid, g);
}

static void test_result(void)
{
	pid_t pid = start_caller(call_getpid);
	struct general g;

	at_call(pid, &g, SYS_getpid);
	is_int((long)g.x[10], -ENOSYS, "before a call a0 is what it fails with");
	at_end(pid, &g);
	is_int((long)g.x[10], pid, "then its result");
	g.x[10] = 77;
	set(pid, &g);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 1, "the child gets another");
}

static void test_number(void)
{
	pid_t pid = start_caller(call_getpid);
	struct general g;

	at_call(pid, &g, SYS_getpid);
	g.x[17] = SYS_getppid;
	set(pid, &g);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 2, "another call is made instead");

	pid = start_caller(call_getpid);
	at_call(pid, &g, SYS_getpid);
	g.x[17] = -1;
	set(pid, &g);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 4, "or none: ENOSYS");

	pid = start_caller(call_getpid);
	at_call(pid, &g, SYS_getpid);
	g.x[17] = -1;
	g.x[10] = 77;
	set(pid, &g);
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 1, "or as the tracer says");
}

static void test_arguments(void)
{
	pid_t pid = start_caller(call_dup3);
	struct general g;

	at_call(pid, &g, SYS_dup3);
	is_int((long)g.x[11], 60, "an argument is read");
	g.x[11] = 61;
	g.x[10] = 12345;
	set(pid, &g);
	at_end(pid, &g);
	is_int((long)g.x[10], 61, "and another one used; not so for the first");
	request(PTRACE_CONT, pid, 0, 0);
	is_int(exits_with(pid), 0, "as the child sees");
}

int main(void)
{
	no_ptrace_here();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	test_general();
	test_pieces();
	test_fpu();
	test_fpu_unused();
	test_result();
	test_number();
	test_arguments();
	return done_testing();
}
