/*
 * mm/fault_stack.c - stacks that grow when they are touched below their end.
 *
 * Growing changes the tree, which others read under the shared lock.  So the
 * fault has dropped its own, and everything is looked up again: another
 * thread may have grown the stack, or unmapped it, meanwhile.
 */

#include "lib/bits.h"
#include "lib/bug.h"
#include "mm/fault_internal.h"
#include "mm/limits.h"

/* Does it keep its distance from what is below?  That need be none from what nobody
 * can access, such as the guard of another stack, nor from what grows itself. */
static bool is_far_enough(const struct mm *mm, const struct vma *vma,
			  vaddr_t start) REQUIRES(C_map)
{
	if (vma->prev_end == 0 || start >= vma->prev_end + MM_STACK_GUARD)
		return true;

	const struct vma *below = vma_find(mm_vmas(mm), vma->prev_end - 1);

	return (below->flags & VMA_GROWSDOWN) || !(below->flags & VMA_RIGHTS);
}

/* May @vma, a stack, reach down to @start? */
static bool stack_may_grow(const struct mm *mm, const struct vma *vma,
			   vaddr_t start) REQUIRES(C_map)
{
	uint64_t pages = (vma->start - start) >> PAGE_SHIFT;

	if (!(vma->flags & VMA_GROWSDOWN) || start < MM_LOWEST + MM_STACK_GUARD)
		return false;
	if (vma->end - start > mm->stack_limit ||
	    !mm_limits_allow(mm, vma->flags, pages))
		return false;
	if ((vma->flags & VMA_LOCKED) && !mm_may_lock_more(mm, pages))
		return false;
	return is_far_enough(mm, vma, start);
}

bool grow_stack(struct mm *mm, vaddr_t addr)
{
	vaddr_t start = align_down(addr, PAGE_SIZE);
	bool ok = false;

	race_point(stack_touched, mm);
	map_lock(mm);
	struct vma *vma = vma_find(mm_vmas(mm), addr);

	if (vma != NULL && vma->start <= addr) {
		ok = true;
	} else if (vma != NULL && stack_may_grow(mm, vma, start)) {
		race_point(stack_may_grow, mm);
		WRITE_ONCE(mm->total_pages, mm->total_pages +
			   ((vma->start - start) >> PAGE_SHIFT));
		vma_resize(mm_vmas_exclusive(mm), vma, start, vma->end);
		ok = true;
	}
	map_unlock(mm);
	return ok;
}
