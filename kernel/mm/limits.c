/*
 * mm/limits.c - see limits.h.
 */
#include "mm/limits.h"

#include "arch/barrier.h"
#include "lib/compiler.h"
#include "mm/mm.h"
#include "mm/page.h"

uint32_t max_map_count = MAX_MAP_COUNT;
uint32_t overcommit_memory = OVERCOMMIT_GUESS;

static bool is_within(uint64_t limit, uint64_t have, uint64_t pages)
{
	limit >>= PAGE_SHIFT;
	return have <= limit && pages <= limit - have;
}

/* Counted when somebody asks: hardly anybody has such a limit. */
static NOINLINE uint64_t data_pages(const struct mm *mm) REQUIRES_SHARED(C_map)
{
	uint64_t bytes = 0;

	for (const struct vma *vma = vma_first(mm_vmas(mm)); vma != NULL;
	     vma = vma_next(vma))
		if (vma_flags_are_data(vma->flags))
			bytes += vma->end - vma->start;
	return bytes >> PAGE_SHIFT;
}

static inline bool may_be_data(const struct mm *mm, uint64_t limit,
			       uint64_t pages) REQUIRES_SHARED(C_map)
{
	return limit == NO_LIMIT || is_within(limit, data_pages(mm), pages);
}

bool mm_may_have_data(const struct mm *mm, uint64_t pages)
{
	return may_be_data(mm, current_limit(RLIMIT_DATA), pages);
}

/* What cannot be written, or is a file's, needs no memory of its own. */
bool mm_may_promise(unsigned flags, uint64_t pages)
{
	return pages <= pages_total() ||
	       (flags & (VMA_WRITE | VMA_SHARED | VMA_NORESERVE)) != VMA_WRITE ||
	       READ_ONCE(overcommit_memory) == OVERCOMMIT_ALWAYS;
}

bool mm_may_have_pages(const struct mm *mm, unsigned flags, uint64_t pages)
{
	const limit_t *limits = current_limits();
	uint64_t all = READ_ONCE(limits[RLIMIT_AS][0]);
	uint64_t data = READ_ONCE(limits[RLIMIT_DATA][0]);

	if (likely((all & data) == NO_LIMIT) || pages == 0)
		return true;
	return is_within(all, mm->total_pages, pages) &&
	       (!vma_flags_are_data(flags) || may_be_data(mm, data, pages));
}
