/*
 * proc/signal_frame.c - the frame a handler runs on, and the way back.
 *
 * The layout is Linux's struct rt_sigframe of riscv64, which C libraries,
 * unwinders and debuggers know.
 *
 * Source: Linux arch/riscv/include/uapi/asm/{ucontext,sigcontext,ptrace}.h.
 */
#include "arch/context.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/signal.h"
#include "proc/signal_internal.h"
#include "proc/vdso.h"

#define SS_ONSTACK 1
#define SS_DISABLE 2
#define SIGFRAME_MIN_STACK 2048

struct user_fpu {
	uint64_t f[32];
	uint32_t fcsr;
	uint32_t pad[3];
};

struct sigframe {
	struct siginfo info;
	struct {
		uint64_t flags, link;
		struct sigaltstack stack;
		sigset_t mask;
		uint8_t mask_room[1024 / 8 - sizeof(sigset_t)];
		uint64_t align;
		uint64_t regs[32]; /* pc, x1 .. x31 */
		union {
			struct user_fpu d;
			uint8_t q[528]; /* room for quad precision */
		} fp;
	} uc;
};

_Static_assert(sizeof(struct siginfo) == 128, "Linux's siginfo");
_Static_assert(offsetof(struct sigframe, uc.regs) == 128 + 176, "sigcontext");

/* struct trapframe begins with pc and x1 .. x31, in the same order. */
#define NR_REGS 32
_Static_assert(offsetof(struct trapframe, status) == NR_REGS * 8, "order");

static bool on_altstack(const struct sigaltstack *s, vaddr_t sp)
{
	return sp > s->sp && sp - s->sp <= s->size;
}

static vaddr_t frame_place(const struct trapframe *frame,
			   const struct sigaction *action)
{
	const struct sigaltstack *alt = &current_thread()->altstack;
	vaddr_t sp = frame->sp;

	if ((action->flags & SA_ONSTACK) && alt->size != 0 &&
	    !(alt->flags & SS_DISABLE) && !on_altstack(alt, sp))
		sp = alt->sp + alt->size;
	return align_down(sp - sizeof(struct sigframe), 16);
}

/* Only the parts that say something are written: the rest of the frame is
 * the program's own stack, whatever was there. */
static int write_frame(vaddr_t to, const struct trapframe *frame,
		       const struct siginfo *info, sigset_t blocked)
{
	const struct thread *self = current_thread();
	struct sigframe f;
	struct fpu_state fpu;
	size_t head = offsetof(struct sigframe, uc.fp);

	f.info = *info;
	memset(&f.uc, 0, offsetof(typeof(f.uc), regs));
	f.uc.stack = self->altstack;
	if (on_altstack(&self->altstack, frame->sp))
		f.uc.stack.flags = SS_ONSTACK;
	f.uc.mask = blocked;
	memcpy(f.uc.regs, frame, sizeof(f.uc.regs));
	fpu_save_current(&fpu);
	memcpy(f.uc.fp.d.f, fpu.f, sizeof(fpu.f));
	f.uc.fp.d.fcsr = fpu.fcsr;
	memset(f.uc.fp.d.pad, 0, sizeof(f.uc.fp.d.pad));

	int err = copy_to_user(to, &f, head + sizeof(f.uc.fp.d));

	/* The last words of the frame must be zero: no further extension. */
	return err != 0 ? err :
	       zero_user(to + sizeof(f) - 16, 16);
}

int signal_push_frame(struct trapframe *frame, const struct siginfo *info,
		      const struct sigaction *action, sigset_t blocked)
{
	vaddr_t at = frame_place(frame, action);
	int err = write_frame(at, frame, info, blocked);

	if (err != 0)
		return err;
	frame->ra = current_mm()->vdso + vdso_sigreturn_offset;
	frame->pc = action->handler;
	frame->sp = at;
	frame->a0 = (uint64_t)info->si_signo;
	frame->a1 = at + offsetof(struct sigframe, info);
	frame->a2 = at + offsetof(struct sigframe, uc);
	return 0;
}

static int read_frame(struct trapframe *frame, struct sigframe *f)
{
	size_t start = offsetof(struct sigframe, uc);
	size_t end = offsetof(struct sigframe, uc.fp) + sizeof(f->uc.fp.d);
	int err = copy_from_user(&f->uc, frame->sp + start, end - start);

	if (err != 0)
		return err;
	memcpy(frame, f->uc.regs, sizeof(f->uc.regs));
	return 0;
}

long signal_return(struct trapframe *frame)
{
	struct thread *self = current_thread();
	struct sigframe f;
	struct fpu_state fpu = { 0 };

	if (read_frame(frame, &f) != 0) {
		signal_fault(SIGSEGV, SEGV_MAPERR, frame->sp);
		return 0;
	}
	memcpy(fpu.f, f.uc.fp.d.f, sizeof(fpu.f));
	fpu.fcsr = f.uc.fp.d.fcsr;
	fpu_load_current(&fpu);
	self->altstack = f.uc.stack;
	self->altstack.flags &= ~SS_ONSTACK;
	signal_set_blocked(f.uc.mask);
	frame->cause = FRAME_CAUSE_NONE;
	atomic_fetch_or_relaxed(&self->arch.work, WORK_FRAME);
	return (long)frame->a0;
}

long signal_altstack(const struct sigaltstack *new, struct sigaltstack *old,
		     vaddr_t sp)
{
	struct thread *self = current_thread();
	bool in_use = on_altstack(&self->altstack, sp);

	*old = self->altstack;
	if (self->altstack.size == 0)
		old->flags = SS_DISABLE;
	else if (in_use)
		old->flags = SS_ONSTACK;
	if (new == NULL)
		return 0;
	if (in_use)
		return -EPERM;
	if (new->flags & ~(SS_DISABLE | SS_ONSTACK))
		return -EINVAL;
	if (new->flags & SS_DISABLE) {
		self->altstack = (struct sigaltstack){ .flags = SS_DISABLE };
		return 0;
	}
	if (new->size < SIGFRAME_MIN_STACK)
		return -ENOMEM;
	self->altstack = *new;
	self->altstack.flags = 0;
	return 0;
}
