/*
 * arch/riscv/context.c - the registers of threads that do not run, and the
 * floating-point registers of those that do.
 *
 * The kernel is compiled without the FPU, so its registers hold what the
 * running thread of a program left in them.  sstatus.FS in the user's
 * trapframe says what they are to it:
 *
 *	Off	not loaded; the first FPU instruction traps, and
 *		fpu_first_use() loads them
 *	Clean	the same as arch_thread.fpu (or zero, with fpu_used not set)
 *	Dirty	newer than arch_thread.fpu
 *
 * A thread that gets a hart starts with Off; one that loses it has Dirty
 * registers saved.  So a switch costs nothing for those that compute with
 * integers, and no hart need remember whose registers it holds.
 */

#include "arch/context.h"

#include "arch/hart.h"
#include "arch/riscv/riscv_internal.h"
#include "arch/trap.h"
#include "lib/bug.h"
#include "lib/string.h"

void kstack_claim(struct arch_thread *t, uint64_t stack_top)
{
	t->kstack_top = stack_top;
	*kstack_canary(stack_top) = KSTACK_CANARY ^ (uint64_t)t;
}

static inline bool kstack_is_own(const struct arch_thread *t)
{
	return *kstack_canary(t->kstack_top) == (KSTACK_CANARY ^ (uint64_t)t);
}

void context_init(struct arch_thread *t, void *stack_top,
		  void (*entry)(void *), void *arg)
{
	kstack_claim(t, (uint64_t)stack_top);
	thread_frame(t)->status = SSTATUS_FS_OFF;
	t->nr_calls = syscall_table_size;
	t->context = (struct context){
		.ra = (uint64_t)thread_trampoline,
		.sp = (uint64_t)thread_frame(t),
		.s[1] = (uint64_t)entry,
		.s[2] = (uint64_t)arg,
	};
}

void trapframe_init_user(struct trapframe *frame, vaddr_t pc, vaddr_t sp)
{
	*frame = (struct trapframe){
		.pc = pc,
		.sp = sp,
		.status = SSTATUS_SPIE | SSTATUS_UXL_64 | SSTATUS_FS_OFF,
	};
}

static void frame_set_fs(struct trapframe *frame, uint64_t fs)
{
	frame->status = (frame->status & ~SSTATUS_FS) | fs;
}

static NOINLINE void fpu_put_down(struct arch_thread *t)
{
	csr_set(sstatus, SSTATUS_FS);
	fpu_registers_save(&t->fpu);
	csr_clear(sstatus, SSTATUS_FS);
	frame_set_fs(thread_frame(t), SSTATUS_FS_CLEAN);
	t->fpu_used = true;
}

/* Bring t->fpu up to date with the registers, @t being the running thread. */
static void fpu_sync(struct arch_thread *t)
{
	if ((thread_frame(t)->status & SSTATUS_FS) == SSTATUS_FS_DIRTY)
		fpu_put_down(t);
}

static const struct fpu_state zero;

void fpu_first_use(struct trapframe *frame)
{
	const struct arch_thread *t = hart_self()->current;

	csr_set(sstatus, SSTATUS_FS);
	fpu_registers_load(t->fpu_used ? &t->fpu : &zero);
	csr_clear(sstatus, SSTATUS_FS);
	frame_set_fs(frame, SSTATUS_FS_CLEAN);
}

void arch_switch(struct arch_thread *from, struct arch_thread *to)
{
	lab_assert(kstack_is_own(from));
	frame_set_fs(thread_frame(to), SSTATUS_FS_OFF);
	WRITE_ONCE(hart_self()->current, to);
	fpu_sync(from);
}

/* Do the registers hold the state of the running thread? */
static bool is_loaded(const struct arch_thread *t)
{
	return (thread_frame(t)->status & SSTATUS_FS) != SSTATUS_FS_OFF;
}

/* It computes with integers: its state is zero, and nowhere. */
static bool has_no_state(const struct arch_thread *t)
{
	return !t->fpu_used && !is_loaded(t);
}

/* Who has a state gets it loaded: each register is stored by one instruction
 * then, and loaded by one when a handler returns. */
void fpu_save_current(struct fpu_state *out)
{
	struct arch_thread *t = hart_self()->current;

	if (has_no_state(t)) {
		*out = (struct fpu_state){ 0 };
		return;
	}
	if (!is_loaded(t))
		fpu_first_use(thread_frame(t));
	csr_set(sstatus, SSTATUS_FS);
	fpu_registers_save(out);
	csr_clear(sstatus, SSTATUS_FS);
}

static bool is_zero(const struct fpu_state *in)
{
	uint64_t any = in->fcsr;

#pragma GCC unroll 32
	for (unsigned i = 0; i < 32; i++)
		any |= in->f[i];
	return any == 0;
}

void fpu_load_current(const struct fpu_state *in)
{
	struct arch_thread *t = hart_self()->current;

	if (has_no_state(t) && is_zero(in))
		return;
	if (is_loaded(t)) {
		csr_set(sstatus, SSTATUS_FS);
		fpu_registers_load(in);
		csr_clear(sstatus, SSTATUS_FS);
		frame_set_fs(thread_frame(t), SSTATUS_FS_DIRTY);
	} else {
		t->fpu = *in;
		t->fpu_used = true;
	}
}

void fpu_drop_current(void)
{
	struct arch_thread *t = hart_self()->current;

	t->fpu_used = false;
	frame_set_fs(thread_frame(t), SSTATUS_FS_OFF);
}

void fpu_put_down_current(void)
{
	struct arch_thread *t = hart_self()->current;

	fpu_sync(t);
	frame_set_fs(thread_frame(t), SSTATUS_FS_OFF);
}

void fpu_copy_current(struct arch_thread *child)
{
	struct arch_thread *t = hart_self()->current;

	fpu_sync(t);
	child->fpu_used = t->fpu_used;
	if (t->fpu_used)
		child->fpu = t->fpu;
}
