/*
 * mm/pagetable.c - see pagetable.h.
 */

#include "mm/pagetable.h"

#include "arch/barrier.h"
#include "lib/bug.h"
#include "mm/mm_internal.h"
#include "mm/tables.h"

/* The end of what an entry of @level covers that covers @va. */
static vaddr_t span_end(vaddr_t va, unsigned level)
{
	return align_down(va, PT_SPAN(level)) + PT_SPAN(level);
}

/*
 * ORDER pagetable-publish, walk side; the other is in pte_install().
 * Plain: the address of each load depends on the load before it.
 */
pte_t *pagetable_at(pte_t *table, vaddr_t va, unsigned level, vaddr_t *end)
{
	for (unsigned at = pt_levels - 1; at > level; at--) {
		pte_t pte = pte_load(&table[PT_INDEX(va, at)]);

		if (!pte_is_valid(pte)) {
			*end = min(*end, span_end(va, at));
			return NULL;
		}
		table = phys_to_virt(pte_pa(pte));
	}
	*end = min(*end, span_end(va, level + 1));
	return table;
}

pte_t *inner_entries(pte_t *root, vaddr_t va, vaddr_t *end)
{
	pte_t *table = pagetable_at(root, va, 1, end);

	return table != NULL ? &table[PT_INDEX(va, 1)] : NULL;
}

/* For the entry @ptep of @mm, which was seen not to be valid. */
static NOINLINE pte_t *make_table(struct mm *mm, pte_t *ptep, pte_t pte)
{
	if (pte_is_detached(pte))
		return table_own(mm, ptep);
	assert(!pte_is_valid(pte));

	struct page *page = page_alloc_zeroed(PAGE_TABLE);

	if (page == NULL)
		return NULL;
	pte = pte_make(page_pa(page), PTE_V);
	/* Two threads may fault here at once: the one that comes second uses
	 * the table of the first. */
	if (!pte_install(ptep, pte)) {
		page_put_zeroed(page);
		pte = pte_load(ptep);
	} else {
		atomic_fetch_add_relaxed(&mm->nr_tables, 1);
	}
	return phys_to_virt(pte_pa(pte));
}

/* The table that the entry @ptep of @mm points to, made if need be. */
static ALWAYS_INLINE pte_t *table_make(struct mm *mm, pte_t *ptep)
{
	pte_t pte = pte_load(ptep);

	return likely(pte_is_table(pte)) ? phys_to_virt(pte_pa(pte)) :
					   make_table(mm, ptep, pte);
}

static ALWAYS_INLINE pte_t *make_inner(struct mm *mm, vaddr_t va)
{
	pte_t *table = mm->root;

	for (unsigned at = pt_levels - 1; table != NULL && at > 1; at--)
		table = table_make(mm, &table[PT_INDEX(va, at)]);
	return likely(table != NULL) ? &table[PT_INDEX(va, 1)] : NULL;
}

pte_t *inner_entry_make(struct mm *mm, vaddr_t va)
{
	return make_inner(mm, va);
}

pte_t *pagetable_make(struct mm *mm, vaddr_t va)
{
	pte_t *inner = make_inner(mm, va);
	pte_t *leaf = likely(inner != NULL) ? table_make(mm, inner) : NULL;

	return likely(leaf != NULL) ? &leaf[PT_INDEX(va, 0)] : NULL;
}

pte_t *pagetable_skip(pte_t *root, vaddr_t *va, vaddr_t end)
{
	while (*va < end) {
		vaddr_t stop = end;
		pte_t *inner = inner_entries(root, *va, &stop);

		if (inner == NULL) {
			*va = stop;
			continue;
		}
		for (; *va < stop; inner++) {
			pte_t pte = pte_load(inner);

			/* Who changes entries owns the tables first. */
			assert(!pte_is_detached(pte));
			if (pte_is_table(pte))
				return (pte_t *)phys_to_virt(pte_pa(pte)) +
				       PT_INDEX(*va, 0);
			*va = span_end(*va, 1);
		}
	}
	return NULL;
}

