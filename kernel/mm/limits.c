/*
 * mm/limits.c - see limits.h.
 */
#include "mm/limits.h"

#include "arch/barrier.h"
#include "lib/compiler.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "sync/block.h"

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
	     vma = vma_next(vma)) {
		if (vma_flags_are_data(vma->flags))
			bytes += vma->end - vma->start;
		cond_resched();
	}
	return bytes >> PAGE_SHIFT;
}

bool mm_may_have_data(const struct mm *mm, uint64_t pages)
{
	uint64_t limit = current_limit(RLIMIT_DATA);

	return limit == NO_LIMIT || is_within(limit, data_pages(mm), pages);
}

/* What cannot be written, or is a file's, needs no memory of its own. */
bool mm_may_promise(unsigned flags, uint64_t pages)
{
	return pages <= pages_total() ||
	       (flags & (VMA_WRITE | VMA_SHARED | VMA_NORESERVE)) != VMA_WRITE ||
	       READ_ONCE(overcommit_memory) == OVERCOMMIT_ALWAYS;
}

bool mm_limits_allow(const struct mm *mm, unsigned flags, uint64_t pages)
{
	uint64_t all = current_limit(RLIMIT_AS);

	return pages == 0 ||
	       (is_within(all, mm_total_pages(mm), pages) &&
		(!vma_flags_are_data(flags) || mm_may_have_data(mm, pages)));
}
