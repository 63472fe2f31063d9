/*
 * mm/cow.c - copies that take the place of what an entry maps.
 *
 * Break before make: an entry that goes from one frame to another is empty
 * while the old one is shot down, all under the leaf lock.  With the new
 * entry written first, a second thread could write through it while a third
 * one still reads the old frame.  A thread that faults on the empty entry
 * waits for the lock and then finds its work done.
 *
 * A trap and a shootdown cost as much as a copy.  So a program that writes
 * page after page gets several copies at once: as many as pages just before
 * have become writable already, up to 8.
 */

#include "debug/race.h"
#include "debug/trace.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/fault_internal.h"

#define RUN_MAX 8U

/* Neighbouring pages that are replaced together. */
struct run {
	const struct fault *f; /* the first one */
	unsigned n;
	pte_t seen[RUN_MAX];   /* a reference to each page but the zero page */
	struct page *copies[RUN_MAX];
	bool beyond;           /* the first page is, by now */
};

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

/* The arrays are filled as far as n says, not cleared. */
static inline void run_begin(struct run *r, const struct fault *f)
{
	r->f = f;
	r->n = 1;
	r->seen[0] = f->seen;
	r->beyond = false;
}

/* ---- which pages ---- */

static unsigned run_length(const struct fault *f)
{
	uint64_t below = min(PT_INDEX(f->va, 0),
			     (f->va - f->vma->start) >> PAGE_SHIFT);
	uint64_t above = (pagetable_leaf_end(f->va, f->vma->end) - f->va) >>
			 PAGE_SHIFT;
	unsigned written = 0, n = 1;

	below = min(below, RUN_MAX - 1UL);
	while (written < below &&
	       pte_is_writable(pte_load(f->ptep - written - 1)))
		written++;
	while (2 * n <= written + 1)
		n *= 2;
	return min((uint64_t)n, above);
}

/* Take references to the pages after the first, as far as they are to be
 * copied too. */
static void claim_run(struct run *r, unsigned n)
{
	struct spinlock *lock = pagetable_lock(r->f->ptep);

	spin_lock(lock);
	for (; r->n < n; r->n++) {
		pte_t pte = pte_load(r->f->ptep + r->n);

		if ((pte.bits & (PTE_V | PTE_COW)) != (PTE_V | PTE_COW))
			break;
		struct page *page = pte_page(pte);

		if (page->kind != PAGE_ANON || page_is_exclusive(page))
			break;
		page_get(page);
		r->seen[r->n] = pte;
	}
	spin_unlock(lock);
}

static void put_old(pte_t seen, uint32_t references)
{
	struct page *old = pte_page(seen);

	if (likely(pte_is_valid(seen) && old != zero_page))
		page_put_some(old, references);
}

/* False: there was no memory for the first.  Without memory for a later one
 * the run ends before it. */
static bool copy_run(struct run *r)
{
	unsigned i = 0;

	for (; i < r->n; i++) {
		r->copies[i] = copy_of(pte_page(r->seen[i]));
		if (unlikely(r->copies[i] == NULL))
			break;
	}
	for (unsigned rest = i; rest < r->n; rest++)
		put_old(r->seen[rest], 1);
	r->n = i;
	return i != 0;
}

/* ---- into the page table ---- */

/*
 * Empty those entries of the run that still are what was seen; a bit for
 * each.  Leaf lock held.
 *
 * ORDER truncate-size, fault side; the other is in mapping_truncate().  The
 * page table was made before the lock was taken, and the size is read after.
 * Where a file ended before the first page, its entry stays as it is until
 * truncation comes for it: another attempt would find the same, so the fault
 * says so and not "try again".
 */
static unsigned unhook_run(struct run *r)
{
	const struct fault *f = r->f;
	unsigned same = 0;

	for (unsigned i = 0; i < r->n; i++) {
		bool is_same = pte_same(pte_load(f->ptep + i), r->seen[i]);
		bool beyond = beyond_end(f->vma, f->va + i * PAGE_SIZE);

		r->beyond |= beyond && i == 0;
		if (!is_same || beyond)
			continue;
		pte_store(f->ptep + i, PTE_NONE);
		if (pte_is_valid(r->seen[i]))
			pte_lost(f->mm, f->va + i * PAGE_SIZE, r->seen[i],
				 SHADOW_PAGE);
		same |= 1U << i;
	}
	return same;
}

/* Fill the entries that unhook_run() emptied.  Leaf lock held. */
static void publish_run(const struct run *r, unsigned same)
{
	const struct fault *f = r->f;
	uint64_t flags = f->vma->pte_own_flags;

	for (unsigned i = 0; i < r->n; i++)
		if (same >> i & 1)
			pte_publish(f->ptep + i, page_pte(r->copies[i], flags));
}

/* Put the copies in place; a bit for each that was.  The others' entries
 * have changed. */
static unsigned install_run(struct run *r)
{
	const struct fault *f = r->f;
	struct spinlock *lock = pagetable_lock(f->ptep);

	if (unlikely(f->vma->pte_own_flags & PTE_X))
		pages_sync_fetch(r->copies, r->n);
	if (unlikely(!READ_ONCE(f->vma->has_anon)))
		WRITE_ONCE(f->vma->has_anon, true);
	spin_lock(lock);
	unsigned same = unhook_run(r);

	race_point(cow_unhooked, f->ptep);
	if (same != 0 && pte_is_valid(r->seen[0]))
		tlb_shootdown(&f->mm->tlb, f->va, f->va + r->n * PAGE_SIZE,
			      FENCE_COW);
	publish_run(r, same);
	spin_unlock(lock);
	return same;
}

enum fault_result install_copy(const struct fault *f, struct page *copy)
{
	struct run r;

	run_begin(&r, f);
	r.copies[0] = copy;
	if (install_run(&r) == 0) {
		page_put(copy);
		return r.beyond ? FAULT_BEYOND : FAULT_OK;
	}
	mm_add_resident(f->mm, 1);
	count(faults_file);
	return FAULT_OK;
}

enum fault_result copy_cow(const struct fault *f)
{
	unsigned same, n = run_length(f);
	struct run r;

	run_begin(&r, f);
	if (n > 1)
		claim_run(&r, n);
	if (unlikely(!copy_run(&r)))
		return FAULT_NOMEM;
	race_point(cow_copied, f->ptep);
	same = install_run(&r);
	trace(cow_copy, f->ptep, same);
	race_point(cow_installed, f->ptep);
	race_point(page_replaced, (uintptr_t)f->mm + f->va);
	race_point(cow_done, f->mm);
	if (likely(same != 0))
		count(faults_cow_copy);
	for (unsigned i = 0; i < r.n; i++) {
		/* Our reference, and the one the entry had. */
		put_old(r.seen[i], 1 + (same >> i & 1));
		if (unlikely(!(same >> i & 1)))
			page_put(r.copies[i]);
	}
	return r.beyond ? FAULT_BEYOND : FAULT_OK;
}
