#pragma once

/*
 * mm/fault_internal.h - between fault.c, which decides, and what takes more
 * than a few steps: cow.c, fault_file.c.
 */

#include "mm/exec.h"
#include "mm/mm_internal.h"

/* One fault; map_sem is held. */
struct fault {
	struct mm *mm;
	struct vma *vma;
	vaddr_t va;  /* of the page */
	pte_t *ptep; /* its entry, and */
	pte_t seen;  /* what that was before we held the leaf lock */
};

static inline pte_t page_pte(const struct page *page, uint64_t flags)
{
	return (pte_t){ page_frame(page) << PTE_PPN_SHIFT | flags };
}

/* The file ends before this page. */
static inline bool beyond_end(const struct vma *vma, vaddr_t va)
{
	return vma->mapping != NULL &&
	       vma_page_index(vma, va) >= mapping_size_in_pages(vma->mapping);
}

/* ---- cow.c ---- */

/* A new anonymous page with the bytes of @page; NULL: no memory. */
struct page *copy_of(const struct page *page);
/* Put @copy, with its one reference, where @f saw nothing; or drop it if
 * something is there now, or the file ends before. */
enum fault_result install_copy(const struct fault *f, struct page *copy);
/* Replace the COW page that @f saw, to which the caller has taken a
 * reference (none to the zero page), by a copy. */
enum fault_result copy_cow(const struct fault *f);

/* ---- fault_file.c ---- */

enum fault_result fault_file(const struct fault *f);
enum fault_result fault_file_copy(const struct fault *f);
