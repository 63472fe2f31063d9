/*
 * mm/pagetable.c - see pagetable.h.
 */

#include "mm/pagetable.h"

#include "arch/barrier.h"
#include "lib/bug.h"
#include "mm/mm_internal.h"

/* The table that the inner entry @ptep of @mm points to, made if need be. */
static pte_t *table_make(struct mm *mm, pte_t *ptep)
{
	pte_t pte = pte_load(ptep);

	if (pte_is_table(pte))
		return phys_to_virt(pte_pa(pte));
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

pte_t *pagetable_make(struct mm *mm, vaddr_t va)
{
	pte_t *table = mm->root;

	for (unsigned level = PT_LEVELS - 1; level > 0; level--) {
		table = table_make(mm, &table[PT_INDEX(va, level)]);
		if (table == NULL)
			return NULL;
	}
	return &table[PT_INDEX(va, 0)];
}

pte_t *pagetable_skip(pte_t *root, vaddr_t *va, vaddr_t end)
{
	while (*va < end) {
		pte_t *table = root;
		unsigned level = PT_LEVELS - 1;

		while (level > 0) {
			pte_t pte = pte_load(&table[PT_INDEX(*va, level)]);

			if (!pte_is_table(pte))
				break;
			table = phys_to_virt(pte_pa(pte));
			level--;
		}
		if (level == 0)
			return &table[PT_INDEX(*va, 0)];
		*va = align_down(*va, PT_SPAN(level)) + PT_SPAN(level);
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

		if (!pte_is_valid(pte))
			continue;
		pte_change(g->mm, va, ptep, pte, PTE_NONE);
		gather_table(g, va, pte_page(pte));
	}
}

static void free_leaf_tables(pte_t *root, struct gather *g, vaddr_t start,
			     vaddr_t end)
{
	for (vaddr_t va = start, next; va < end; va = next) {
		pte_t pte = pte_load(&root[PT_INDEX(va, 2)]);

		next = min(align_down(va, PT_SPAN(2)) + PT_SPAN(2), end);
		if (!pte_is_table(pte))
			continue;

		pte_t *first = phys_to_virt(pte_pa(pte));

		first += PT_INDEX(va, 1);
		unhook_tables(g, first, first + (next - va) / PT_SPAN(1), va,
			      PT_SPAN(1));
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

	for (unsigned level = 1; level < PT_LEVELS; level++) {
		if (!whole_tables(level, start, end, floor, ceiling, &from, &to))
			return;
		if (level == 1)
			free_leaf_tables(root, g, from, to);
		else
			unhook_tables(g, &root[PT_INDEX(from, level)],
				      &root[PT_INDEX(from, level)] +
					      (to - from) / PT_SPAN(level),
				      from, PT_SPAN(level));
	}
}

void pagetable_widen(vaddr_t *start, vaddr_t *end, vaddr_t floor,
		     vaddr_t ceiling)
{
	vaddr_t first = *start, last = *end, from, to;

	for (unsigned level = 1; level < PT_LEVELS; level++) {
		if (!whole_tables(level, first, last, floor, ceiling, &from, &to))
			return;
		*start = min(*start, from);
		*end = max(*end, to);
	}
}
