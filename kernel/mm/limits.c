/*
 * mm/limits.c - see limits.h.
 */
#include "mm/limits.h"

#include "lib/compiler.h"
#include "mm/mm.h"

uint32_t max_map_count = MAX_MAP_COUNT;

static bool is_within(unsigned resource, uint64_t have, uint64_t pages)
{
	uint64_t limit = current_limit(resource) >> PAGE_SHIFT;

	return have <= limit && pages <= limit - have;
}

bool mm_may_have_pages(const struct mm *mm, unsigned flags, uint64_t pages)
{
	if (pages == 0)
		return true;
	return is_within(RLIMIT_AS, mm->total_pages, pages) &&
	       (!vma_flags_are_data(flags) || mm_may_have_data(mm, pages));
}

bool mm_may_have_data(const struct mm *mm, uint64_t pages)
{
	return is_within(RLIMIT_DATA, mm->data_pages, pages);
}

bool mm_may_map_more(const struct mm *mm)
{
	return mm->vmas.count <= READ_ONCE(max_map_count);
}

bool mm_may_split(const struct mm *mm, unsigned n)
{
	return n == 0 || mm->vmas.count + n <= READ_ONCE(max_map_count);
}
