/*
 * mm/page.c - handing out page frames.
 *
 * Two levels.  Below is the buddy system under one lock (frames.c).  Above,
 * each hart has a stack of up to 64 single frames that only it touches, with
 * interrupts off; empty, it takes 32 frames at once from below, full, it gives
 * the 32 that have lain longest back.  So the lock is taken once in 32
 * operations.
 *
 * A second, smaller stack holds pages known to be zero: emptied page tables.
 * A process that exits leaves the tables for the next one that starts.  A
 * third, of blocks, is for kernel stacks (kept_blocks.c).
 *
 * In the lab build who writes to a page after freeing it is found: what is
 * free is poison (mm/poison.h), and stays so for a while (mm/quarantine.h).
 */

#include "mm/page.h"

#include "arch/context.h"
#include "arch/hart.h"
#include "debug/failalloc.h"
#include "debug/kasan.h"
#include "debug/race.h"
#include "debug/shadow.h"
#include "debug/trace.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/frames_internal.h"
#include "mm/page_internal.h"
#include "mm/poison.h"
#include "mm/reserve.h"
#include "mm/slab.h"

#define STACK_FRAMES 64
#define STACK_BATCH 32
#define WAITING_BATCH 8
#define WAITING_TURNS 128 /* for a block, which pieces may make */
#define ZEROED_FRAMES 32

/* What one hart keeps; only it touches it, with interrupts off.  The counts
 * are read by others for statistics. */
struct page_stack {
	uint64_t nr, nr_zeroed;
	uint64_t frames[STACK_FRAMES];
	uint64_t zeroed[ZEROED_FRAMES];
} __aligned(64);

struct page *page_array;
struct page *zero_page;

static uint64_t first_frame, end_frame; /* (c) */
static struct page_stack stacks[MAX_HARTS];

bool page_exists(paddr_t pa)
{
	uint64_t frame = pa >> PAGE_SHIFT;

	return frame >= first_frame && frame < end_frame;
}

uint64_t page_first_frame(void)
{
	return first_frame;
}

uint64_t page_end_frame(void)
{
	return end_frame;
}

/* ---- frames; interrupts off ---- */

/* This hart's.  The empty asm makes the compiler keep the address: left to
 * itself it multiplies anew for each field. */
static inline struct page_stack *own_stack(void)
{
	struct page_stack *stack = &stacks[hart_id()];

	__asm__("" : "+r"(stack));
	return stack;
}

/*
 * Memory has run out: free what only waits, or some of it.  True: there was
 * something.  Not all of it: other harts, whose processes end, may fill their lines
 * as fast as we empty them, and interrupts are off.
 */
static bool free_what_waits(void)
{
	struct quarantined blocks[WAITING_BATCH];
	bool found = kept_blocks_give_up();
	unsigned n = 0;

	while (n < WAITING_BATCH &&
	       (blocks[n] = quarantine_take()).frame != QUARANTINE_NONE)
		n++;
	if (n != 0)
		blocks_give_each(blocks, n);
	return found || n != 0;
}

static void stack_fill(struct page_stack *stack)
{
	stack->nr = frames_take(stack->frames, STACK_BATCH);
}

/* Get single frames for an empty stack; the zeroed ones if nothing is left. */
static NOINLINE bool stack_refill(struct page_stack *stack)
{
	stack_fill(stack);
	if (stack->nr == 0 && free_what_waits())
		stack_fill(stack);
	count(cache_refills);
	if (stack->nr == 0 && stack->nr_zeroed != 0)
		stack->frames[stack->nr++] = stack->zeroed[--stack->nr_zeroed];
	return stack->nr != 0;
}

static NOINLINE void stack_drain(struct page_stack *stack)
{
	frames_give(stack->frames, STACK_BATCH);
	stack->nr -= STACK_BATCH;
	memmove(stack->frames, stack->frames + STACK_BATCH,
		stack->nr * sizeof(stack->frames[0]));
	count(cache_drains);
}

static inline struct page *page_take(uint64_t frame, enum page_kind kind,
				     unsigned order)
{
	struct page *page = page_of_frame(frame);

	assert(page->kind == PAGE_FREE && page_refs(page) == 0);
	page->refs = REFCOUNT_INIT(1);
	page->kind = kind;
	page->order = order;
	page->icache_synced = false;
	kasan_pages_taken(page_address(page), order);
	spin_init(&page->lock, RANK_PAGE_TABLE);
	trace(frame_take, frame << PAGE_SHIFT, kind);
	return page;
}

/* ---- allocation ---- */

/* The running thread has got no block of 2^@order frames: on its way out it may wait
 * for one (memory_retry_call()), if there is too little and not only in pieces. */
static NOINLINE void note_shortage(unsigned order)
{
	struct arch_thread *self = hart_self()->current;

	if (self == NULL || !memory_is_short(order))
		return;
	self->starved_order = (uint8_t)order;
	atomic_fetch_or_relaxed(&self->work, WORK_STARVED);
}

