#pragma once

/*
 * mm/usage.h - what an address space has in memory: in all, and page by page.
 */

#include "mm/mm.h"
#include "mm/vma.h"

/* The most pages that it ever had. */
uint64_t mm_peak(const struct mm *mm);
/* Pages that its end would free, about: what is mapped, page tables, VMAs.  As
 * they are now, no lock is needed. */
uint64_t mm_footprint(const struct mm *mm);

/* In bytes, but for @shares. */
struct mm_usage {
	uint64_t resident;
	uint64_t shares;       /* each page divided by how many map it */
	uint64_t dirty_shares; /* of those that were written to */
	uint64_t shared_clean, shared_dirty;
	uint64_t private_clean, private_dirty; /* nobody else maps them */
	uint64_t accessed;
	uint64_t anonymous;    /* of no file and no shared memory */
};

/* Shares are kept in parts of a byte: small pieces add up to whole pages. */
#define USAGE_SHARE_SHIFT 12

/* Add what @vma of @mm maps at this moment; of each page table at another. */
void mm_usage_add(struct mm_usage *u, const struct mm *mm,
		  const struct vma *vma) REQUIRES_SHARED(C_map);

/* The first page at or behind @va that is mapped, @end: none below it. */
vaddr_t mm_next_resident(const struct mm *mm, vaddr_t va, vaddr_t end)
	REQUIRES_SHARED(C_map);

/* What is at one page of an address space. */
struct mm_page {
	uint64_t frame : 44;     /* PTE_PPN's */
	uint64_t is_present : 1;
	uint64_t is_cached : 1;  /* a file's, or shared memory's */
	uint64_t is_alone : 1;   /* nobody else maps it */
};

/* At @n of them, from @va on; of each page table at another moment. */
void mm_look(const struct mm *mm, vaddr_t va, struct mm_page *pages, size_t n)
	REQUIRES_SHARED(C_map);
