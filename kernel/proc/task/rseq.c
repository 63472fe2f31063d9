/*
 * proc/task/rseq.c - see rseq.h.
 *
 * A thread that leaves its hart marks itself (proc/sched/rseq_leave.h), and
 * looks on its way to user mode; so does who gets a signal.  The mark goes
 * before the look, and interrupts are off when the last look at the marks is
 * made: who is switched away meanwhile, or in a fault of ours, comes here again.
 *
 * That the place where it goes on was meant by the program, and not written by
 * an attacker into rseq_cs, the four bytes before it say: the signature.
 */
#include "proc/task/rseq.h"

#include "arch/barrier.h"
#include "arch/pte.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/sched/rseq_leave.h"
#include "proc/task/proc.h"

struct rseq_cs {
	uint32_t version, flags;
	uint64_t start, length, abort;
};

_Static_assert(sizeof(struct rseq_cs) == 32, "Linux's rseq_cs");
_Static_assert(RSEQ_FEATURE_SIZE == 28, "Linux's rseq");

/* ---- registration ---- */

static bool is_place(vaddr_t at, uint32_t length)
{
	return length >= RSEQ_SIZE && is_aligned(at, RSEQ_ALIGN);
}

static long compare(const struct thread_rseq *r, vaddr_t at, uint32_t length,
		    uint32_t signature)
{
	if (r->at != at || r->length != length)
		return -EINVAL;
	return r->signature == signature ? 0 : -EPERM;
}

long rseq_register(vaddr_t at, uint32_t length, uint32_t signature)
{
	struct thread *self = current_thread();
	long err;

	if (self->rseq.at != 0) {
		err = compare(&self->rseq, at, length, signature);
		return err != 0 ? err : -EBUSY;
	}
	if (!is_place(at, length))
		return -EINVAL;
	if (at == 0 || !is_user_range(at, length))
		return -EFAULT;
	self->rseq = (struct thread_rseq){
		.at = at,
		.length = length,
		.signature = signature,
	};
	atomic_fetch_or_relaxed(&self->arch.work, WORK_RSEQ);
	return 0;
}

/* What the program reads from then on: it runs nowhere. */
static int write_nowhere(vaddr_t at)
{
	const uint32_t ids[2] = { 0, RSEQ_CPU_ID_UNINITIALIZED };
	const uint32_t none[2] = { 0, 0 };
	int err = copy_to_user(at, ids, sizeof(ids));

	return err != 0 ? err : copy_to_user(at + offsetof(struct user_rseq,
							   node_id),
					     none, sizeof(none));
}

long rseq_unregister(vaddr_t at, uint32_t length, uint32_t signature)
{
	struct thread *self = current_thread();
	long err = self->rseq.at == 0 ? -EINVAL :
					compare(&self->rseq, at, length,
						signature);

	if (err == 0)
		err = write_nowhere(at);
	if (err == 0)
		rseq_forget(self);
	return err;
}

void rseq_inherit(struct thread *child)
{
	const struct thread_rseq *mine = &current_thread()->rseq;

	if (mine->at == 0)
		return;
	child->rseq = (struct thread_rseq){
		.at = mine->at,
		.length = mine->length,
		.signature = mine->signature,
		.event = true,
	};
	atomic_fetch_or_relaxed(&child->arch.work, WORK_RSEQ);
}

/* ---- a sequence that was interrupted ---- */

static bool is_sound(const struct rseq_cs *cs)
{
	return cs->version == 0 && cs->start < user_end &&
	       cs->length < user_end - cs->start && cs->abort < user_end &&
	       cs->abort - cs->start >= cs->length;
}

/* 0, or why the program is not to be trusted with it. */
static int read_sequence(const struct thread *self, vaddr_t at,
			 struct rseq_cs *cs)
{
	uint32_t signature;

	if (at >= user_end)
		return -EINVAL;
	if (copy_from_user(cs, at, sizeof(*cs)) != 0)
		return -EFAULT;
	if (!is_sound(cs))
		return -EINVAL;
	if (copy_from_user(&signature, cs->abort - sizeof(signature),
			   sizeof(signature)) != 0)
		return -EFAULT;
	return signature == self->rseq.signature ? 0 : -EINVAL;
}

/* Who is in no sequence has none from then on, as on Linux: the next one to
 * interrupt it finds nothing to read. */
static int end_sequence(struct thread *self, struct trapframe *frame,
			const struct rseq_cs *cs, bool event)
{
	bool inside = frame->pc - cs->start < cs->length;
	uint32_t flags;

	if (inside) {
		if (get_user_u32(&flags, self->rseq.at +
				 offsetof(struct user_rseq, flags)) != 0)
			return -EFAULT;
		if (flags != 0 || cs->flags != 0)
			return -EINVAL;
		if (!event)
			return 0;
	}
	if (put_user_u64(self->rseq.at + offsetof(struct user_rseq, rseq_cs),
			 0) != 0)
		return -EFAULT;
	if (inside)
		frame->pc = cs->abort;
	return 0;
}

