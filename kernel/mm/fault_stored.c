/*
 * mm/fault_stored.c - a store into a shared page that has a store behind it.
 *
 * All that can fail or takes long, reading the page, having room for it, and
 * writing others when there are too many, comes first.  Then, in one stretch
 * under the leaf lock, the page becomes dirty and the entry writable, if it is
 * still in the cache: so a page whose entry lets somebody write is dirty, or
 * who has taken it for clean is on his way to that entry (mm/clean.c).
 */

#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/fault_internal.h"
#include "mm/store.h"
#include "sync/retry.h"

/* The page, with a reference, and room for its bytes in the store; or *@err, -EAGAIN:
 * it has left the cache, or the file is shorter. */
static struct page *prepare(struct pagecache *m, uint64_t index, int *err)
{
	struct page *page;

	store_throttle(m);
	page = pagecache_page_create(m, index, true, err);
	if (page == NULL)
		return NULL;
	*err = pagecache_reserve_page(m, page);
	if (*err == 0)
		return page;
	page_put(page);
	return NULL;
}

/* Dirty, and writable; false: another one is still mapped. */
static bool map_dirty(const struct fault *f, struct page *page)
	REQUIRES(C_leaf)
{
	const struct vma *vma = f->vma;
	pte_t old = pte_load(f->ptep);

	if (pte_is_valid(old) && pte_page(old) != page)
		return false;
	store_page_dirty(vma->pagecache, page, ALL_PARTS);
	if (pte_is_valid(old)) {
		pte_grant(f->ptep, old, page_pte(page, vma->pte_flags));
		return true;
	}
	page_get(page);
	page_sync_icache(page, vma->pte_flags);
	pte_publish(f->ptep, page_pte(page, vma->pte_flags));
	mm_add_resident(f->mm, f->ptep, 1);
	return true;
}

/* False: it is no longer in the cache, as well. */
static bool try_map(const struct fault *f, struct page *page)
{
	struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(f->ptep);
	struct pagecache *m = f->vma->pagecache;
	bool done = false;

	spin_lock(lock);
	struct page *now = pagecache_page_find(m, page->index);

	if (now == page && page->index < pagecache_size_in_pages(m))
		done = map_dirty(f, page);
	spin_unlock(lock);
	if (now != NULL)
		page_put(now);
	return done;
}

enum fault_result fault_stored(struct fault f)
{
	uint64_t index = vma_page_index(f.vma, f.va);
	struct retry r = { 0 };

	do {
		int err = -ENXIO;
		struct page *page = beyond_end(f.vma, f.va) ? NULL :
			prepare(f.vma->pagecache, index, &err);

		if (page == NULL && err == -EAGAIN)
			continue;
		if (page == NULL)
			return err == -ENOMEM ? FAULT_NOMEM : FAULT_BEYOND;
		race_point(file_page_made, f.mm);
		bool done = try_map(&f, page);

		page_put(page);
		if (done) {
			count(faults_file);
			return FAULT_OK;
		}
	} while (retry_again(&r));
	return FAULT_NOMEM; /* it is being killed anyway */
}
