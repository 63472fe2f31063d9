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

/* As pagetable_steps(), but the table itself; *@end as for inner_entries(). */
static ALWAYS_INLINE pte_t *walk(pte_t *table, unsigned at, vaddr_t va,
				 unsigned level, vaddr_t *end)
{
	for (; at > level; at--) {
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

static NOINLINE pte_t *walk_all(pte_t *root, vaddr_t va, unsigned level, vaddr_t *end)
{
	return walk(root, pt_levels - 1, va, level, end);
}

/* The table at @level in which the entry of @va stands; Sv39's steps are written out
 * where @level is a constant. */
static ALWAYS_INLINE pte_t *table_at(pte_t *root, vaddr_t va, unsigned level,
				     vaddr_t *end)
{
	return likely(va < pt_short_end) ?
		       walk(root, PT_LEVELS_LEAST - 1, va, level, end) :
		       walk_all(root, va, level, end);
}

pte_t *inner_entries(pte_t *root, vaddr_t va, vaddr_t *end)
{
	pte_t *table = table_at(root, va, 1, end);

	return table != NULL ? &table[PT_INDEX(va, 1)] : NULL;
}

static pte_t *new_table(struct mm *mm, pte_t *ptep)
{
	struct page *page = page_alloc_zeroed(PAGE_TABLE);
	pte_t pte;

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

/* For the entry @ptep of @mm, which was seen not to be valid. */
static NOINLINE pte_t *make_table(struct mm *mm, pte_t *ptep, pte_t pte)
{
	pte_t *table;

	assert(pte_is_detached(pte) || !pte_is_valid(pte));
	table = pte_is_detached(pte) ? table_own(mm, ptep) : new_table(mm, ptep);
	/*
	 * ORDER truncate-size, table side; the other is in shrunk().
	 * Store buffering: the table is there, and then it is looked what the file
	 * has, and how long it is; the file is shorter, and then tables are
	 * looked for.  What comes behind a compare-and-swap may pass its store.
	 */
	smp_mb();
	return table;
}

/* *@table is what the entry @ptep of @mm points to, made if need be; false: no
 * memory. */
static ALWAYS_INLINE bool step_making(struct mm *mm, pte_t *ptep, pte_t **table)
{
	pte_t pte = pte_load(ptep);

	if (likely(pte_is_table(pte))) {
		*table = phys_to_virt(pte_pa(pte));
		return true;
	}
	*table = make_table(mm, ptep, pte);
	return *table != NULL;
}

/* *@table is the one from which PT_LEVELS_LEAST steps are left. */
static NOINLINE bool make_upper(struct mm *mm, vaddr_t va, pte_t **table)
{
	*table = mm->root;
	for (unsigned at = pt_levels - 1; at >= PT_LEVELS_LEAST; at--)
		if (!step_making(mm, &(*table)[PT_INDEX(va, at)], table))
			return false;
	return true;
}

/* *@table is the one at @level, 0 or 1. */
static ALWAYS_INLINE bool make_tables(struct mm *mm, vaddr_t va, unsigned level,
				      pte_t **table)
{
	*table = mm->root;
	if (unlikely(va >= pt_short_end) && !make_upper(mm, va, table))
		return false;
#pragma GCC unroll 2
	for (unsigned at = PT_LEVELS_LEAST - 1; at > level; at--)
		if (!step_making(mm, &(*table)[PT_INDEX(va, at)], table))
			return false;
	return true;
}

pte_t *inner_entry_make(struct mm *mm, vaddr_t va)
{
	pte_t *table;

	return make_tables(mm, va, 1, &table) ? &table[PT_INDEX(va, 1)] : NULL;
}

pte_t *pagetable_make(struct mm *mm, vaddr_t va)
{
	pte_t *table;

	return make_tables(mm, va, 0, &table) ? &table[PT_INDEX(va, 0)] : NULL;
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

/* The tables that entries of @level point to, of [start, end). */
static ALWAYS_INLINE void free_tables(pte_t *root, struct gather *g, unsigned level,
				      vaddr_t start, vaddr_t end)
{
	for (vaddr_t va = start, stop; va < end; va = stop) {
		stop = end;

		pte_t *table = table_at(root, va, level, &stop);

		if (table == NULL)
			continue;
		table += PT_INDEX(va, level);
		unhook_tables(g, table, table + (stop - va) / PT_SPAN(level),
			      va, PT_SPAN(level));
	}
}

/* The same, of those that nothing else is in; false: there are none, nor above. */
static ALWAYS_INLINE bool free_level(pte_t *root, struct gather *g, unsigned level,
				     vaddr_t start, vaddr_t end, vaddr_t floor,
				     vaddr_t ceiling)
{
	vaddr_t from, to;

	if (!whole_tables(level, start, end, floor, ceiling, &from, &to))
		return false;
	free_tables(root, g, level, from, to);
	return true;
}

/* What all modes have is written out. */
void pagetable_free(pte_t *root, struct gather *g, vaddr_t start, vaddr_t end,
		    vaddr_t floor, vaddr_t ceiling)
{
	bool more = free_level(root, g, 1, start, end, floor, ceiling) &&
		    free_level(root, g, 2, start, end, floor, ceiling);

	for (unsigned level = PT_LEVELS_LEAST; more && level < pt_levels; level++)
		more = free_level(root, g, level, start, end, floor, ceiling);
}

/* As free_level(), but only looks how far they reach. */
static ALWAYS_INLINE bool widen_level(unsigned level, vaddr_t *start, vaddr_t *end,
				      vaddr_t floor, vaddr_t ceiling)
{
	vaddr_t from, to;

	if (!whole_tables(level, *start, *end, floor, ceiling, &from, &to))
		return false;
	*start = min(*start, from);
	*end = max(*end, to);
	return true;
}

void pagetable_widen(vaddr_t *start, vaddr_t *end, vaddr_t floor,
		     vaddr_t ceiling)
{
	bool more = widen_level(1, start, end, floor, ceiling) &&
		    widen_level(2, start, end, floor, ceiling);

	for (unsigned level = PT_LEVELS_LEAST; more && level < pt_levels; level++)
		more = widen_level(level, start, end, floor, ceiling);
}
