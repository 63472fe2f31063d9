/*
 * mm/usage.c - see usage.h.
 *
 * How many map a page says its count: each entry has a reference, and so has
 * the page cache.  Who holds one for a moment is counted along.  An entry counts
 * for all who have its table (tables.h).
 */
#include "mm/usage.h"

#include "lib/bits.h"
#include "lib/string.h"
#include "mm/mm_internal.h"
#include "sync/work.h"

static uint32_t mappers_of(const struct page *page, uint32_t sharers)
{
	bool is_cache = page->kind == PAGE_CACHE;

	return max(page_refs(page), 1U + is_cache) - is_cache + sharers - 1;
}

static void add_page(struct mm_usage *u, const struct page *page,
		     uint32_t sharers, bool dirty, bool accessed)
{
	uint32_t mappers = mappers_of(page, sharers);
	uint64_t share = (PAGE_SIZE << USAGE_SHARE_SHIFT) / mappers;

	u->resident += PAGE_SIZE;
	u->shares += share;
	if (dirty)
		u->dirty_shares += share;
	if (accessed)
		u->accessed += PAGE_SIZE;
	if (page->kind != PAGE_CACHE)
		u->anonymous += PAGE_SIZE;
	if (mappers > 1)
		*(dirty ? &u->shared_dirty : &u->shared_clean) += PAGE_SIZE;
	else
		*(dirty ? &u->private_dirty : &u->private_clean) += PAGE_SIZE;
}

/* The zero page is everybody's, and no memory that anybody uses. */
static void add_entry(struct mm_usage *u, pte_t pte, uint32_t sharers)
{
	const struct page *page;

	if (!pte_is_valid(pte))
		return;
	page = pte_page(pte);
	if (page->kind == PAGE_ANON || page->kind == PAGE_CACHE)
		add_page(u, page, sharers, pte.bits & PTE_D,
			 pte.bits & PTE_A);
}

/* Of the table of @ptep: it stays meanwhile. */
static void add_leaf(struct mm_usage *u, const pte_t *ptep, unsigned n)
{
	uint32_t sharers = page_refs(page_of_address(ptep));

	for (unsigned i = 0; i < n; i++)
		add_entry(u, pte_load(&ptep[i]), sharers);
}

void NO_THREAD_SAFETY mm_usage_add(struct mm_usage *u, const struct mm *mm,
				   const struct vma *vma)
{
	struct LOCK_OF(spinlock, leaf) *lock;
	vaddr_t va = vma->start;
	const pte_t *ptep;

	while ((ptep = pagetable_look(mm->root, &va, vma->end, &lock)) != NULL) {
		vaddr_t stop = pagetable_leaf_end(va, vma->end);

		add_leaf(u, ptep, (unsigned)((stop - va) / PAGE_SIZE));
		spin_unlock(lock);
		va = stop;
		cond_resched();
	}
}

/* The zero page is there, and nobody's. */
static struct mm_page page_of_entry(pte_t pte, uint32_t sharers)
{
	struct mm_page facts = { .frame = pte_frame(pte), .is_present = true };
	const struct page *page = pte_page(pte);

	if (page->kind == PAGE_ANON || page->kind == PAGE_CACHE) {
		facts.is_cached = page->kind == PAGE_CACHE;
		facts.is_alone = mappers_of(page, sharers) == 1;
	}
	return facts;
}

static void look_at_leaf(struct mm_page *pages, const pte_t *ptep, size_t n)
{
	uint32_t sharers = page_refs(page_of_address(ptep));

	for (size_t i = 0; i < n; i++) {
		pte_t pte = pte_load(&ptep[i]);

		if (pte_is_valid(pte))
			pages[i] = page_of_entry(pte, sharers);
	}
}

void NO_THREAD_SAFETY mm_look(const struct mm *mm, vaddr_t va,
			      struct mm_page *pages, size_t n)
{
	vaddr_t start = va, end = va + n * PAGE_SIZE;
	struct LOCK_OF(spinlock, leaf) *lock;
	const pte_t *ptep;

	memset(pages, 0, n * sizeof(*pages));
	while ((ptep = pagetable_look(mm->root, &va, end, &lock)) != NULL) {
		vaddr_t stop = pagetable_leaf_end(va, end);

		look_at_leaf(&pages[(va - start) / PAGE_SIZE], ptep,
			     (stop - va) / PAGE_SIZE);
		spin_unlock(lock);
		va = stop;
	}
}

/* The first of the entries of [va, end), from @ptep on, that maps something. */
static vaddr_t first_mapped(const pte_t *ptep, vaddr_t va, vaddr_t end)
{
	while (va < end && !pte_is_valid(pte_load(ptep))) {
		va += PAGE_SIZE;
		ptep++;
	}
	return va;
}

vaddr_t NO_THREAD_SAFETY mm_next_resident(const struct mm *mm, vaddr_t va,
					  vaddr_t end)
{
	struct LOCK_OF(spinlock, leaf) *lock;
	const pte_t *ptep;

	while ((ptep = pagetable_look(mm->root, &va, end, &lock)) != NULL) {
		vaddr_t stop = pagetable_leaf_end(va, end);

		va = first_mapped(ptep, va, stop);
		spin_unlock(lock);
		if (va < stop)
			return va;
		cond_resched();
	}
	return end;
}
