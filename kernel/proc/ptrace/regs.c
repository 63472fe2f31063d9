/*
 * proc/ptrace/regs.c - the registers of a stopped tracee, and what of them is
 * a system call.
 *
 * All of them are in memory then: those of the hart in the frame at the top of
 * the kernel stack, of which it loads each anew (WORK_FRAME), and the FPU's in
 * arch_thread.  The first argument of a call, which Linux does not let a
 * tracer change either, is not among them (orig_a0).
 *
 * Source: Linux arch/riscv/kernel/ptrace.c, include/uapi/linux/ptrace.h.
 */
#include "proc/ptrace/ptrace_internal.h"

#include "debug/race.h"
#include "lib/errno.h"
#include "lib/string.h"

#define AUDIT_ARCH_RISCV64 0xc00000f3U

/* struct trapframe begins with them, in the order of Linux. */
#define GENERAL_SIZE offsetof(struct trapframe, status)
_Static_assert(GENERAL_SIZE == 256, "pc and x1 to x31");
_Static_assert(sizeof(struct fpu_state) == 264, "f0 to f31 and fcsr");

size_t ptrace_regset_size(enum ptrace_regset set)
{
	return set == REGSET_GENERAL ? GENERAL_SIZE : sizeof(struct fpu_state);
}

static void *fpu_of(struct arch_thread *t)
{
	if (!t->fpu_used)
		t->fpu = (struct fpu_state){ 0 };
	return &t->fpu;
}

static long get_general(struct thread *t, struct ptrace_args *args)
{
	memcpy(args->buf, thread_frame(&t->arch), args->n);
	return 0;
}

static long get_fpu(struct thread *t, struct ptrace_args *args)
{
	memcpy(args->buf, fpu_of(&t->arch), args->n);
	race_point(tracee_read, t->proc);
	return 0;
}

static long set_general(struct thread *t, struct ptrace_args *args)
{
	memcpy(thread_frame(&t->arch), args->buf, args->n);
	return 0;
}

static long set_fpu(struct thread *t, struct ptrace_args *args)
{
	struct fpu_state *fpu = fpu_of(&t->arch);

	memcpy(fpu, args->buf, args->n);
	fpu->pad = 0;
	t->arch.fpu_used = true;
	return 0;
}

long ptrace_get_registers(int tid, enum ptrace_regset set, void *buf, size_t n)
{
	struct ptrace_args args = { .buf = buf, .n = n };

	return ptrace_ask_stopped(tid, set == REGSET_FPU ? get_fpu : get_general,
				  &args);
}

long ptrace_set_registers(int tid, enum ptrace_regset set, void *buf, size_t n)
{
	struct ptrace_args args = { .buf = buf, .n = n };

	return ptrace_ask_stopped(tid, set == REGSET_FPU ? set_fpu : set_general,
				  &args);
}

/* ---- system calls ---- */

static void describe_entry(struct ptrace_syscall_info *info,
			   const struct trapframe *f)
{
	info->op = 1;
	info->entry.nr = f->a7;
	info->entry.args[0] = f->orig_a0;
	info->entry.args[1] = f->a1;
	info->entry.args[2] = f->a2;
	info->entry.args[3] = f->a3;
	info->entry.args[4] = f->a4;
	info->entry.args[5] = f->a5;
}

static void describe_exit(struct ptrace_syscall_info *info,
			  const struct trapframe *f)
{
	info->op = 2;
	info->exit.result = (int64_t)f->a0;
	info->exit.is_error = f->a0 >= (uint64_t)-4095L;
}

/* As on Linux, without PTRACE_O_TRACESYSGOOD it is any trap. */
static long get_syscall_info(struct thread *t, struct ptrace_args *args)
{
	struct ptrace_syscall_info *info = args->buf;
	const struct trapframe *f = thread_frame(&t->arch);
	bool is_call = t->trace.info != NULL &&
		       t->trace.info->si_code == (SIGTRAP | 0x80);

	*info = (struct ptrace_syscall_info){ .arch = AUDIT_ARCH_RISCV64,
					      .pc = f->pc, .sp = f->sp };
	if (is_call && t->trace.message == MESSAGE_CALL_BEGINS) {
		describe_entry(info, f);
		return sizeof(*info);
	}
	if (is_call && t->trace.message == MESSAGE_CALL_ENDS) {
		describe_exit(info, f);
		return offsetof(struct ptrace_syscall_info, exit.is_error) + 1;
	}
	return offsetof(struct ptrace_syscall_info, entry);
}

long ptrace_get_syscall_info(int tid, struct ptrace_syscall_info *info)
{
	struct ptrace_args args = { .buf = info };

	return ptrace_ask_stopped(tid, get_syscall_info, &args);
}