/* page_alloc() with an empty stack. */
static NOINLINE struct page *alloc_slow(enum page_kind kind, unsigned long irq)
{
	struct page_stack *stack = own_stack();
	uint64_t frame = BLOCK_NONE;

	if (stack_refill(stack))
		frame = stack->frames[--stack->nr];
	irq_restore(irq);
	if (frame == BLOCK_NONE) {
		note_shortage(0);
		return NULL;
	}
	count(page_allocs);
	poison_check(page_of_frame(frame));
	return page_take(frame, kind, 0);
}

/* Interrupts are off, and restored to @irq. */
static inline struct page *take_one(struct page_stack *stack,
				    enum page_kind kind, unsigned long irq)
{
	if (unlikely(stack->nr == 0))
		return alloc_slow(kind, irq);

	uint64_t frame = stack->frames[--stack->nr];

	irq_restore(irq);
	count(page_allocs);
	poison_check(page_of_frame(frame));
	return page_take(frame, kind, 0);
}

struct page *page_alloc(enum page_kind kind)
{
	if (kind != PAGE_SLAB && failalloc_hits())
		return NULL;
	lockorder_might_take(RANK_PAGE_FREE);

	unsigned long irq = irq_save();

	return take_one(own_stack(), kind, irq);
}

struct page *page_alloc_zeroed(enum page_kind kind)
{
	if (failalloc_hits())
		return NULL;
	lockorder_might_take(RANK_PAGE_FREE);

	unsigned long irq = irq_save();
	struct page_stack *stack = own_stack();
	struct page *page;

	if (stack->nr_zeroed != 0) {
		uint64_t frame = stack->zeroed[--stack->nr_zeroed];

		irq_restore(irq);
		poison_check_zeroed(page_of_frame(frame));
		count(page_allocs);
		return page_take(frame, kind, 0);
	}
	page = take_one(stack, kind, irq);
	if (likely(page != NULL)) {
		page_zero(page_address(page));
		count(pages_zeroed);
	}
	return page;
}

struct page *pages_alloc(unsigned order, enum page_kind kind)
{
	if (order == 0)
		return page_alloc(kind);
	if (failalloc_hits())
		return NULL;

	uint64_t frame = block_take(order);

	for (unsigned turns = 0; frame == BLOCK_NONE && turns < WAITING_TURNS &&
				 free_what_waits(); turns++)
		frame = block_take(order);
	if (frame == BLOCK_NONE) {
		note_shortage(order);
		return NULL;
	}
	count_many(page_allocs, 1UL << order);
	for (uint64_t i = 0; i < 1UL << order; i++)
		poison_check(page_of_frame(frame + i));
	return page_take(frame, kind, order);
}

/* ---- freeing ---- */

/*
 * Give up @n references; true when they were the last.
 */
static inline bool drop(struct page *page, uint32_t n)
{
	/*
	 * ORDER page-exclusive, last side; the other is below, in drop().
	 * Who holds all references need not subtract: nobody else can find
	 * the page any more, and what the others did with it came before.
	 */
	uint32_t old = load_acquire(&page->refs.count);

	if (likely(old == n)) {
		page->refs.count = 0;
		race_point(page_let_go, page);
		return true;
	}
	race_point(page_counted, page);
	/*
	 * ORDER page-exclusive, put side; the other is in
	 * page_is_exclusive().  The subtraction releases: what this hart read
	 * from the page, it read before.
	 */
	old = __atomic_fetch_sub(&page->refs.count, n, __ATOMIC_ACQ_REL);
	race_point(page_dropped, page);
	if (unlikely(old < n))
		panic("page %#lx was put more often than taken",
		      page_frame(page) << PAGE_SHIFT);
	return old == n;
}

/* @page, a single one, is free: nobody has a reference. */
static inline uint64_t page_retire(struct page *page)
{
	lab_assert(page->kind > PAGE_FREE && page->kind != PAGE_ZERO);
	trace(frame_free, page_pa(page), page->kind);
	shadow_frame_freed(page_frame(page));
	poison_fill(page);
	kasan_pages_freed(page_address(page), 0);
	page->kind = PAGE_FREE;
	return page_frame(page);
}

/* Interrupts off. */
static inline void stack_push(struct page_stack *stack, uint64_t frame)
{
	if (unlikely(stack->nr == STACK_FRAMES))
		stack_drain(stack);
	stack->frames[stack->nr++] = frame;
}

/* 2^order frames from @frame on are not in use any more: what they drive out
 * of quarantine, in the release build they themselves, is free. */
static inline void set_free(uint64_t frame, unsigned order)
{
	struct quarantined out =
		quarantine_put((struct quarantined){ frame, order });

	lockorder_might_take(RANK_PAGE_FREE);
	if (out.frame == QUARANTINE_NONE)
		return;
	if (unlikely(out.order != 0)) {
		block_give(out.frame, out.order);
		return;
	}
	unsigned long irq = irq_save();

	stack_push(own_stack(), out.frame);
	irq_restore(irq);
}

