/*
 * mm/fault_shared.c - a store into a page that all who map it share.
 */

#include "lib/bug.h"
#include "mm/fault_internal.h"

/* A shared page that was mapped while the VMA was read-only.  A private one
 * is writable or marked COW: vma.c. */
static enum fault_result fault_upgrade(struct fault f)
{
	struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(f.ptep);

	lab_assert(vma_is_shared(f.vma));
	spin_lock(lock);
	if (pte_same(pte_load(f.ptep), f.seen))
		pte_grant(f.ptep, f.seen, page_pte(pte_page(f.seen),
						   f.vma->pte_flags));
	spin_unlock(lock);
	return FAULT_OK;
}

/* The first store into a page of a file through this mapping, as far as a fault
 * tells: the file is taken for changed.  As on Linux's tmpfs, later stores are
 * not seen. */
enum fault_result fault_shared(struct fault f)
{
	enum fault_result result;

	if (pagecache_is_stored(f.vma->pagecache))
		result = may_sleep(&f) ? fault_stored(f) : FAULT_SLEEPS;
	else
		result = pte_is_valid(f.seen) ? fault_upgrade(f) : fault_file(f);
	if (result == FAULT_OK && f.vma->file != NULL)
		file_was_written(f.vma->file);
	return result;
}
