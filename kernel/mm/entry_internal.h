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
 *	pte_detach	a table		the same, not for the hardware: tables.h
 *
 * A hart may go on using what an entry was, so the last three tell the shadow
 * TLB (debug/shadow.h) what was lost; the caller owes a shootdown.  Where no
 * hart can have used it nothing is lost:
 *
 *	pte_attach	a detached table	a table that is the caller's alone
 *	pte_forget	a detached table	empty
 *	pte_freeze	a page, in a detached table	the same, COW in place of W
 *	pte_clear	a page, in a table that nobody has	empty
 *
 * Under the leaf lock, but for entries that point to tables, which tables.h is
 * about, and tables that nobody else can reach.
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

/* In another address space that entry may stand as it is. */
static inline pte_t pte_as_detached(pte_t table)
{
	return (pte_t){ table.bits ^ (PTE_V | PTE_DETACHED) };
}

/*
 * The page table @table is reachable from here.
 *
 * ORDER pagetable-publish, attach side; the other is in pagetable_find().  What
 * was copied into it, or frozen in it, is there before.
 */
static inline void pte_attach(pte_t *ptep, const struct page *table)
{
	lab_assert(pte_is_detached(pte_load(ptep)));
	smp_wmb();
	pte_store(ptep, pte_make(page_pa(table), PTE_V));
}

static inline void pte_forget(pte_t *ptep)
{
	lab_assert(pte_is_detached(pte_load(ptep)));
	pte_store(ptep, PTE_NONE);
}

static inline void pte_clear(pte_t *ptep) REQUIRES(C_leaf)
{
	pte_store(ptep, PTE_NONE);
}

/* What the page of @old is mapped as when others have it too. */
static inline pte_t pte_as_shared(pte_t old)
{
	return (pte_t){ old.bits & PTE_W ? old.bits ^ (PTE_W | PTE_COW) :
					   old.bits };
}

/* The page @old, which others have by now; the table is detached everywhere.
 * Several may do so at once: all write the same. */
static inline pte_t pte_freeze(pte_t *ptep, pte_t old) REQUIRES(C_leaf)
{
	pte_t new = pte_as_shared(old);

	pte_store(ptep, new);
	return new;
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

/* The table at @ptep, for the addresses from @va on: what the entry becomes. */
static inline pte_t pte_detach(struct mm *mm, vaddr_t va, pte_t *ptep, pte_t old)
{
	pte_t new = pte_as_detached(old);

	lab_assert(pte_is_table(old));
	pte_store(ptep, new);
	pte_tell_loss(mm, va, old, new);
	return new;
}