/* The leaf table that @inner points to, and the lock that keeps it there, taken;
 * NULL: none. */
static NO_THREAD_SAFETY const pte_t *
look_through(const pte_t *inner, struct LOCK_OF(spinlock, leaf) **lock)
{
	pte_t pte = pte_load(inner);

	if (pte_is_detached(pte)) {
		*lock = pagetable_lock(inner);
		spin_lock(*lock);
		pte = pte_load(inner);
		if (pte_is_detached(pte))
			return phys_to_virt(pte_pa(pte));
		spin_unlock(*lock); /* a fault was faster */
	}
	if (!pte_is_table(pte))
		return NULL;

	const pte_t *leaf = phys_to_virt(pte_pa(pte));

	*lock = pagetable_lock(leaf);
	spin_lock(*lock);
	return leaf;
}

const pte_t *pagetable_look(pte_t *root, vaddr_t *va, vaddr_t end,
			    struct LOCK_OF(spinlock, leaf) **lock)
{
	while (*va < end) {
		vaddr_t stop = end;
		const pte_t *inner = inner_entries(root, *va, &stop), *leaf;

		if (inner == NULL)
			*va = stop;
		for (; *va < stop; inner++) {
			leaf = look_through(inner, lock);
			if (leaf != NULL)
				return leaf + PT_INDEX(*va, 0);
			*va = span_end(*va, 1);
		}
	}
	return NULL;
}

/* Give the tables that the entries [ptep, end) point to, the first one for
 * @va, one for each @span bytes, to @g. */
static void unhook_tables(struct gather *g, pte_t *ptep, const pte_t *end,
			  vaddr_t va, uint64_t span)
{
	is_private(leaf); /* no VMA is left: nothing fills them, map_sem is held */
	for (; ptep != end; ptep++, va += span) {
		pte_t pte = pte_load(ptep);

		assert(!pte_is_detached(pte)); /* dropped with its pages */
		if (!pte_is_valid(pte))
			continue;
		pte_change(g->mm, va, ptep, pte, PTE_NONE);
		gather_table(g, va, pte_page(pte));
	}
}

/* The tables that entries of @level point to, of [start, end). */
static void free_tables(pte_t *root, struct gather *g, unsigned level,
			vaddr_t start, vaddr_t end)
{
	for (vaddr_t va = start, stop; va < end; va = stop) {
		stop = end;

		pte_t *table = pagetable_at(root, va, level, &stop);

		if (table == NULL)
			continue;
		table += PT_INDEX(va, level);
		unhook_tables(g, table, table + (stop - va) / PT_SPAN(level),
			      va, PT_SPAN(level));
	}
}

/* Whole tables of @level's entries that touch [start, end) and lie between
 * @floor and @ceiling: [*from, *to), maybe empty. */
static inline bool whole_tables(unsigned level, vaddr_t start, vaddr_t end,
				vaddr_t floor, vaddr_t ceiling, vaddr_t *from,
				vaddr_t *to)
{
	*from = max(align_down(start, PT_SPAN(level)),
		    align_up(floor, PT_SPAN(level)));
	*to = min(align_up(end, PT_SPAN(level)),
		  align_down(ceiling, PT_SPAN(level)));
	return *from < *to;
}

void pagetable_free(pte_t *root, struct gather *g, vaddr_t start, vaddr_t end,
		    vaddr_t floor, vaddr_t ceiling)
{
	vaddr_t from, to;

	for (unsigned level = 1; level < pt_levels; level++) {
		if (!whole_tables(level, start, end, floor, ceiling, &from, &to))
			return;
		free_tables(root, g, level, from, to);
	}
}

void pagetable_widen(vaddr_t *start, vaddr_t *end, vaddr_t floor,
		     vaddr_t ceiling)
{
	vaddr_t first = *start, last = *end, from, to;

	for (unsigned level = 1; level < pt_levels; level++) {
		if (!whole_tables(level, first, last, floor, ceiling, &from, &to))
			return;
		*start = min(*start, from);
		*end = max(*end, to);
	}
}
