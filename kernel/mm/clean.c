/*
 * mm/clean.c - a page of a file becomes clean: who stores into it through a
 * mapping has to fault first, and so makes it dirty again.
 *
 * Only entries of shared mappings can let somebody write to a page of a cache.
 * As in truncation, they are found by the list of who maps the cache, without
 * map_sem: the shootdown comes before the leaf lock is dropped.
 */

#include "lib/bug.h"
#include "mm/mm_internal.h"
#include "sync/block.h"

static void clean_entry(struct vma *vma, vaddr_t va) REQUIRES(C_mappers)
{
	pte_t *ptep = pagetable_find(vma->mm->root, va);
	struct LOCK_OF(spinlock, leaf) *lock;
	pte_t old;

	if (ptep == NULL)
		return;
	lock = pagetable_lock(ptep);
	spin_lock(lock);
	old = pte_load(ptep);
	if (pte_is_valid(old) && pte_is_writable(old)) {
		const pte_t new = { old.bits & ~PTE_W };

		if (pte_change(vma->mm, va, ptep, old, new))
			tlb_shootdown(&vma->mm->tlb, va, va + PAGE_SIZE,
				      FENCE_PROTECT);
	}
	spin_unlock(lock);
}

void mm_clean_pagecache(struct pagecache *m, uint64_t index)
{
	struct vma *vma;

	mutex_lock(&m->users_lock);
	list_for_each_entry(vma, &m->users, cache_link) {
		uint64_t pages = (vma->end - vma->start) >> PAGE_SHIFT;
		uint64_t low = vma->offset >> PAGE_SHIFT;

		cond_resched();
		if (vma_is_shared(vma) && index >= low && index - low < pages)
			clean_entry(vma, vma->start + ((index - low) << PAGE_SHIFT));
	}
	mutex_unlock(&m->users_lock);
}
