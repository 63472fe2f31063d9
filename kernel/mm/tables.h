#pragma once

/*
 * mm/tables.h - leaf tables that several address spaces have.
 *
 * fork does not copy the entries of a big mapping.  Parent and child get the
 * same leaf tables, and each table counts who points to it (page_refs()).
 * RISC-V has no right in the entries above, so a table that others have cannot
 * be made read-only for one of them; instead nobody walks through it:
 *
 *	the entry of		is		the leaf table is
 *	the middle table
 *
 *	attached		valid		this address space's alone
 *	detached		not valid,	maybe others', too
 *				PTE_DETACHED
 *
 * Who has to do with a page below a detached entry *owns* it first: if the
 * table is nobody else's by now, the entry becomes valid again; if it is, the
 * table is copied, as fork would have, each page gets one more reference, and W
 * becomes COW in both.  The first touch is a page fault, which does that.
 *
 * What must hold, and by whom it is kept:
 *
 *  (T1) A table that two have is attached nowhere.  tables_share() detaches, by
 *	 who has the parent's map_sem alone, and fork shoots down before that is
 *	 given back; owning attaches what is one's own alone.
 *  (T2) So no TLB, no walker and no uaccess has what its entries say, and
 *	 nobody owes a shootdown for it: neither who copies it and takes W from
 *	 its entries, nor who frees it or its pages.
 *  (T3) As long as two have it its entries change in one way only, W to COW, by
 *	 those who copy it, and all of these write the same.
 *  (T4) A count of 1, seen by one of those who are counted, stays 1: only who
 *	 points to a table can share it, and he is that one, in an address space
 *	 that does not fork now.  A larger count may fall at any moment; to have
 *	 taken it for others' then costs a copy, which is as good.
 *  (T5) All that a detached table covers is mapped: it was one private anonymous
 *	 mapping, not locked, when it was shared, and who changes a part of what
 *	 a table covers, or what its entries say, owns the table first.  So
 *	 nobody comes to it by a page cache, whose list of mappings is walked
 *	 without map_sem.
 *
 * Locking: who owns holds the lock in the *middle* table's struct page, so that
 * of two threads one copies and the other finds it done, and so that a table
 * that is looked at (pagetable_look()) does not go meanwhile.  fork, and who
 * drops a table, need no such lock: they have map_sem alone, or the range, and
 * nobody owns there.  Between two address spaces there is the count alone.
 *
 * docs/locking.md has the interleavings.
 */

#include "mm/gather.h"
#include "mm/mm.h"
#include "mm/pagetable.h"

/* The whole tables in [start, end): [*from, *to), maybe empty. */
static inline bool tables_within(vaddr_t start, vaddr_t end, vaddr_t *from,
				 vaddr_t *to)
{
	*from = align_up(start, PT_SPAN(1));
	*to = align_down(end, PT_SPAN(1));
	return *from < *to;
}

/*
 * The child gets the parent's tables of [start, end), whole ones of one mapping
 * that it inherits.  What the parent's harts have to forget is in @lost.  False:
 * no memory.  The parent's map_sem is held alone.
 */
bool MUST_CHECK tables_share(struct gather *lost, struct mm *child,
			     vaddr_t start, vaddr_t end);

/*
 * The leaf table at @inner, which may be detached, is @mm's own and attached
 * from now on; NULL: no memory.  map_sem is held in any form.
 */
pte_t *table_own(struct mm *mm, pte_t *inner);

/*
 * From now on @mm has no detached table that overlaps [start, end); or that does
 * so in part.  False: no memory.  map_sem is held alone: what the caller is going
 * to do cannot fail any more.
 */
bool tables_own_all(struct mm *mm, vaddr_t start, vaddr_t end);
bool tables_own_edges(struct mm *mm, vaddr_t start, vaddr_t end);

static inline bool MUST_CHECK tables_own(struct mm *mm, vaddr_t start,
					 vaddr_t end) REQUIRES(C_map)
{
	return likely(READ_ONCE(mm->nr_detached) == 0) ||
	       tables_own_all(mm, start, end);
}

static inline bool MUST_CHECK tables_own_around(struct mm *mm, vaddr_t start,
						vaddr_t end) REQUIRES(C_map)
{
	return likely(READ_ONCE(mm->nr_detached) == 0) ||
	       tables_own_edges(mm, start, end);
}

/* Give up the detached tables of [start, end), with their pages if nobody else
 * has them.  If nobody runs @g's mm any more, those it has in part, too. */
void tables_drop_all(const struct gather *g, vaddr_t start, vaddr_t end);
static inline void tables_drop(const struct gather *g, vaddr_t start,
			       vaddr_t end)
{
	if (unlikely(READ_ONCE(g->mm->nr_detached) != 0))
		tables_drop_all(g, start, end);
}
