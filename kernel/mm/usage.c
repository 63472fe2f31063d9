/*
 * mm/usage.c - see usage.h.
 *
 * How many map a page says its count: each entry has a reference, and so has
 * the page cache.  Who holds one for a moment is counted along.
 */
#include "mm/usage.h"

#include "lib/bits.h"
#include "mm/mm_internal.h"
#include "sync/work.h"

static void add_page(struct mm_usage *u, const struct page *page, bool dirty,
		     bool accessed)
{
	bool is_cache = page->kind == PAGE_CACHE;
	uint32_t mappers = max(page_refs(page), 1U + is_cache) - is_cache;
	uint64_t share = (PAGE_SIZE << USAGE_SHARE_SHIFT) / mappers;

	u->resident += PAGE_SIZE;
	u->shares += share;
	if (dirty)
		u->dirty_shares += share;
	if (accessed)
		u->accessed += PAGE_SIZE;
	if (!is_cache)
		u->anonymous += PAGE_SIZE;
	if (mappers > 1)
		*(dirty ? &u->shared_dirty : &u->shared_clean) += PAGE_SIZE;
	else
		*(dirty ? &u->private_dirty : &u->private_clean) += PAGE_SIZE;
}

/* The zero page is everybody's, and no memory that anybody uses. */
static void add_entry(struct mm_usage *u, pte_t pte)
{
	const struct page *page;

	if (!pte_is_valid(pte))
		return;
	page = pte_page(pte);
	if (page->kind == PAGE_ANON || page->kind == PAGE_CACHE)
		add_page(u, page, pte.bits & PTE_D, pte.bits & PTE_A);
}

static void add_leaf(struct mm_usage *u, const pte_t *ptep, unsigned n)
{
	struct spinlock *lock = pagetable_lock(ptep);

	spin_lock(lock);
	for (unsigned i = 0; i < n; i++)
		add_entry(u, pte_load(&ptep[i]));
	spin_unlock(lock);
}

void mm_usage_add(struct mm_usage *u, const struct mm *mm,
		  const struct vma *vma)
{
	vaddr_t va = vma->start;
	pte_t *ptep;

	while ((ptep = pagetable_scan(mm->root, &va, vma->end)) != NULL) {
		vaddr_t stop = pagetable_leaf_end(va, vma->end);

		add_leaf(u, ptep, (unsigned)((stop - va) / PAGE_SIZE));
		va = stop;
		cond_resched();
	}
}

/* An entry is a word: whether there is a page no lock has to say. */
vaddr_t mm_next_resident(const struct mm *mm, vaddr_t va, vaddr_t end)
{
	pte_t *ptep;

	while ((ptep = pagetable_scan(mm->root, &va, end)) != NULL) {
		vaddr_t stop = pagetable_leaf_end(va, end);

		for (; va < stop; va += PAGE_SIZE, ptep++)
			if (pte_is_valid(pte_load(ptep)))
				return va;
		cond_resched();
	}
	return end;
}
