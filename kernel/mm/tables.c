/*
 * mm/tables.c - see tables.h.
 */

#include "mm/tables.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "mm/mm_internal.h"
#include "sync/block.h"

/* ---- giving a table up ---- */

/* Nobody can reach it: give up its pages.  (T2): without a shootdown. */
static void clear(struct page *table)
{
	struct page *pages[PAGE_PUT_MAX];
	pte_t *ptep = page_address(table);
	unsigned n = 0;

	is_private(leaf);
	for (unsigned i = 0; i < PT_ENTRIES; i++, ptep++) {
		pte_t pte = pte_load(ptep);

		if (!pte_is_valid(pte))
			continue;
		pte_clear(ptep);
		if (pte_page(pte) == zero_page)
			continue;
		pages[n++] = pte_page(pte);
		if (n == PAGE_PUT_MAX) {
			page_put_many(pages, n);
			n = 0;
		}
	}
	if (n != 0)
		page_put_many(pages, n);
	table->mapped = 0;
}

static NOINLINE void free_table(struct page *table)
{
	clear(table);
	page_put_zeroed(table);
}

/* Of [va, end), in one middle table, whose first entry is @inner. */
static void drop_tables(struct mm *mm, pte_t *inner, vaddr_t va, vaddr_t end)
{
	uint64_t dropped = 0, mapped = 0;

	for (; va < end; va += PT_SPAN(1), inner++) {
		pte_t pte = pte_load(inner);

		if (!pte_is_detached(pte))
			continue;
		pte_forget(inner);
		mapped += READ_ONCE(pte_page(pte)->mapped);
		dropped++;
		if (!page_put_unless_last(pte_page(pte))) {
			free_table(pte_page(pte));
			cond_resched();
		}
	}
	if (dropped == 0)
		return;
	atomic_fetch_add_relaxed(&mm->nr_tables, -dropped);
	atomic_fetch_add_relaxed(&mm->nr_detached, -dropped);
	mm_count_resident(mm, -(int64_t)mapped);
}

void tables_drop_all(const struct gather *g, vaddr_t start, vaddr_t end)
{
	vaddr_t va, to;

	if (g->dead) {
		start = align_down(start, PT_SPAN(1));
		end = align_up(end, PT_SPAN(1));
	}
	if (!tables_within(start, end, &va, &to))
		return;
	for (vaddr_t stop; va < to; va = stop) {
		stop = to;

		pte_t *inner = inner_entries(g->mm->root, va, &stop);

		if (inner != NULL)
			drop_tables(g->mm, inner, va, stop);
	}
}

/* ---- sharing ---- */

/* Of [va, end), whose first entry is @from, to stand at @to. */
static void share_tables(struct gather *lost, struct mm *child, pte_t *from,
			 pte_t *to, vaddr_t va, vaddr_t end)
{
	uint64_t shared = 0, detached = 0, mapped = 0;
	const vaddr_t start = va;

	is_private(leaf); /* entries of the child, who does not run yet */
	for (; va < end; va += PT_SPAN(1), from++, to++) {
		pte_t pte = pte_load(from);

		if (pte_is_table(pte)) {
			pte = pte_detach(lost->mm, va, from, pte);
			detached++;
		} else if (!pte_is_detached(pte)) {
			continue;
		}
		page_get(pte_page(pte));
		pte_place(to, pte);
		mapped += READ_ONCE(pte_page(pte)->mapped);
		shared++;
	}
	if (detached != 0) {
		gather_range(lost, start, end);
		lost->inner = true;
		atomic_fetch_add_relaxed(&lost->mm->nr_detached, detached);
	}
	atomic_fetch_add_relaxed(&child->nr_tables, shared);
	atomic_fetch_add_relaxed(&child->nr_detached, shared);
	mm_count_resident(child, (int64_t)mapped);
	count_many(tables_shared, shared);
}

bool tables_share(struct gather *lost, struct mm *child, vaddr_t start,
		  vaddr_t end)
{
	for (vaddr_t va = start, stop; va < end; va = stop) {
		stop = end;

		pte_t *from = inner_entries(lost->mm->root, va, &stop), *to;

		if (from == NULL)
			continue;
		to = inner_entry_make(child, va);
		if (to == NULL)
			return false;
		share_tables(lost, child, from, to, va, stop);
		cond_resched();
	}
	return true;
}

/* ---- owning ---- */

/* The pages of @from, which others have too, are in @to as well. */
static void copy(struct page *from, struct page *to)
{
	pte_t *old = page_address(from), *new = page_address(to);

	is_private(leaf); /* @to; and @from as (T3) says */
	shadow_frame_copied(page_frame(from));
	for (unsigned i = 0; i < PT_ENTRIES; i++, old++, new++) {
		pte_t pte = pte_load(old);

		if (!pte_is_valid(pte))
			continue;
		if (pte_page(pte) != zero_page)
			page_get(pte_page(pte));
		pte_place(new, pte_freeze(old, pte));
	}
	to->mapped = READ_ONCE(from->mapped);
	count(tables_copied);
}

/* In place of the detached @pte a table of @mm's own stands at @inner; *@left, if
 * that is another one, is to be put.  False: no memory.  The middle table's
 * lock is held. */
static bool own(struct mm *mm, pte_t *inner, pte_t pte, struct page **left)
{
	struct page *table = pte_page(pte), *own = table;

	/*
	 * ORDER page-last, owning side; the other is page_put_unless_last().
	 * Acquire: what the others wrote into it is there, and they copy its
	 * pages' W no more.
	 */
	if (load_acquire(&table->refs.count) != 1) {
		own = page_alloc_zeroed(PAGE_TABLE);
		if (own == NULL)
			return false;
		copy(table, own);
		*left = table;
	}
	pte_attach(inner, own);
	atomic_fetch_add_relaxed(&mm->nr_detached, -1UL);
	return true;
}

pte_t *table_own(struct mm *mm, pte_t *inner)
{
	struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(inner);
	struct page *left = NULL;

	race_point(table_detached, inner);
	spin_lock(lock);
	pte_t pte = pte_load(inner);

	if (pte_is_detached(pte) && own(mm, inner, pte, &left))
		pte = pte_load(inner);
	spin_unlock(lock);
	if (left != NULL && !page_put_unless_last(left))
		free_table(left);
	race_point(table_owned, inner);
	return pte_is_table(pte) ? phys_to_virt(pte_pa(pte)) : NULL;
}

/* The one of @va, if there is one. */
static bool own_at(struct mm *mm, vaddr_t va)
{
	pte_t *inner = inner_entry(mm->root, va);

	return inner == NULL || !pte_is_detached(pte_load(inner)) ||
	       table_own(mm, inner) != NULL;
}

bool tables_own_all(struct mm *mm, vaddr_t start, vaddr_t end)
{
	for (vaddr_t va = start; va < end;
	     va = align_down(va, PT_SPAN(1)) + PT_SPAN(1)) {
		if (!own_at(mm, va))
			return false;
		cond_resched();
	}
	return true;
}

bool tables_own_edges(struct mm *mm, vaddr_t start, vaddr_t end)
{
	return (is_aligned(start, PT_SPAN(1)) || own_at(mm, start)) &&
	       (is_aligned(end, PT_SPAN(1)) || own_at(mm, end - 1));
}
