/*
 * mm/cow_run.c - COW copies of several pages at once.
 *
 * A trap and a shootdown cost as much as a copy.  So a program that writes
 * page after page gets several copies from one fault: as many as pages just
 * before have become writable already, up to 8.  Each of them goes the way of
 * cow.c; the shootdown is one for all.
 */

#include "debug/trace.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "mm/fault_internal.h"

#define RUN_MAX 8U

/* Neighbouring pages that are replaced together.  The arrays are filled as
 * far as n says. */
struct run {
	const struct fault *f; /* the first one */
	unsigned n;
	pte_t seen[RUN_MAX];   /* a reference to each page but the zero page */
	struct page *copies[RUN_MAX];
};

unsigned cow_run_length(const struct fault *f)
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
static void claim(struct run *r, unsigned n)
{
	struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(r->f->ptep);

	spin_lock(lock);
	for (; r->n < n; r->n++) {
		pte_t pte = pte_load(r->f->ptep + r->n);

		if (!pte_is_cow(pte))
			break;
		struct page *page = pte_page(pte);

		if (page->kind != PAGE_ANON || page_is_exclusive(page))
			break;
		page_get(page);
		r->seen[r->n] = pte;
	}
	spin_unlock(lock);
}

/* False: there was no memory for the first.  Without memory for a later one
 * the run ends before it. */
static bool copy_all(struct run *r)
{
	unsigned i = 0;

	for (; i < r->n; i++) {
		r->copies[i] = copy_of(pte_page(r->seen[i]));
		if (unlikely(r->copies[i] == NULL))
			break;
	}
	for (unsigned rest = i; rest < r->n; rest++)
		cow_put(pte_page(r->seen[rest]), 1);
	r->n = i;
	return i != 0;
}

/*
 * Empty those entries of the run that still are what was seen; a bit for
 * each.  Leaf lock held.
 *
 * ORDER truncate-size, fault side; the other is in shrunk().  As in install_copy().
 * Plain: the fence was behind the making of the table.
 */
static unsigned unhook(const struct run *r) REQUIRES(C_leaf)
{
	const struct fault *f = r->f;
	unsigned same = 0;

	for (unsigned i = 0; i < r->n; i++) {
		if (!pte_same(pte_load(f->ptep + i), r->seen[i]) ||
		    beyond_end(f->vma, f->va + i * PAGE_SIZE))
			continue;
		pte_change(f->mm, f->va + i * PAGE_SIZE, f->ptep + i,
			   r->seen[i], PTE_NONE);
		same |= 1U << i;
	}
	return same;
}

/* Fill the entries that unhook() emptied.  Leaf lock held. */
static void publish(const struct run *r, unsigned same) REQUIRES(C_leaf)
{
	const struct fault *f = r->f;
	uint64_t flags = f->vma->pte_own_flags;

	for (unsigned i = 0; i < r->n; i++)
		if (same >> i & 1)
			pte_publish(f->ptep + i, page_pte(r->copies[i], flags));
}

/* Put the copies in place; a bit for each that was.  The others' entries
 * have changed. */
static unsigned install(const struct run *r)
{
	const struct fault *f = r->f;
	struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(f->ptep);

	if (unlikely(f->vma->pte_own_flags & PTE_X))
		pages_sync_icache(r->copies, r->n);
	vma_gets_anon(f->vma);
	spin_lock(lock);
	unsigned same = unhook(r);

	race_point(cow_unhooked, f->ptep);
	if (same != 0)
		tlb_shootdown(&f->mm->tlb, f->va, f->va + r->n * PAGE_SIZE,
			      FENCE_COW);
	publish(r, same);
	spin_unlock(lock);
	return same;
}

enum fault_result cow_copy_run(const struct fault *f, unsigned n)
{
	struct run r;

	r.f = f;
	r.n = 1;
	r.seen[0] = f->seen;
	claim(&r, n);
	if (unlikely(!copy_all(&r)))
		return FAULT_NOMEM;
	race_point(cow_copied, f->ptep);
	unsigned same = install(&r);

	trace(cow_copy, f->ptep, same);
	cow_points(f);
	if (likely(same != 0))
		count(faults_cow_copy);
	for (unsigned i = 0; i < r.n; i++) {
		/* Our reference, and the one the entry had. */
		cow_put(pte_page(r.seen[i]), 1 + (same >> i & 1));
		if (unlikely(!(same >> i & 1)))
			page_put(r.copies[i]);
	}
	return same & 1 ? FAULT_OK : cow_lost(f);
}
