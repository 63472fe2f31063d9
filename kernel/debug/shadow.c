/*
 * debug/shadow.c - see shadow.h: the model of shadow_model.h, with a lock.
 *
 * The lock is a word of its own, taken with interrupts off and without
 * serving shootdowns meanwhile: who waits for a spinlock serves them, a
 * shootdown flushes, and a flush comes here.  Nobody waits for anything while
 * he holds it.
 */

#include "debug/shadow.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/memory.h"
#include "lib/bug.h"
#include "sync/block.h"

#if LAB

bool shadow_on = true;

static uint32_t locked; /* (a) ORDER shadow-lock */

static unsigned long lock(void)
{
	unsigned long irq = irq_save();

	/* ORDER shadow-lock, taking side; the other is in unlock(). */
	while (!atomic_replace(&locked, 0, 1))
		cpu_relax();
	return irq;
}

static void unlock(unsigned long irq)
{
	/* ORDER shadow-lock, releasing side; the other is in lock(). */
	store_release(&locked, 0);
	irq_restore(irq);
}

/* ---- what is wrong ---- */

/* Never returns.  The lock is given back first: other harts come here before
 * they notice that they are to stop. */
static __noreturn void accuse(const struct shadow_record *r, const char *what,
			      unsigned long irq)
{
	uint64_t pa = r->frame << PAGE_SHIFT, va = r->va;
	unsigned asid = r->space->asid, hart = shadow_model_holder(r);

	unlock(irq);
	if (hart != MAX_HARTS)
		panic("page %#lx %s while hart %u may hold va %#lx -> it (ASID %u)",
		      pa, what, hart, va, asid);
	panic("page %#lx %s before va %#lx -> it (ASID %u) was shot down", pa,
	      what, va, asid);
}

/* ---- spaces and harts ---- */

void shadow_begin(struct shadow_space *s, unsigned asid)
{
	shadow_space_begin(s, asid);
}

void shadow_end(struct shadow_space *s)
{
	unsigned long irq = lock();

	shadow_space_end(s);
	unlock(irq);
}

void shadow_enter(struct shadow_space *s)
{
	unsigned long irq;

	if (!shadow_on)
		return;
	irq = lock();
	bool paid = shadow_model_enter(s, hart_id());

	unlock(irq);
	if (!paid)
		panic("hart %u enters ASID %u without the flush it owes",
		      hart_id(), s->asid);
}

void shadow_pause(struct shadow_space *s)
{
	unsigned long irq = lock();

	shadow_model_pause(s, hart_id());
	unlock(irq);
}

void shadow_leave(struct shadow_space *s)
{
	unsigned long irq = lock();

	shadow_model_leave(s, hart_id());
	unlock(irq);
}

/* ---- changes and flushes ---- */

void shadow_lose(struct shadow_space *s, uint64_t va, uint64_t frame,
		 enum shadow_loss loss)
{
	unsigned long irq;

	if (!shadow_on)
		return;
	irq = lock();
	shadow_model_lose(s, va, frame, loss, current_thread());
	unlock(irq);
}

void shadow_flushed(struct shadow_space *s, uint64_t mark)
{
	unsigned long irq = lock();

	shadow_model_flush(s, hart_id(), mark);
	unlock(irq);
}

void shadow_flushed_range(struct shadow_space *s, unsigned hart, uint64_t start,
			  uint64_t end)
{
	unsigned long irq = lock();

	shadow_model_flush_range(s, hart, start, end);
	unlock(irq);
}

void shadow_shot_down(struct shadow_space *s, uint64_t start, uint64_t end,
		      uint64_t mark)
{
	unsigned hart;
	unsigned long irq = lock();
	const struct shadow_record *r =
		shadow_model_settle(s, start, end, mark, &hart);

	if (r == NULL) {
		unlock(irq);
		return;
	}
	uint64_t va = r->va, frame = r->frame;

	unlock(irq);
	panic("a shootdown is over, but hart %u may hold va %#lx -> page %#lx",
	      hart, va, frame << PAGE_SHIFT);
}

/* ---- questions ---- */

void shadow_frame_freed(uint64_t frame)
{
	if (likely(!shadow_model_may_have(frame)))
		return;

	unsigned long irq = lock();
	const struct shadow_record *r = shadow_model_find(frame);

	if (r != NULL)
		accuse(r, "is freed", irq);
	unlock(irq);
}

void shadow_frame_copied(uint64_t frame)
{
	if (likely(!shadow_model_may_have(frame)))
		return;

	unsigned long irq = lock();
	const struct shadow_record *r = shadow_model_find_writer(frame);

	if (r != NULL)
		accuse(r, "is copied", irq);
	unlock(irq);
}

void shadow_assert_settled(void)
{
	unsigned long irq;

	if (likely(!shadow_model_is_busy()))
		return;
	irq = lock();
	const struct shadow_record *r =
		shadow_model_find_owner(current_thread());

	if (r != NULL)
		accuse(r, "is left mapped", irq);
	unlock(irq);
}

#endif
