/*
 * proc/signal/frame.c - the frame a handler runs on, and the way back.
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
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "proc/signal/signal_internal.h"
#include "proc/time/vdso.h"

#define SIGFRAME_MIN_STACK 2048

/* struct trapframe begins with them, in the same order. */
struct user_regs {
	uint64_t r[32]; /* pc, x1 .. x31 */
};

_Static_assert(offsetof(struct trapframe, status) == sizeof(struct user_regs),
	       "order");

struct sigframe {
	struct siginfo info;
	struct {
		uint64_t zero[10];
	} info_room;
	struct {
		uint64_t flags, link;
		struct sigaltstack stack;
		sigset_t mask;
		uint8_t mask_room[1024 / 8 - sizeof(sigset_t)];
		uint64_t align;
		struct user_regs regs;
		union {
			struct fpu_state d;
			uint8_t q[528]; /* room for quad precision */
			struct {
				uint8_t room[512];
				uint64_t end[2]; /* zero: no extension */
			};
		} fp;
	} uc;
};

_Static_assert(offsetof(struct sigframe, uc) == SIGINFO_SIZE, "siginfo");
_Static_assert(offsetof(struct sigframe, uc.regs) == 128 + 176, "sigcontext");
_Static_assert(sizeof(struct sigframe) == 1088, "Linux's frame");

static bool on_altstack(const struct sigaltstack *s, vaddr_t sp)
{
	return sp > s->sp && sp - s->sp <= s->size;
}

/* In the first page, which nobody maps: the alternate stack is full, and what
 * lies below it is not for frames. */
#define NO_PLACE 0UL

static vaddr_t frame_place(const struct trapframe *frame,
			   const struct sigaction *action)
{
	const struct sigaltstack *alt = &current_thread()->altstack;
	vaddr_t sp = frame->sp;

	if (on_altstack(alt, sp)) {
		if (!on_altstack(alt, sp - sizeof(struct sigframe)))
			return NO_PLACE;
	} else if ((action->flags & SA_ONSTACK) && !(alt->flags & SS_DISABLE)) {
		sp = alt->sp + alt->size;
	}
	return align_down(sp - sizeof(struct sigframe), 16);
}

/*
 * @f may be the frame itself, on the user stack: it is written once and never
 * read.  Room that says nothing is left as it was, the program's own.
 */
static void fill_frame(struct sigframe *f, const struct trapframe *frame,
		       const struct siginfo *info, sigset_t blocked)
{
	const struct thread *self = current_thread();

	f->info = *info;
	f->info_room = (typeof(f->info_room)){ { 0 } };
	f->uc.flags = f->uc.link = 0;
	f->uc.stack = self->altstack;
	f->uc.mask = blocked;
	f->uc.regs = *(const struct user_regs *)frame;
	fpu_save_current(&f->uc.fp.d);
	f->uc.fp.end[0] = f->uc.fp.end[1] = 0;
}

/* It lies in two pages, or its page is not there yet. */
static NOINLINE int write_frame_slowly(vaddr_t to, const struct trapframe *frame,
				       const struct siginfo *info,
				       sigset_t blocked)
{
	struct sigframe *f = kzalloc(sizeof(*f));

	if (f == NULL)
		return -ENOMEM;
	fill_frame(f, frame, info, blocked);

	int err = copy_to_user(to, f, sizeof(*f));

	kfree(f);
	return err;
}

static int write_frame(vaddr_t to, const struct trapframe *frame,
		       const struct siginfo *info, sigset_t blocked)
{
	unsigned long irq;
	struct sigframe *f = user_window_open(to, sizeof(*f), true, &irq);

	if (unlikely(f == NULL))
		return write_frame_slowly(to, frame, info, blocked);
	fill_frame(f, frame, info, blocked);
	user_window_close(irq);
	return 0;
}

int signal_put_info(vaddr_t to, const struct siginfo *info)
{
	int err = copy_to_user(to, info, sizeof(*info));

	return err != 0 ? err : zero_user(to + sizeof(*info),
					  SIGINFO_SIZE - sizeof(*info));
}

int signal_push_frame(struct trapframe *frame, const struct siginfo *info,
		      const struct sigaction *action, sigset_t blocked)
{
	vaddr_t at = frame_place(frame, action);
	int err = write_frame(at, frame, info, blocked);

	if (err != 0)
		return err;
	frame->ra = READ_ONCE(current_mm()->vdso) + vdso_sigreturn_offset;
	frame->pc = action->handler;
	frame->sp = at;
	frame->a0 = (uint64_t)info->si_signo;
	frame->a1 = at + offsetof(struct sigframe, info);
	frame->a2 = at + offsetof(struct sigframe, uc);
	return 0;
}

/* The alternate stack was another when the handler began, or the program says so:
 * as if it had called sigaltstack(), and no error is told. */
static NOINLINE void restore_altstack(const struct trapframe *frame,
				      const struct sigframe *f)
{
	const struct sigaltstack to = { .sp = READ_ONCE(f->uc.stack.sp),
					.flags = READ_ONCE(f->uc.stack.flags),
					.size = READ_ONCE(f->uc.stack.size) };
	struct sigaltstack old;

	(void)signal_altstack(&to, &old, frame->sp);
}

static bool is_same_stack(const struct sigaltstack *a, const struct sigaltstack *b)
{
	return a->sp == b->sp && a->size == b->size && a->flags == b->flags;
}

/* The other way; @f may change while it is read. */
static sigset_t restore(struct trapframe *frame, const struct sigframe *f)
{
	*(struct user_regs *)frame = f->uc.regs;
	fpu_load_current(&f->uc.fp.d);
	if (unlikely(!is_same_stack(&f->uc.stack, &current_thread()->altstack)))
		restore_altstack(frame, f);
	return f->uc.mask;
}

static NOINLINE int read_frame_slowly(struct trapframe *frame,
				      sigset_t *blocked)
{
	struct sigframe *f = kmalloc(sizeof(*f));

	if (f == NULL)
		return -ENOMEM;

	int err = copy_from_user(f, frame->sp, sizeof(*f));

	if (err == 0)
		*blocked = restore(frame, f);
	kfree(f);
	return err;
}

static int read_frame(struct trapframe *frame, sigset_t *blocked)
{
	vaddr_t from = frame->sp;
	struct sigframe *f = NULL;
	unsigned long irq;

	if (is_aligned(from, sizeof(uint64_t)))
		f = user_window_open(from, sizeof(*f), false, &irq);
	if (unlikely(f == NULL))
		return read_frame_slowly(frame, blocked);
	*blocked = restore(frame, f);
	user_window_close(irq);
	return 0;
}

long signal_return(struct trapframe *frame)
{
	struct thread *self = current_thread();
	sigset_t blocked;

	if (read_frame(frame, &blocked) != 0) {
		signal_fault(SIGSEGV, SEGV_MAPERR, frame->sp);
		return 0;
	}
	signal_set_blocked(blocked);
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
	if (in_use)
		old->flags = SS_ONSTACK;
	if (new == NULL)
		return 0;
	if (in_use)
		return -EPERM;
	if (new->flags != 0 && new->flags != SS_DISABLE && new->flags != SS_ONSTACK)
		return -EINVAL;
	if (new->flags & SS_DISABLE) {
		self->altstack = NO_ALTSTACK;
		return 0;
	}
	if (new->size < SIGFRAME_MIN_STACK)
		return -ENOMEM;
	self->altstack = (struct sigaltstack){ .sp = new->sp, .size = new->size };
	return 0;
}
