#pragma once

/*
 * mm/frames_internal.h - the free frames that no hart keeps at hand: the buddy
 * system under one lock, and in front of it the blocks that each hart keeps
 * for kernel stacks. page.c hands out what is taken here.
 *
 * Frames go by number; a block is 2^order of them and goes by the first one.
 * Any context.
 */

#include "arch/context.h"
#include "lib/types.h"
#include "mm/quarantine.h"

/* ---- frames.c ---- */

/*
 * Up to @n single frames, or blocks of @order, into frames[]; how many there
 * were for the running thread.  As the reserve is reached it gets one: else a
 * hart would keep for others what was given to him (reserve.h).
 */
unsigned frames_take(uint64_t frames[], unsigned n);
unsigned blocks_take(uint64_t frames[], unsigned n, unsigned order);
void frames_give(const uint64_t frames[], unsigned n);
void blocks_give(const uint64_t frames[], unsigned n, unsigned order);
void blocks_give_each(const struct quarantined blocks[], unsigned n);
/* A moment ago. */
uint64_t frames_free(void);

/* Boot: the frames [first, end) may be given later, in ranges; the bookkeeping
 * stands at @memory and takes frames_bytes(). */
size_t frames_bytes(uint64_t first, uint64_t end);
void frames_init(uint64_t first, uint64_t end, void *memory);
void frames_add(uint64_t start, uint64_t end);

/* ---- kept_blocks.c ---- */

/*
 * A kernel stack is a block of KEPT_ORDER. Each hart keeps up to KEPT_BLOCKS
 * of them that only it touches, with interrupts off: so who makes a thread or
 * ends one takes no lock, as a rule, and at worst once in KEPT_BATCH times.
 */
#define KEPT_ORDER (CHECKED ? 3U : 2U)
#define KEPT_BLOCKS 8U
#define KEPT_BATCH (KEPT_BLOCKS / 2)

_Static_assert(PAGE_SIZE << KEPT_ORDER == KSTACK_SIZE, "a block is a stack");

#define BLOCK_NONE UINT64_MAX

/* A block of any order: the kept ones first, where they are of this order. */
uint64_t block_take(unsigned order);
void block_give(uint64_t frame, unsigned order);
/* There is no frame left: this hart's go to the buddy system, where they can
 * be had in pieces. True: there were some. */
bool kept_blocks_give_up(void);
/* On all harts, a moment ago; in frames. */
uint64_t kept_frames(void);
