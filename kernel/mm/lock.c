/*
 * mm/lock.c - mlock: memory that stays.
 *
 * No page is ever taken away here, there is nowhere to put it; so to lock is
 * to bring the pages in, which the caller does, and to remember it: what is
 * locked is counted against a limit, cannot be discarded, and is not inherited.
 */

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm_internal.h"

static bool is_locked(const struct vma *vma)
{
	return vma->flags & VMA_LOCKED;
}

static void set_locked(struct vma *vma, bool locked)
{
	vma_set_flags(vma, locked ? vma->flags | VMA_LOCKED :
				    vma->flags & ~(unsigned)VMA_LOCKED);
}

/* How many VMAs are split when [start, *end) is; *end moves to the first
 * hole. */
static unsigned check(const struct vma *vma, vaddr_t start, vaddr_t *end,
		      bool locked)
{
	unsigned splits = 0;
	vaddr_t at = start;

	for (; vma != NULL && vma->start <= at && at < *end;
	     vma = vma_next_below(vma, *end)) {
		if (is_locked(vma) != locked)
			splits += vma_splits(vma, start, *end);
		at = vma->end;
	}
	*end = min(*end, at);
	return splits;
}

static void lock_range(struct change *c, struct vma *vma, vaddr_t start,
		       vaddr_t end, bool locked) REQUIRES(C_map)
{
	for (; vma != NULL; vma = vma_next_below(vma, end)) {
		if (is_locked(vma) == locked)
			continue;
		vma = change_isolate(c, vma, start, end);
		set_locked(vma, locked);
	}
	change_merge(c, start, end);
}

int mm_lock(struct mm *mm, vaddr_t start, uint64_t length, bool locked)
{
	vaddr_t wanted = start + length, end = wanted;
	struct change c;
	int err = 0;

	if (length == 0)
		return 0;
	if (!mm_range_ok(start, length))
		return -ENOMEM;
	change_begin(&c, mm);
	struct vma *vma = vma_find(mm_vmas(mm), start);
	unsigned splits = check(vma, start, &end, locked);

	if (!mm_may_split(mm, splits) || !change_reserve(&c, splits))
		err = -ENOMEM;
	else if (start < end)
		lock_range(&c, vma, start, end, locked);
	change_end(&c);
	return end < wanted ? -ENOMEM : err;
}

void mm_lock_all(struct mm *mm, bool locked)
{
	struct vma *vma;
	struct change c;

	change_begin(&c, mm);
	for (vma = vma_first(mm_vmas(mm)); vma != NULL; vma = vma_next(vma))
		if (is_locked(vma) != locked)
			set_locked(vma, locked);
	change_merge(&c, 0, USER_END);
	change_end(&c);
}

/* Bytes of @vma in [start, end). */
static uint64_t overlap(const struct vma *vma, vaddr_t start, vaddr_t end)
{
	vaddr_t from = max(vma->start, start), to = min(vma->end, end);

	return from < to ? to - from : 0;
}

uint64_t mm_pages_locked_with(struct mm *mm, vaddr_t start, uint64_t length)
{
	uint64_t bytes = length;

	map_lock_shared(mm);
	for (const struct vma *vma = vma_first(mm_vmas(mm)); vma != NULL;
	     vma = vma_next(vma))
		if (is_locked(vma))
			bytes += vma->end - vma->start -
				 overlap(vma, start, start + length);
	map_unlock_shared(mm);
	return bytes >> PAGE_SHIFT;
}
