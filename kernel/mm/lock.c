/*
 * mm/lock.c - what is noted of mappings: that their memory stays (mlock), that
 * no core shows it.
 *
 * No page is ever taken away here, there is nowhere to put it; so to lock is
 * to bring the pages in, which the caller does, and to remember it: what is
 * locked is counted against a limit, cannot be discarded, and is not inherited.
 */

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm_internal.h"
#include "sync/block.h"

static bool has_mark(const struct vma *vma, const struct vma_mark *mark)
{
	return ((vma->flags & mark->flag) != 0) == mark->on;
}

static void set_mark(struct vma *vma, const struct vma_mark *mark)
{
	vma_set_flags(vma, mark->on ? vma->flags | mark->flag :
				      vma->flags & ~mark->flag);
}

/* What is to be marked, and what it takes. */
struct marking {
	vaddr_t start, end; /* the end moves to the first hole, if that is one */
	unsigned splits;    /* VMAs that are split */
	bool has_hole;
};

static void check(struct marking *m, const struct vma *vma,
		  const struct vma_mark *mark)
{
	vaddr_t at = m->start;

	for (; vma != NULL; vma = vma_next_below(vma, m->end)) {
		cond_resched();
		m->has_hole |= vma->start > at;
		if (m->has_hole && mark->ends_at_hole)
			break;
		if (!has_mark(vma, mark))
			m->splits += vma_splits(vma, m->start, m->end);
		at = vma->end;
	}
	m->has_hole |= at < m->end;
	if (m->has_hole && mark->ends_at_hole)
		m->end = min(m->end, at);
}

static void mark_range(struct change *c, struct vma *vma,
		       const struct marking *m, const struct vma_mark *mark)
	REQUIRES(C_map)
{
	for (; vma != NULL; vma = vma_next_below(vma, m->end)) {
		cond_resched();
		if (has_mark(vma, mark))
			continue;
		vma = change_isolate(c, vma, m->start, m->end);
		set_mark(vma, mark);
	}
	change_merge(c, m->start, m->end);
}

int mm_mark(struct mm *mm, vaddr_t start, uint64_t length,
	    const struct vma_mark *mark)
{
	struct marking m = { .start = start, .end = start + length };
	struct change c;
	int err = 0;

	if (length == 0)
		return 0;
	if (!mm_range_ok(start, length))
		return -ENOMEM;
	change_begin_over(&c, mm, m.start, m.end);
	struct vma *vma = vma_find(change_vmas(&c), start);

	if (vma != NULL && vma->start >= m.end)
		vma = NULL;
	check(&m, vma, mark);
	if (!mm_may_split(mm, m.splits) || !change_reserve(&c, m.splits))
		err = -ENOMEM;
	else if (start < m.end)
		mark_range(&c, vma, &m, mark);
	change_end(&c);
	return m.has_hole ? -ENOMEM : err;
}

int mm_lock(struct mm *mm, vaddr_t start, uint64_t length, bool locked)
{
	return mm_mark(mm, start, length,
		       &(struct vma_mark){ VMA_LOCKED, locked, true });
}

void mm_lock_all(struct mm *mm, bool locked)
{
	const struct vma_mark mark = { VMA_LOCKED, locked, false };
	struct vma *vma;
	struct change c;

	change_begin(&c, mm);
	for (vma = vma_first(mm_vmas(mm)); vma != NULL; vma = vma_next(vma)) {
		if (!has_mark(vma, &mark))
			set_mark(vma, &mark);
		cond_resched();
	}
	change_merge(&c, 0, user_end);
	change_end(&c);
}

void mm_lock_new(struct mm *mm, bool locked, bool fill)
{
	WRITE_ONCE(mm->new_flags, locked ? VMA_LOCKED : 0);
	WRITE_ONCE(mm->fills_new, locked && fill);
}

/* Bytes of @vma in [start, end). */
static uint64_t overlap(const struct vma *vma, vaddr_t start, vaddr_t end)
{
	vaddr_t from = max(vma->start, start), to = min(vma->end, end);

	return from < to ? to - from : 0;
}

static uint64_t pages_locked_with(const struct mm *mm, vaddr_t start,
				  uint64_t length) REQUIRES_SHARED(C_map)
{
	uint64_t bytes = length;

	for (const struct vma *vma = vma_first(mm_vmas(mm)); vma != NULL;
	     vma = vma_next(vma)) {
		if ((vma->flags & VMA_LOCKED))
			bytes += vma->end - vma->start -
				 overlap(vma, start, start + length);
		cond_resched();
	}
	return bytes >> PAGE_SHIFT;
}

uint64_t mm_pages_locked_with(struct mm *mm, vaddr_t start, uint64_t length)
{
	map_lock_shared(mm);
	uint64_t pages = pages_locked_with(mm, start, length);

	map_unlock_shared(mm);
	return pages;
}

bool mm_may_lock_more(const struct mm *mm, uint64_t pages)
{
	return current_may_lock(pages_locked_with(mm, 0, 0) + pages);
}
