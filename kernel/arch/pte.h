#pragma once

/*
 * arch/pte.h - one entry of a page table, typed.
 *
 * A and D are set when an entry is made (D with W), so no walker, in
 * hardware or in QEMU, ever writes an entry behind our back, and a machine
 * without hardware A/D updates runs the same code.
 *
 * Source: The RISC-V Instruction Set Manual Volume II, "Sv39", "Sv48", "Sv57".
 */

#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/types.h"

/* A struct, so that an entry is not mistaken for an address. */
typedef struct {
	uint64_t bits;
} pte_t;

#define PTE_V BIT(0)   /* valid */
#define PTE_R BIT(1)   /* readable */
#define PTE_W BIT(2)   /* writable */
#define PTE_X BIT(3)   /* executable */
#define PTE_U BIT(4)   /* user mode may access */
#define PTE_G BIT(5)   /* in every address space */
#define PTE_A BIT(6)   /* accessed */
#define PTE_D BIT(7)   /* dirty */
#define PTE_COW BIT(8) /* software: private, copy before the next write */
#define PTE_DETACHED BIT(9) /* software, not valid: the table that it points to
			     * others may have too, nobody walks through here */

#define PTE_NONE ((pte_t){ 0 })
#define PTE_PPN_SHIFT 10
#define PTE_FLAGS GENMASK(9, 0)

#define PT_ENTRIES 512UL
/* Bytes that one entry of a table at @level (0 = leaf) covers. */
#define PT_SPAN(level) (PAGE_SIZE << (9 * (level)))
#define PT_INDEX(va, level) (((va) >> (12 + 9 * (level))) & (PT_ENTRIES - 1))

/*
 * How many levels tables have: 3 (Sv39), 4 (Sv48) or 5 (Sv57).  Each has one table
 * more on top than the one before, and nothing else is different.
 * (c) after kernel_map_init()
 */
extern unsigned pt_levels;
#define PT_LEVELS_LEAST 3U
#define PT_LEVELS_MOST 5U

/* Behind the user half, of which page 0 is never mapped.  (c) the same */
extern vaddr_t user_end;
/* What lies below is found from the root in PT_LEVELS_LEAST steps: under Sv39 all of
 * the user half, else nothing.  (c) the same */
extern vaddr_t pt_short_end;

static inline bool pte_same(pte_t a, pte_t b)
{
	return a.bits == b.bits;
}

static inline pte_t pte_make(paddr_t pa, uint64_t flags)
{
	return (pte_t){ (pa >> PAGE_SHIFT) << PTE_PPN_SHIFT | flags };
}

/* Nothing stands above the page's number: pte_make(). */
static inline paddr_t pte_pa(pte_t pte)
{
	return pte.bits >> PTE_PPN_SHIFT << PAGE_SHIFT;
}

static inline bool pte_is_valid(pte_t pte)
{
	return pte.bits & PTE_V;
}

/* Points to a next-level table rather than to a page. */
static inline bool pte_is_table(pte_t pte)
{
	return (pte.bits & (PTE_V | PTE_R | PTE_W | PTE_X)) == PTE_V;
}

static inline bool pte_is_writable(pte_t pte)
{
	return (pte.bits & (PTE_V | PTE_W)) == (PTE_V | PTE_W);
}

/* A private page that others may have too: a write is for the fault. */
static inline bool pte_is_cow(pte_t pte)
{
	return (pte.bits & (PTE_V | PTE_COW)) == (PTE_V | PTE_COW);
}

/* Points to a table that the hardware is not to find. */
static inline bool pte_is_detached(pte_t pte)
{
	return (pte.bits & (PTE_V | PTE_DETACHED)) == PTE_DETACHED;
}

/* The entry of @ptep as some hart's walker may see it now: one load. */
static inline pte_t pte_load(const pte_t *ptep)
{
	return (pte_t){ READ_ONCE(ptep->bits) };
}

static inline void pte_store(pte_t *ptep, pte_t pte)
{
	WRITE_ONCE(ptep->bits, pte.bits);
}
