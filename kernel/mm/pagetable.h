#pragma once

/*
 * mm/pagetable.h - walking page tables, of three levels (Sv39) or more.
 *
 * Locking: the 512 entries of a leaf table belong to the lock in the leaf
 * table's struct page (pagetable_lock()).  Inner entries go from empty to
 * a table by compare-and-swap at any time under map_sem (shared is
 * enough), and back to empty only under map_sem exclusive, or by who has
 * claimed all that it covers (claim.h), after which the table is freed through
 * a gather, and only where no VMA is left.  A table may be detached meanwhile,
 * by fork under map_sem exclusive, and attached again (tables.h): who changes
 * entries finds none that is, or owns it; who only looks looks through it
 * (pagetable_look()).  So a leaf table found stays a leaf
 * table for whoever holds map_sem or visits, has claimed its range, or holds
 * the users_lock of a page cache that a VMA there is linked to.  Lock-free
 * walkers (uaccess, with interrupts off) are covered by the shootdown that
 * precedes every free.
 */

#include "arch/pte.h"
#include "lib/bits.h"
#include "lib/types.h"
#include "mm/page.h"

struct gather;
struct mm;

/*
 * The entry of @va at @level, by steps from @table, whose entries are of level @at.
 *
 * ORDER pagetable-publish, walk side; the other is in pte_install().
 * Plain: the address of each load depends on the load before it.
 */
static ALWAYS_INLINE pte_t *pagetable_steps(pte_t *table, vaddr_t va, unsigned at,
					    unsigned level)
{
#pragma GCC unroll 2
	for (; at > level; at--) {
		pte_t pte = pte_load(&table[PT_INDEX(va, at)]);

		if (unlikely(!pte_is_valid(pte)))
			return NULL;
		table = phys_to_virt(pte_pa(pte));
	}
	table += PT_INDEX(va, level);
	assume(table != NULL);
	return table;
}

/* The entry of @va at @level, 0 or 1, or NULL; Sv39's steps are written out.  The
 * others are inline, too: so who calls nothing else needs no stack. */
static ALWAYS_INLINE pte_t *pagetable_entry(pte_t *root, vaddr_t va, unsigned level)
{
	if (unlikely(va >= pt_short_end))
		return va < user_end ?
		       pagetable_steps(root, va, pt_levels - 1, level) : NULL;
	return pagetable_steps(root, va, PT_LEVELS_LEAST - 1, level);
}

/* The entry of @va in the user half, or NULL when there is no leaf table. */
static inline pte_t *pagetable_find(pte_t *root, vaddr_t va)
{
	return pagetable_entry(root, va, 0);
}

/* The entry that points to the leaf table of @va; NULL: there is no table in
 * which it would stand. */
static inline pte_t *inner_entry(pte_t *root, vaddr_t va)
{
	return pagetable_entry(root, va, 1);
}

/* The same; *end becomes the end of its neighbours, or, where there is no table, of
 * what has none, unless it is lower. */
pte_t *inner_entries(pte_t *root, vaddr_t va, vaddr_t *end);

/* As above, but makes the tables, or owns them; NULL: no memory. */
pte_t *pagetable_make(struct mm *mm, vaddr_t va);
/* The entry that points to the leaf table of @va, whatever it is; NULL: no
 * memory for the table in which it stands. */
pte_t *inner_entry_make(struct mm *mm, vaddr_t va);

/*
 * The entry of the first address at or after *@va, below @end, that has a
 * leaf table; *@va becomes that address.  NULL: there is none.
 */
pte_t *pagetable_skip(pte_t *root, vaddr_t *va, vaddr_t end);

static inline pte_t *pagetable_scan(pte_t *root, vaddr_t *va, vaddr_t end)
{
	if (*va >= end)
		return NULL;

	pte_t *ptep = pagetable_find(root, *va);
	return likely(ptep != NULL) ? ptep : pagetable_skip(root, va, end);
}

/*
 * The same for who only looks, through detached entries too.  As long as @lock,
 * which is taken and is for the caller to give back, the table stays.
 */
const pte_t *pagetable_look(pte_t *root, vaddr_t *va, vaddr_t end,
			    struct LOCK_OF(spinlock, leaf) **lock);

/* The end of the part of [va, end) that lies in va's leaf table. */
static inline vaddr_t pagetable_leaf_end(vaddr_t va, vaddr_t end)
{
	return min(align_down(va, PT_SPAN(1)) + PT_SPAN(1), end);
}

/*
 * Give the tables that lie wholly inside [floor, ceiling) and touch
 * [start, end) to @g; their entries are all empty.
 */
void pagetable_free(pte_t *root, struct gather *g, vaddr_t start, vaddr_t end,
		    vaddr_t floor, vaddr_t ceiling);

/* [*start, *end), with all that is below the tables which would be freed. */
void pagetable_widen(vaddr_t *start, vaddr_t *end, vaddr_t floor,
		     vaddr_t ceiling);

/* The lock of the leaf table that contains @ptep. */
static inline struct LOCK_OF(spinlock, leaf) *pagetable_lock(const pte_t *ptep)
{
	return &page_of_address(ptep)->lock;
}

static inline uint64_t pte_frame(pte_t pte)
{
	return pte.bits >> PTE_PPN_SHIFT;
}

static inline struct page *pte_page(pte_t pte)
{
	return page_of_frame(pte_frame(pte));
}
