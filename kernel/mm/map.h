#pragma once

/*
 * mm/map.h - what calls do to the mappings of an address space.
 *
 * All of it may sleep, and takes map_sem itself.  An answer is 0, an address or
 * a count, or -errno.
 */

#include "lib/bits.h"
#include "mm/mm.h"

struct pagecache;
struct vma;

/* Nothing is mapped below. */
#define MM_LOWEST PAGE_SIZE
/* A stack keeps this far from the mapping below it. */
#define MM_STACK_GUARD (256 * PAGE_SIZE)

/* Is [start, start + length) a range of whole pages in the user half? */
static inline bool mm_range_ok(vaddr_t start, uint64_t length)
{
	return is_aligned(start | length, PAGE_SIZE) && length != 0 &&
	       length <= user_end && start <= user_end - length;
}

/* Lengths are multiples of the page size, addresses page aligned. */
struct map_request {
	vaddr_t addr;            /* hint, or the address itself with fixed */
	uint64_t length;         /* bytes, rounded up by the caller */
	/* A reference is taken.  NULL: anonymous, with VMA_SHARED a new object */
	struct pagecache *pagecache;
	struct file *file;       /* may be NULL.  A reference is taken */
	uint64_t offset;
	unsigned flags;          /* enum vma_flags */
	bool fixed;              /* replace what is there */
	bool noreplace;          /* fixed, but -EEXIST if something is there */
	bool populate;
};

/* The address, or -ENOMEM, -EINVAL, -EEXIST (as a negative long). */
long mm_map(struct mm *mm, const struct map_request *req);
int mm_unmap(struct mm *mm, vaddr_t start, uint64_t length);
int mm_protect(struct mm *mm, vaddr_t start, uint64_t length, unsigned rights);
long mm_remap(struct mm *mm, vaddr_t old, uint64_t old_length,
	      uint64_t new_length, bool may_move, bool fixed, vaddr_t new_addr);
/* @length bytes of what is mapped shared at @start, from @offset on: 0, -EINVAL:
 * it is not one object without holes, -ENOMEM, -EPERM. */
long mm_repage(struct mm *mm, vaddr_t start, uint64_t length, uint64_t offset);
long mm_brk(struct mm *mm, vaddr_t end);  /* the new end, or the old one */
/* MADV_DONTNEED: -EINVAL: some of it is locked. */
int mm_discard(struct mm *mm, vaddr_t start, uint64_t length);
/*
 * Ask each VMA of the range: the first answer that is not 0, or -ENOMEM when
 * there is a hole, or 0.
 */
int mm_ask(struct mm *mm, vaddr_t start, uint64_t length,
	   int (*ask)(const struct vma *vma));
/*
 * The first file that is mapped shared in [*@at, @end), with a reference, and
 * *@at is behind that; NULL: there is none.
 */
struct file *mm_next_shared_file(struct mm *mm, vaddr_t *at, vaddr_t end);
/* A flag that mappings have or not, and that changes nothing about their entries.
 * -ENOMEM: there is a hole, and what lies behind it is marked or not; or no
 * memory, and nothing is. */
struct vma_mark {
	unsigned flag;
	bool on, ends_at_hole;
};
int mm_mark(struct mm *mm, vaddr_t start, uint64_t length,
	    const struct vma_mark *mark);
/* mlock() and munlock(): -ENOMEM: a hole, and only what lies before it is
 * (un)locked; or no memory, and nothing is. */
int mm_lock(struct mm *mm, vaddr_t start, uint64_t length, bool locked);
void mm_lock_all(struct mm *mm, bool locked);
/* What is mapped from now on is locked, too; and is it brought in at once? */
void mm_lock_new(struct mm *mm, bool locked, bool fill);
/* How many pages are locked, when those of the range are, too. */
uint64_t mm_pages_locked_with(struct mm *mm, vaddr_t start, uint64_t length);
/* One byte per page: bit 0 set when resident.  @vec is kernel memory. */
int mm_resident(struct mm *mm, vaddr_t start, uint64_t length, uint8_t *vec);
/* Bring the pages in, up to the first that cannot be: -EFAULT, or -ENOMEM, or
 * -EINTR.  And those of all mappings, of each as far as that goes. */
int mm_populate(struct mm *mm, vaddr_t start, uint64_t length);
void mm_populate_all(struct mm *mm);
