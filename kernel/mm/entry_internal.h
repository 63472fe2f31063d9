#pragma once

/*
 * mm/entry_internal.h - the ways in which an entry of a user page table
 * changes.  There are no others: tests/suites/lint.t.
 *
 *	pte_publish	empty		a page that was just filled
 *	pte_place	empty		a page that others can reach already
 *	pte_install	empty		a table, by who is first
 *	pte_grant	a page		the same, and no right less
 *	pte_change	anything	anything
 *	pte_make_cow	a page, W	the same, COW in place of W
 *
 * A hart may go on using what an entry was, so the last two tell the shadow
 * TLB (debug/shadow.h) what was lost; the caller owes a shootdown.  Under the
 * leaf lock, but for pte_install() and tables that nobody else can reach.
 */

#include "arch/barrier.h"
#include "lib/bug.h"
#include "mm/mm.h"
#include "mm/pagetable.h"

#define PTE_RIGHTS (PTE_R | PTE_W | PTE_X | PTE_U)

/*
 * Make a filled page reachable.
 *
 * ORDER page-publish, fill side; the other is in user_entry().  The bytes of
 * the page are written before the entry that lets other harts, their
 * hardware walkers too, find it.
 */
static inline void pte_publish(pte_t *ptep, pte_t pte) REQUIRES(C_leaf)
{
	lab_assert(!pte_is_valid(pte_load(ptep)));
	smp_wmb();
	pte_store(ptep, pte);
}

static inline void pte_place(pte_t *ptep, pte_t pte) REQUIRES(C_leaf)
{
	lab_assert(!pte_is_valid(pte_load(ptep)));
	pte_store(ptep, pte);
}

/*
 * False: somebody else was first.
 *
 * ORDER pagetable-publish, make side; the other is in pagetable_find().  The
 * table is empty, and its lock is free, before anyone can reach it.
 */
static inline bool pte_install(pte_t *ptep, pte_t table)
{
	return atomic_replace(&ptep->bits, 0UL, table.bits);
}

/* Is @new the page of @old with all of its rights? */
static inline bool pte_has_all_of(pte_t new, pte_t old)
{
	return pte_frame(new) == pte_frame(old) &&
	       !(old.bits & ~new.bits & (PTE_V | PTE_RIGHTS));
}

static inline void pte_grant(pte_t *ptep, pte_t old, pte_t new)
	REQUIRES(C_leaf)
{
	lab_assert(pte_has_all_of(new, old));
	pte_store(ptep, new);
	(void)old;
}

static inline enum shadow_loss pte_loss(pte_t old, pte_t new)
{
	if (pte_is_table(old))
		return SHADOW_TABLE;
	if (!pte_is_valid(new) || pte_frame(new) != pte_frame(old))
		return SHADOW_PAGE;
	return old.bits & ~new.bits & PTE_W ? SHADOW_WRITE : SHADOW_READ;
}

static inline void pte_tell_loss(struct mm *mm, vaddr_t va, pte_t old,
				 pte_t new)
{
	shadow_lose(tlb_shadow(&mm->tlb), va, pte_frame(old),
		    pte_loss(old, new));
	(void)mm;
	(void)va;
	(void)new;
}

/* The entry of @va in @mm, which was @old, becomes @new.  True when that takes
 * something away. */
static ALWAYS_INLINE bool pte_change(struct mm *mm, vaddr_t va, pte_t *ptep,
				     pte_t old, pte_t new) REQUIRES(C_leaf)
{
	bool lost = pte_is_valid(old) && !pte_has_all_of(new, old);

	pte_store(ptep, new);
	if (lost)
		pte_tell_loss(mm, va, old, new);
	return lost;
}

/*
 * Others are to share the page of @old: what it becomes.  W and COW are
 * swapped in one atomic step: nothing another walker may have set in the
 * entry is lost.
 */
static inline pte_t pte_make_cow(struct mm *mm, vaddr_t va, pte_t *ptep,
				 pte_t old) REQUIRES(C_leaf)
{
	pte_t new = { old.bits ^ (PTE_W | PTE_COW) };

	__atomic_fetch_xor(&ptep->bits, PTE_W | PTE_COW, __ATOMIC_RELAXED);
	pte_tell_loss(mm, va, old, new);
	return new;
}
