/*
 * mm/kept_blocks.c - blocks for kernel stacks, at each hart's hand.
 */

#include "mm/frames_internal.h"

#include "arch/hart.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/buddy.h"

_Static_assert(BLOCK_NONE == BUDDY_NONE, "the same word for none");

/* What one hart keeps; only it touches it, with interrupts off.  The count is
 * read by others for statistics. */
static struct kept {
	uint64_t nr;
	uint64_t frames[KEPT_BLOCKS];
} __aligned(64) kept[MAX_HARTS];

static uint64_t take_kept(void)
{
	unsigned long irq = irq_save();
	struct kept *own = &kept[hart_id()];
	uint64_t frame = BLOCK_NONE;

	if (own->nr == 0)
		own->nr = blocks_take(own->frames, KEPT_BATCH, KEPT_ORDER);
	if (own->nr != 0)
		frame = own->frames[--own->nr];
	irq_restore(irq);
	return frame;
}

/* Those at the bottom, which have lain longest. */
static void drain(struct kept *own, unsigned n)
{
	blocks_give(own->frames, n, KEPT_ORDER);
	own->nr -= n;
	memmove(own->frames, own->frames + n, own->nr * sizeof(own->frames[0]));
}

static void give_kept(uint64_t frame)
{
	unsigned long irq = irq_save();
	struct kept *own = &kept[hart_id()];

	if (own->nr == KEPT_BLOCKS)
		drain(own, KEPT_BATCH);
	own->frames[own->nr++] = frame;
	irq_restore(irq);
}

uint64_t block_take(unsigned order)
{
	uint64_t frame;

	if (order == KEPT_ORDER)
		return take_kept();
	return blocks_take(&frame, 1, order) != 0 ? frame : BLOCK_NONE;
}

void block_give(uint64_t frame, unsigned order)
{
	if (order == KEPT_ORDER)
		give_kept(frame);
	else
		blocks_give(&frame, 1, order);
}

bool kept_blocks_give_up(void)
{
	unsigned long irq = irq_save();
	struct kept *own = &kept[hart_id()];
	bool some = own->nr != 0;

	drain(own, (unsigned)own->nr);
	irq_restore(irq);
	return some;
}

uint64_t kept_frames(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < MAX_HARTS; i++)
		sum += READ_ONCE(kept[i].nr) << KEPT_ORDER;
	return sum;
}
