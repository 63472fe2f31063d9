#pragma once

/*
 * arch/kstack.h - where kernel stacks are, and what lies below them.
 *
 * A stack is a block of KSTACK_SIZE bytes of RAM.  Nobody uses it by its
 * address in the direct map, where its neighbours are other people's memory:
 * each block has a second address, above as many bytes that are never mapped,
 * its *guard*.  Who needs more stack than there is faults there.
 *
 *	... | guard | block | guard | block | ...
 *
 * The address is a function of the block, and all blocks are mapped at boot,
 * before any other hart runs.  No entry ever changes: so nothing is to be
 * fenced when a thread begins or ends, and a stack that is free may be used
 * for anything.
 *
 * A guard begins at a multiple of twice its size, so one bit of an address
 * tells it from a stack: trap.S looks at that before it saves the registers,
 * and if there is no room for them goes on at the hart's emergency stack.
 */

#include "arch/context.h"
#include "lib/bits.h"
#include "lib/types.h"

/* Where the guard of a block at 0 would be. */
extern vaddr_t kstack_area; /* (c) after boot's kernel_map_init() */

/* The lowest address of the stack in the block at @block, and back. */
static inline void *kstack_at(paddr_t block)
{
	return (void *)(kstack_area + 2 * block + KSTACK_SIZE);
}

static inline paddr_t kstack_block(const void *stack)
{
	return ((uint64_t)stack - kstack_area - KSTACK_SIZE) / 2;
}

/* @va is above a stack's guard, or in it, if it is in either. */
static inline bool kstack_has(vaddr_t va)
{
	return (va & KSTACK_SIZE) != 0;
}

/* If @va is in the area: where in physical memory.  Else 0. */
paddr_t kstack_pa(vaddr_t va);
