#pragma once

/*
 * mm/fault_internal.h - one page fault, as the files that answer it see it.
 *
 * Each function of the table in fault.c has the same form: it is told what
 * was seen at the entry without the leaf lock, and answers the fault.
 */

#include "debug/race.h"
#include "mm/icache.h"
#include "mm/mm_internal.h"

/* One fault; it visits the address space, or shares map_sem (mm/maplock.h). */
struct fault {
	struct mm *mm;
	struct vma *vma;
	vaddr_t va;  /* of the page */
	pte_t *ptep; /* its entry, and */
	pte_t seen;  /* what that was before we held the leaf lock */
};

/* Pages with a store behind them are read, written and waited for.  A visitor
 * who would have to do so answers FAULT_SLEEPS. */
static inline bool may_sleep(const struct fault *f UNUSED)
{
	return !map_is_visited();
}

static inline pte_t page_pte(const struct page *page, uint64_t flags)
{
	return (pte_t){ page_frame(page) << PTE_PPN_SHIFT | flags };
}

/* The file ends before this page. */
static inline bool beyond_end(const struct vma *vma, vaddr_t va)
{
	return vma->pagecache != NULL &&
	       vma_page_index(vma, va) >= pagecache_size_in_pages(vma->pagecache);
}

/* A page of its own is about to be mapped in @vma.  Before the entry: fork,
 * which has map_sem alone, relies on it. */
static inline void vma_gets_anon(struct vma *vma)
{
	if (unlikely(!READ_ONCE(vma->has_anon)))
		WRITE_ONCE(vma->has_anon, true);
}

/* ---- fault.c ---- */

/* Map @page, if the entry is still empty. */
bool fault_fill_empty(const struct fault *f, const struct page *page,
		      uint64_t flags);

/* ---- cow.c ---- */

enum fault_result fault_cow(struct fault f);
/* A new anonymous page with the bytes of @page; NULL: no memory. */
struct page *copy_of(const struct page *page);
/* Put @copy where @f saw what it saw.  False: there is something else now, or
 * the file ends before. */
bool install_copy(const struct fault *f, struct page *copy);

/* A shared page's reference, or @n of them; the zero page has none. */
static inline void cow_get(struct page *page)
{
	if (likely(page != zero_page))
		page_get(page);
}

static inline void cow_put(struct page *page, uint32_t n)
{
	if (likely(page != zero_page))
		page_put_some(page, n);
}

/* Copies were not installed: try again, unless that would find the same until
 * truncation has come for the entry. */
static inline enum fault_result cow_lost(const struct fault *f)
{
	return beyond_end(f->vma, f->va) ? FAULT_BEYOND : FAULT_OK;
}

/* The races watch the end of a COW fault by its entry, page and mm. */
static inline void cow_points(const struct fault *f)
{
	race_point(cow_installed, f->ptep);
	race_point(page_replaced, (uintptr_t)f->mm + f->va);
	race_point(cow_done, f->mm);
}

/* ---- cow_run.c ---- */

/* How many pages, from that of @f on, are to be copied at once. */
unsigned cow_run_length(const struct fault *f);
/* Copy up to @n of them.  To the first one's page the caller has taken a
 * reference. */
enum fault_result cow_copy_run(const struct fault *f, unsigned n);

/* ---- fault_file.c ---- */

enum fault_result fault_file(struct fault f);
enum fault_result fault_file_copy(struct fault f);

/* ---- fault_shared.c, fault_stored.c ---- */

enum fault_result fault_shared(struct fault f);
enum fault_result fault_stored(struct fault f);

/* ---- fault_stack.c ---- */

/* Let the stack above @addr grow down to it; map_sem is not held.  False: it
 * may not. */
bool grow_stack(struct mm *mm, vaddr_t addr);