static void block_free(struct page *page)
{
	unsigned order = page->order;

	for (uint64_t i = 0; i < 1UL << order; i++)
		poison_fill(page + i);
	kasan_pages_freed(page_address(page), order);
	page->kind = PAGE_FREE;
	page->order = 0;
	set_free(page_frame(page), order);
	count_many(page_frees, 1UL << order);
}

static NOINLINE void page_free(struct page *page)
{
	if (page->order != 0) {
		block_free(page);
		return;
	}

	set_free(page_retire(page), 0);
	count(page_frees);
}

void page_put(struct page *page)
{
	if (drop(page, 1))
		page_free(page);
}

void page_put_some(struct page *page, uint32_t n)
{
	if (drop(page, n))
		page_free(page);
}

/* A batch goes straight to the buddy system; few frames, to the stack. */
static void retired_free(const uint64_t *frames, unsigned n)
{
	if (LAB) {
		while (n > 0)
			set_free(frames[--n], 0);
	} else if (n >= STACK_BATCH) {
		frames_give(frames, n);
		count(cache_drains);
	} else {
		unsigned long irq = irq_save();

		while (n > 0)
			stack_push(own_stack(), frames[--n]);
		irq_restore(irq);
	}
}

_Static_assert(sizeof(struct page *) == sizeof(uint64_t), "in place");

void page_put_many(struct page *pages[], unsigned n)
{
	struct page **end = pages + n;
	uint64_t *frames = (uint64_t *)pages; /* behind what was read */
	unsigned freed = 0;

	assert(n <= PAGE_PUT_MAX);
	for (; pages != end; pages++) {
		struct page *page = *pages;

		if (!drop(page, 1))
			continue;
		lab_assert(page->order == 0);
		frames[freed++] = page_retire(page);
	}
	if (freed == 0)
		return;
	retired_free(frames, freed);
	count_many(page_frees, freed);
}

void page_put_zeroed(struct page *page)
{
	poison_check_zeroed(page);
	if (!drop(page, 1))
		panic("page %#lx: zeroed, but still in use", page_pa(page));

	unsigned long irq = irq_save();
	struct page_stack *stack = own_stack();

	if (likely(stack->nr_zeroed < ZEROED_FRAMES)) {
		shadow_frame_freed(page_frame(page));
		kasan_pages_freed(page_address(page), 0);
		page->kind = PAGE_FREE;
		stack->zeroed[stack->nr_zeroed++] = page_frame(page);
	} else {
		stack_push(stack, page_retire(page));
	}
	irq_restore(irq);
	count(page_frees);
}

/* ---- a hart that leaves ---- */

/* Those that are zero are poisoned by who takes them next. */
void page_leave_hart(void)
{
	struct page_stack *stack = own_stack();

	slab_leave_hart();
	frames_give(stack->frames, (unsigned)stack->nr);
	stack->nr = 0;
	frames_give(stack->zeroed, (unsigned)stack->nr_zeroed);
	stack->nr_zeroed = 0;
	(void)kept_blocks_give_up();
}

/* ---- numbers ---- */

uint64_t pages_free(void)
{
	uint64_t sum = frames_free() + kept_frames();

	for (unsigned i = 0; i < MAX_HARTS; i++)
		sum += READ_ONCE(stacks[i].nr) + READ_ONCE(stacks[i].nr_zeroed);
	return sum + quarantine_frames() + slab_idle_pages();
}

bool memory_is_short(unsigned order)
{
	uint64_t pieces = order == 0 ? 0 : PIECES << order;

	return frames_free() + quarantine_frames() <
	       reserve_from(current_claim(), READ_ONCE(nr_pages_total)) +
		       STACK_BATCH + pieces;
}

/* ---- boot ---- */

size_t page_bookkeeping_bytes(uint64_t first, uint64_t end)
{
	return (end - first) * sizeof(struct page) + frames_bytes(first, end);
}

void page_bookkeeping_init(uint64_t first, uint64_t end, void *memory)
{
	struct page *pages = memory;

	first_frame = first;
	end_frame = end;
	/* So that a frame number is the index: see page_of_frame(). */
	page_array = pages - first;
	memset(pages, 0, (end - first) * sizeof(*pages));
	frames_init(first, end, pages + (end - first));
}

void page_add_range(uint64_t start, uint64_t end)
{
	for (uint64_t frame = start; frame < end; frame++) {
		struct page *page = page_of_frame(frame);

		assert(page->kind == PAGE_RESERVED);
		page->kind = PAGE_FREE;
		list_init(&page->link);
	}
	frames_add(start, end);
}

void page_allocator_ready(void)
{
	zero_page = page_alloc_zeroed(PAGE_ZERO);
	if (zero_page == NULL)
		panic("no memory for the zero page");
}
