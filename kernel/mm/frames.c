/*
 * mm/frames.c - the buddy system, its lock, and who may have the last frames.
 */

#include "mm/frames_internal.h"

#include "lib/compiler.h"
#include "mm/buddy.h"
#include "mm/page.h"
#include "mm/reserve.h"
#include "sync/spinlock.h"

static struct spinlock free_lock = SPINLOCK_INIT(RANK_PAGE_FREE);
static struct buddy buddy GUARDED_BY(free_lock);
uint64_t nr_pages_total GUARDED_BY(free_lock); /* frames ever added */

/* The buddy system, for who holds its lock. */
static inline struct buddy *free_frames(void) REQUIRES(free_lock)
{
	return &buddy;
}

/* How many frames the running thread may take: @n; near the end, @least; or
 * none. */
static uint64_t may_take(uint64_t n, uint64_t least) REQUIRES(free_lock)
{
	if (likely(buddy.nr_free >= reserve_from(CLAIM_USER, nr_pages_total) + n))
		return n;
	return buddy.nr_free >= reserve_from(current_claim(), nr_pages_total) + least ?
		       least : 0;
}

unsigned frames_take(uint64_t frames[], unsigned n)
{
	unsigned long irq = spin_lock_irqsave(&free_lock);

	n = buddy_alloc_singles(free_frames(), frames, (unsigned)may_take(n, 1));
	spin_unlock_irqrestore(&free_lock, irq);
	return n;
}

void frames_give(const uint64_t frames[], unsigned n)
{
	unsigned long irq = spin_lock_irqsave(&free_lock);

	buddy_free_singles(free_frames(), frames, n);
	spin_unlock_irqrestore(&free_lock, irq);
}

unsigned blocks_take(uint64_t frames[], unsigned n, unsigned order)
{
	unsigned long irq = spin_lock_irqsave(&free_lock);
	unsigned allowed = (unsigned)(may_take((uint64_t)n << order, 1UL << order) >> order);
	unsigned taken = 0;

	while (taken < allowed) {
		frames[taken] = buddy_alloc(free_frames(), order);
		if (frames[taken] == BUDDY_NONE)
			break;
		taken++;
	}
	spin_unlock_irqrestore(&free_lock, irq);
	return taken;
}

void blocks_give(const uint64_t frames[], unsigned n, unsigned order)
{
	unsigned long irq = spin_lock_irqsave(&free_lock);

	while (n > 0)
		buddy_free(free_frames(), frames[--n], order);
	spin_unlock_irqrestore(&free_lock, irq);
}

void blocks_give_each(const struct quarantined blocks[], unsigned n)
{
	unsigned long irq = spin_lock_irqsave(&free_lock);

	for (unsigned i = 0; i < n; i++)
		buddy_free(free_frames(), blocks[i].frame, blocks[i].order);
	spin_unlock_irqrestore(&free_lock, irq);
}

uint64_t frames_free(void)
{
	return READ_ONCE(buddy.nr_free);
}

/* ---- boot ---- */

size_t frames_bytes(uint64_t first, uint64_t end)
{
	return buddy_bytes(first, end);
}

void frames_init(uint64_t first, uint64_t end, void *memory)
{
	unsigned long irq = spin_lock_irqsave(&free_lock);

	buddy_init(free_frames(), first, end, memory);
	spin_unlock_irqrestore(&free_lock, irq);
}

void frames_add(uint64_t start, uint64_t end)
{
	unsigned long irq = spin_lock_irqsave(&free_lock);

	buddy_add(free_frames(), start, end);
	nr_pages_total += end - start;
	spin_unlock_irqrestore(&free_lock, irq);
}