static NOINLINE int interrupt_sequence(struct thread *self,
				       struct trapframe *frame, vaddr_t at,
				       bool event)
{
	struct rseq_cs cs;
	int err = read_sequence(self, at, &cs);

	if (err == 0)
		err = end_sequence(self, frame, &cs, event);
	return err;
}

/* ---- where it runs ---- */

/* The lowest number that no other thread of this memory which runs has: there
 * are no more of those than harts. */
static uint32_t take_cid(struct thread *self)
{
	uint64_t *cids = &self->arch.mm->cids;

	while (self->rseq.cid == 0) {
		unsigned long irq = irq_save();
		uint64_t seen = READ_ONCE(*cids);
		unsigned cid = ctz64(~seen);

		/* ORDER mm-cid, taking side; the other is rseq_give_cid(). */
		if (atomic_replace(cids, seen, seen | BIT(cid)))
			self->rseq.cid = (uint8_t)(cid + 1);
		irq_restore(irq);
	}
	return self->rseq.cid - 1U;
}

static void write_place(struct user_rseq *to, uint32_t hart, uint32_t cid)
{
	WRITE_ONCE(to->cpu_id_start, hart);
	WRITE_ONCE(to->cpu_id, hart);
	WRITE_ONCE(to->node_id, 0);
	WRITE_ONCE(to->mm_cid, cid);
}

static NOINLINE int write_place_slowly(vaddr_t at, uint32_t cid)
{
	uint32_t hart = hart_id();
	const uint32_t ids[2] = { hart, hart }, more[2] = { 0, cid };
	int err = copy_to_user(at, ids, sizeof(ids));

	return err != 0 ? err : copy_to_user(at + offsetof(struct user_rseq,
							   node_id),
					     more, sizeof(more));
}

/* As a rule all of it is in one page, which is there. */
static int look(struct thread *self, struct trapframe *frame, bool event)
{
	uint32_t cid = take_cid(self);
	vaddr_t sequence;
	unsigned long irq;
	struct user_rseq *r = user_window_open(self->rseq.at, RSEQ_SIZE, true,
					       &irq);
	int err = 0;

	if (likely(r != NULL)) {
		sequence = READ_ONCE(r->rseq_cs);
		write_place(r, hart_id(), cid);
		user_window_close(irq);
	} else {
		err = write_place_slowly(self->rseq.at, cid);
		if (err == 0)
			err = get_user_u64(&sequence, self->rseq.at +
					   offsetof(struct user_rseq, rseq_cs));
	}
	if (err == 0 && sequence != 0)
		err = interrupt_sequence(self, frame, sequence, event);
	return err;
}

/*
 * The marks go first: who is switched away in the look comes again.  The other
 * way round it would come to user mode in a sequence in which others have run.
 * A handler of SIGSEGV would need a frame, for which we were here again.
 */
void rseq_return(struct trapframe *frame)
{
	struct thread *self = current_thread();
	unsigned long irq = irq_save();
	bool event = self->rseq.event;

	atomic_fetch_and_relaxed(&self->arch.work, ~(uint32_t)WORK_RSEQ);
	self->rseq.event = false;
	irq_restore(irq);
	if (self->rseq.at == 0)
		return;
	if (look(self, frame, event) != 0)
		proc_exit_group(WAIT_STATUS_SIGNAL(SIGSEGV));
}

void rseq_signal(struct trapframe *frame)
{
	struct thread *self = current_thread();

	if (self->rseq.at == 0)
		return;
	self->rseq.event = true;
	rseq_return(frame);
}

/* ---- asked for by another thread ---- */

static struct hartmask asked; /* (a) */

/* The bit, and then the interrupt (ORDER ipi-mailbox). */
void rseq_preempt_harts(struct hartmask harts)
{
	for_each_present_hart(hart) {
		if (!(harts.bits & BIT(hart)))
			continue;
		atomic_fetch_or_relaxed(&asked.bits, BIT(hart));
		ipi_send(hart, IPI_RESCHED);
	}
}

void rseq_ipi(void)
{
	struct thread *self = current_thread();

	if (likely(!(READ_ONCE(asked.bits) & BIT(hart_id()))))
		return;
	atomic_fetch_and_relaxed(&asked.bits, ~BIT(hart_id()));
	if (self->rseq.at == 0)
		return;
	self->rseq.event = true;
	atomic_fetch_or_relaxed(&self->arch.work, WORK_RSEQ);
}
