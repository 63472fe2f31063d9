/*
 * mm/populate.c - bringing pages in before they are touched: MAP_POPULATE, mlock.
 *
 * As far as can be nothing that the program does there faults afterwards: what it
 * may write is brought in by writes, or each page would fault once more, and so
 * would one that it has read only, or shares with a child.
 */
#include "lib/errno.h"
#include "mm/mm_internal.h"
#include "sync/block.h"

/* How a page is brought in. */
struct touch {
	enum access access;
	bool force; /* also where there is no right but to run it */
};

static bool is_written_by_owner(const struct vma *vma)
{
	return (vma->flags & VMA_WRITE) && !vma_is_shared(vma);
}

/* Does a touch of the page of @va change anything? */
static bool needs_touch(struct mm *mm, vaddr_t va, struct touch *t)
{
	map_share_over(mm, va, va + PAGE_SIZE);
	const pte_t *ptep = pagetable_find(mm->root, va);
	const struct vma *vma = vma_find(mm_vmas_at(mm, va), va);
	pte_t pte = ptep == NULL ? PTE_NONE : pte_load(ptep);
	bool mapped = vma != NULL && vma->start <= va;
	bool write = mapped && is_written_by_owner(vma);

	*t = (struct touch){
		.access = write ? ACCESS_WRITE : ACCESS_READ,
		.force = mapped && (vma->flags & VMA_RIGHTS),
	};
	map_unshare_at(mm, va);
	return !pte_is_valid(pte) || (write && pte_is_cow(pte));
}

int mm_populate(struct mm *mm, vaddr_t start, uint64_t length)
{
	if (!mm_range_ok(start, length))
		return -EINVAL;
	for (vaddr_t va = start; va < start + length; va += PAGE_SIZE) {
		enum fault_result result = FAULT_OK;
		struct touch t;

		if (needs_touch(mm, va, &t))
			result = mm_fault(mm, va, t.access, t.force);
		if (result != FAULT_OK)
			return result == FAULT_NOMEM ? -ENOMEM : -EFAULT;
		if (!block_go_on())
			return -EINTR;
	}
	return 0;
}

/* The mapping at or behind *@start; false: there is none. */
static bool next_mapping(struct mm *mm, vaddr_t *start, vaddr_t *end)
{
	map_lock_shared(mm);
	const struct vma *vma = vma_find(mm_vmas(mm), *start);

	if (vma != NULL) {
		*start = max(*start, vma->start);
		*end = vma->end;
	}
	map_unlock_shared(mm);
	return vma != NULL;
}

void mm_populate_all(struct mm *mm)
{
	vaddr_t at = 0, end;

	for (; next_mapping(mm, &at, &end); at = end)
		if (mm_populate(mm, at, end - at) == -EINTR)
			return;
}
