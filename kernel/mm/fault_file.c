/*
 * mm/fault_file.c - faults on pages of files and of shared memory.
 */

#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/fault_internal.h"
#include "sync/retry.h"

/* A fault on a file maps what the cache has of the 64 KiB around it. */
#define AROUND_PAGES 16
#define AROUND_BYTES (AROUND_PAGES * PAGE_SIZE)

/* Fill the empty ones of the @n entries from @ptep on, leaf lock held; the
 * first is for page @first of the page cache.  How many were filled. */
static unsigned map_around(const struct vma *vma, pte_t *ptep, uint64_t first,
			   unsigned n) REQUIRES(C_leaf)
{
	struct page *pages[AROUND_PAGES];
	uint64_t flags = vma->pte_flags;
	unsigned filled = 0;

	/* Who is to write to one of these comes again: fault_stored(). */
	if (pagecache_is_stored(vma->pagecache))
		flags &= ~PTE_W;
	pagecache_pages_find(vma->pagecache, first, n, pages);
	if (vma->pte_flags & PTE_X)
		pages_sync_icache(pages, n);
	for (unsigned i = 0; i < n; i++, ptep++) {
		if (pages[i] == NULL)
			continue;
		if (pte_is_valid(pte_load(ptep))) {
			page_put(pages[i]);
			continue;
		}
		pte_publish(ptep, page_pte(pages[i], flags));
		filled++;
	}
	return filled;
}

/*
 * Map the page of the cache, and those around it; false when it has none for
 * this entry.  They are looked up under the leaf lock, though without one of the
 * cache's, so a truncation either has taken them out before, or finds the entries
 * afterwards.
 *
 * ORDER truncate-size, looking side; the other is in shrunk().
 * Plain: as in install_copy(), and glance_begin() is a fence besides.
 */
static bool map_cached(const struct fault *f)
{
	struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(f->ptep);
	const struct vma *vma = f->vma;
	vaddr_t start = max(align_down(f->va, AROUND_BYTES), vma->start);
	vaddr_t end = min(align_down(f->va, AROUND_BYTES) + AROUND_BYTES,
			  vma->end);
	uint64_t first = vma_page_index(vma, start);
	pte_t *ptep = f->ptep - ((f->va - start) >> PAGE_SHIFT);
	unsigned filled = 0;

	/* The VMA is what it was when it was found. */
	lab_assert(f->vma->mm == f->mm && f->va >= vma->start &&
		   f->va < vma->end);
	spin_lock(lock);
	bool done = pte_is_valid(pte_load(f->ptep));
	uint64_t file_pages = pagecache_size_in_pages(vma->pagecache);

	if (!done && first < file_pages) {
		filled = map_around(vma, ptep, first,
				    min((end - start) >> PAGE_SHIFT,
					file_pages - first));
		done = pte_is_valid(pte_load(f->ptep));
	}
	spin_unlock(lock);
	if (filled != 0) {
		mm_add_resident(f->mm, f->ptep, filled);
		count(faults_file);
		race_point(file_mapped, f->ptep);
	}
	return done;
}

enum fault_result fault_file(struct fault f)
{
	struct retry r = { 0 };

	while (!map_cached(&f)) {
		struct page *page;
		int err = 0;

		if (beyond_end(f.vma, f.va))
			return FAULT_BEYOND;
		if (pagecache_is_stored(f.vma->pagecache) && !may_sleep(&f))
			return FAULT_SLEEPS;
		page = pagecache_page_create(f.vma->pagecache,
					   vma_page_index(f.vma, f.va),
					   true, &err);
		race_point(file_page_made, f.mm);
		if (page == NULL)
			return err == -ENOMEM ? FAULT_NOMEM :
						FAULT_BEYOND;
		page_put(page);
		if (!may_sleep(&f))
			return map_cached(&f) ? FAULT_OK : FAULT_SLEEPS;
		if (!retry_again(&r))
			return FAULT_NOMEM; /* it is being killed anyway */
	}
	return FAULT_OK;
}

/*
 * A private copy of the file's page, without mapping that one first.  A
 * truncation that comes between the copy and its installation is noticed by
 * install_copy(), which looks at the size again.
 */
enum fault_result fault_file_copy(struct fault f)
{
	struct page *page, *copy;
	int err = 0;

	if (beyond_end(f.vma, f.va))
		return FAULT_BEYOND;
	if (pagecache_is_stored(f.vma->pagecache) && !may_sleep(&f))
		return FAULT_SLEEPS;
	page = pagecache_page_read(f.vma->pagecache,
				   vma_page_index(f.vma, f.va), &err);
	if (err != 0)
		return err == -ENOMEM ? FAULT_NOMEM : FAULT_BEYOND;
	copy = copy_of(page == NULL ? zero_page : page);
	if (page != NULL)
		page_put(page);
	if (copy == NULL)
		return FAULT_NOMEM;
	if (!install_copy(&f, copy)) {
		page_put(copy);
		return cow_lost(&f);
	}
	mm_add_resident(f.mm, f.ptep, 1);
	count(faults_file);
	return FAULT_OK;
}
