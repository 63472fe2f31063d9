#pragma once

/*
 * mm/pagetable.h - walking the three levels of an Sv39 table.
 *
 * Locking: the 512 entries of a leaf table belong to the lock in the leaf
 * table's struct page (pagetable_lock()).  Inner entries go from empty to
 * a table by compare-and-swap at any time under map_sem (shared is
 * enough), and back to empty only under map_sem exclusive, after which the
 * table is freed through a gather, and only where no VMA is left.  So a leaf
 * table found stays a leaf table for whoever holds map_sem, or holds the
 * users_lock of a mapping that a VMA there is linked to.  Lock-free walkers
 * (uaccess, with interrupts off) are covered by the shootdown that precedes
 * every free.
 */

#include "arch/pte.h"
#include "lib/bits.h"
#include "lib/types.h"
#include "mm/page.h"

struct gather;

/* The entry of @va, or NULL when there is no leaf table. */
static inline pte_t *pagetable_find(pte_t *root, vaddr_t va)
{
	pte_t *table = root;

	for (unsigned level = PT_LEVELS - 1; level > 0; level--) {
		/*
		 * ORDER pagetable-publish, walk side; the other is in
		 * pagetable_make().  The address of each load depends on the
		 * load before it.
		 */
		pte_t pte = pte_load(&table[PT_INDEX(va, level)]);

		if (!pte_is_table(pte))
			return NULL;
		table = phys_to_virt(pte_pa(pte));
	}
	return &table[PT_INDEX(va, 0)];
}

/* As above, but makes the tables; NULL: no memory. */
pte_t *pagetable_make(pte_t *root, vaddr_t va);

/*
 * The entry of the first address at or after *@va, below @end, that has a
 * leaf table; *@va becomes that address.  NULL: there is none.
 */
pte_t *pagetable_scan(pte_t *root, vaddr_t *va, vaddr_t end);

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

/* The lock of the leaf table that contains @ptep. */
static inline struct spinlock *pagetable_lock(const pte_t *ptep)
{
	return &page_of_address(ptep)->lock;
}

static inline struct page *pte_page(pte_t pte)
{
	return page_of_frame(pte.bits << 10 >> 20);
}
