/*
 * mm/cow.c - a write to a page that others have too: copy-on-write.
 *
 *	1. with the leaf lock: if the entry is what was seen, take a reference
 *	   to its page
 *	2. without: copy the page
 *	3. with the lock: if the entry is still the same, empty it, shoot it
 *	   down, and only then put the copy there
 *
 * While we have the reference nobody finds the page exclusive, so nobody
 * writes to it: the copy is of one moment.  And the page cannot be freed and
 * come back, so an entry that looks the same in 3 is the same.
 *
 * Break before make: with the new entry written first, a second thread could
 * write through it while a third one still reads the old frame.  A thread
 * that faults on the empty entry waits for the lock, then finds its work done.
 *
 * The page that nobody else has any more never comes here: it gets W back
 * (reuse_cow() in fault.c).  If the others went between that look and ours,
 * the copy is one too many and does no harm.  Several pages at once, for who
 * writes page after page: cow_run.c.
 */

#include "debug/trace.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/fault_internal.h"

struct page *copy_of(const struct page *page)
{
	struct page *copy;

	if (unlikely(page == zero_page))
		return page_alloc_zeroed(PAGE_ANON);
	shadow_frame_copied(page_frame(page));
	copy = page_alloc(PAGE_ANON);
	if (unlikely(copy == NULL))
		return NULL;
	page_copy(page_address(copy), page_address(page));
	count(pages_copied);
	return copy;
}

/* From the old page to the copy.  Leaf lock held. */
static void replace(const struct fault *f, struct page *copy) REQUIRES(C_leaf)
{
	if (pte_change(f->mm, f->va, f->ptep, f->seen, PTE_NONE)) {
		race_point(cow_unhooked, f->ptep);
		tlb_shootdown(&f->mm->tlb, f->va, f->va + PAGE_SIZE, FENCE_COW);
	}
	pte_publish(f->ptep, page_pte(copy, f->vma->pte_own_flags));
}

/*
 * ORDER truncate-size, fault side; the other is in shrunk().  The page table was
 * made before the lock was taken, and the size is read after.
 * Plain: who makes a table has a fence behind it, make_table(); who finds one
 * that another has made takes a lock that is in it, and reads behind that.
 */
bool install_copy(const struct fault *f, struct page *copy)
{
	struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(f->ptep);

	page_sync_icache(copy, f->vma->pte_own_flags);
	vma_gets_anon(f->vma);
	spin_lock(lock);
	bool ok = pte_same(pte_load(f->ptep), f->seen) &&
		  !beyond_end(f->vma, f->va);

	if (likely(ok))
		replace(f, copy);
	spin_unlock(lock);
	return ok;
}

/* Others have @page, too; we hold a reference. */
static enum fault_result copy_one(const struct fault *f, struct page *page)
{
	struct page *copy = copy_of(page);

	if (unlikely(copy == NULL)) {
		cow_put(page, 1);
		return FAULT_NOMEM;
	}
	race_point(cow_copied, f->ptep);
	bool installed = install_copy(f, copy);

	trace(cow_copy, f->ptep, installed);
	cow_points(f);
	if (unlikely(!installed)) {
		page_put(copy);
		cow_put(page, 1);
		return cow_lost(f);
	}
	count(faults_cow_copy);
	cow_put(page, 2); /* ours, and the one the entry had */
	return FAULT_OK;
}

/* The page that @f saw, with a reference; NULL: the entry has changed. */
static struct page *get_shared(const struct fault *f)
{
	struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(f->ptep);
	struct page *page = NULL;

	spin_lock(lock);
	if (likely(pte_same(pte_load(f->ptep), f->seen))) {
		page = pte_page(f->seen);
		cow_get(page);
	}
	spin_unlock(lock);
	return page;
}

enum fault_result fault_cow(struct fault f)
{
	struct page *page = get_shared(&f);
	unsigned n;

	if (unlikely(page == NULL))
		return FAULT_OK;
	n = cow_run_length(&f);
	return n > 1 ? cow_copy_run(&f, n) : copy_one(&f, page);
}
