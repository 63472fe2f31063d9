/*
 * mm/protect.c - mprotect.
 *
 * Rights taken away are shot down before map_sem is released; rights granted
 * are not: a hart with the old entry takes a spurious fault.  A private page
 * becomes writable at once only if it is exclusive; others stay COW.
 */

#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm_internal.h"
#include "sync/block.h"

/* Did @old allow something that @new does not? */
static bool loses_rights(pte_t old, pte_t new)
{
	return old.bits & ~new.bits & (PTE_R | PTE_W | PTE_X | PTE_U);
}

/* The entries of [va, end) of @vma, in one leaf table, its lock held. */
static void protect_leaf(struct gather *g, const struct vma *vma, pte_t *ptep,
			 vaddr_t va, vaddr_t end)
{
	uint64_t flags = vma_pte_flags(vma, false);
	uint64_t own = vma_pte_flags(vma, true);

	for (; va != end; va += PAGE_SIZE, ptep++) {
		pte_t old = pte_load(ptep);

		if (!pte_is_valid(old))
			continue;

		bool exclusive = own != flags &&
				 page_is_exclusive(pte_page(old));
		pte_t new = { (old.bits & ~PTE_FLAGS) |
			      (exclusive ? own : flags) };

		if (pte_same(old, new))
			continue;
		pte_store(ptep, new);
		if (loses_rights(old, new))
			gather_range(g, va, va + PAGE_SIZE);
	}
}

static void protect_pages(struct gather *g, const struct vma *vma)
{
	vaddr_t va = vma->start;
	pte_t *ptep;

	while ((ptep = pagetable_scan(g->mm->root, &va, vma->end)) != NULL) {
		struct spinlock *lock = pagetable_lock(ptep);
		vaddr_t stop = pagetable_leaf_end(va, vma->end);

		spin_lock(lock);
		protect_leaf(g, vma, ptep, va, stop);
		spin_unlock(lock);
		va = stop;
		if (va < vma->end)
			cond_resched();
	}
}

/* 0 when @rights may be given to all of [start, end), which has no hole. */
static int check_rights(struct mm *mm, vaddr_t start, vaddr_t end,
			unsigned rights)
{
	struct vma *vma = vma_find(&mm->vmas, start);

	while (start < end) {
		if (vma == NULL || vma->start > start)
			return -ENOMEM;
		if ((rights & VMA_WRITE) && (vma->flags & VMA_DENY_WRITE))
			return -EACCES;
		start = vma->end;
		vma = vma_next(vma);
	}
	return 0;
}

static void protect_range(struct change *c, vaddr_t start, vaddr_t end,
			  unsigned rights)
{
	struct vma *vma = vma_find(&c->mm->vmas, start);
	struct gather g;

	gather_begin(&g, c->mm, FENCE_PROTECT);
	for (; vma != NULL && vma->start < end; vma = vma_next(vma)) {
		if ((vma->flags & VMA_RIGHTS) == rights)
			continue;
		if (vma->start < start) {
			change_split(c, vma, start);
			continue; /* with the upper part */
		}
		if (vma->end > end)
			change_split(c, vma, end);
		vma->flags = (vma->flags & ~VMA_RIGHTS) | rights;
		protect_pages(&g, vma);
	}
	gather_end(&g);
	change_merge(c, start, end);
}

int mm_protect(struct mm *mm, vaddr_t start, uint64_t length, unsigned rights)
{
	struct change c;
	int err;

	if (length == 0)
		return 0;
	if (!mm_range_ok(start, length))
		return -ENOMEM;
	if (!change_begin(&c, mm, 2))
		return -ENOMEM;
	err = check_rights(mm, start, start + length, rights & VMA_RIGHTS);
	if (err == 0)
		protect_range(&c, start, start + length, rights & VMA_RIGHTS);
	change_end(&c);
	return err;
}
