/*
 * mm/protect.c - mprotect.
 *
 * Rights taken away are shot down before the lock is released, or the claim to
 * the range (claim.h); rights granted are not: a hart with the old entry takes a
 * spurious fault.  A private page becomes writable at once only if it is
 * exclusive; others stay COW.
 */

#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/icache.h"
#include "mm/mm_internal.h"
#include "mm/tables.h"
#include "sync/block.h"

/* The entries of [va, end) of @vma, in one leaf table, its lock held. */
static ALWAYS_INLINE void protect_leaf(struct gather *g, const struct vma *vma, pte_t *ptep,
			 vaddr_t va, vaddr_t end) REQUIRES(C_leaf)
{
	uint64_t flags = vma->pte_flags, own = vma->pte_own_flags;

	for (; va != end; va += PAGE_SIZE, ptep++) {
		pte_t old = pte_load(ptep);

		if (!pte_is_valid(old))
			continue;

		bool exclusive = own != flags &&
				 page_is_exclusive(pte_page(old));
		pte_t new = { (old.bits & ~PTE_FLAGS) |
			      (exclusive ? own : flags) };

		if (pagecache_is_stored(vma->pagecache) && vma_is_shared(vma))
			new.bits &= old.bits | ~PTE_W; /* a fault: it gets dirty */
		if (pte_same(old, new))
			continue;
		page_sync_icache(pte_page(old), flags);
		if (pte_change(g->mm, va, ptep, old, new))
			gather_range(g, va, va + PAGE_SIZE);
	}
}

static ALWAYS_INLINE void protect_pages(struct gather *g, const struct vma *vma)
{
	vaddr_t va = vma->start;
	pte_t *ptep;

	while ((ptep = pagetable_scan(g->mm->root, &va, vma->end)) != NULL) {
		struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(ptep);
		vaddr_t stop = pagetable_leaf_end(va, vma->end);

		spin_lock(lock);
		protect_leaf(g, vma, ptep, va, stop);
		if (pagecache_is_stored(vma->pagecache))
			gather_flush(g); /* clean.c relies on what it finds */
		spin_unlock(lock);
		va = stop;
		if (va < vma->end)
			cond_resched();
	}
}

static bool has_other_rights(const struct vma *vma, unsigned rights)
{
	return (vma->flags & VMA_RIGHTS) != rights;
}

/* Pages that were no data become data: a limit may forbid it, or sense. */
static bool may_become(const struct change *c, const struct vma *vma,
		       vaddr_t start, vaddr_t end, unsigned rights)
	REQUIRES_SHARED(C_map)
{
	unsigned flags = (vma->flags & ~VMA_RIGHTS) | rights;

	if (!(rights & VMA_WRITE) || !vma_flags_are_data(flags) ||
	    vma_flags_are_data(vma->flags))
		return true;

	uint64_t pages = (min(vma->end, end) - max(vma->start, start)) >>
			 PAGE_SHIFT;

	return (c->window != NULL || mm_may_have_data(c->mm, pages)) &&
	       mm_may_promise(flags, pages);
}

/* How far a change of rights goes, how many VMAs it splits on that way, and
 * what comes there: nothing (0), a hole, or a mapping that may not have them. */
struct reach {
	vaddr_t end;
	unsigned splits;
	int err;
};

/* What lies before the obstacle is changed all the same. */
static inline struct reach how_far(const struct change *c, const struct vma *vma,
				   vaddr_t start, vaddr_t end, unsigned rights)
	REQUIRES_SHARED(C_map)
{
	struct reach r = { .end = start };

	for (; vma != NULL && vma->start <= r.end;
	     vma = vma_next_below(vma, end)) {
		if ((rights & VMA_WRITE) && (vma->flags & VMA_DENY_WRITE)) {
			r.err = -EACCES;
			return r;
		}
		if (!may_become(c, vma, start, end, rights))
			break;
		if (has_other_rights(vma, rights))
			r.splits += vma_splits(vma, start, end);
		if (vma->end >= end) {
			r.end = end;
			return r;
		}
		r.end = vma->end;
		cond_resched();
	}
	r.err = -ENOMEM;
	return r;
}

static void protect_range(struct change *c, struct vma *vma, vaddr_t start,
			  vaddr_t end, unsigned rights) REQUIRES(C_map)
{
	struct gather g;

	gather_begin(&g, c->mm, FENCE_PROTECT);
	for (; vma != NULL; vma = vma_next_below(vma, end)) {
		if (!has_other_rights(vma, rights))
			continue;
		vma = change_isolate(c, vma, start, end);
		vma_set_flags(vma, (vma->flags & ~VMA_RIGHTS) | rights);
		protect_pages(&g, vma);
		cond_resched();
	}
	gather_end(&g);
	change_merge(c, start, end);
}

/* The same where one VMA covers it all.  Of this one a copy is enough when the
 * tree is done: others may join or split it meanwhile, but not give away what
 * it refers to. */
static NOINLINE void protect_and_let_in(struct change *c, struct vma *vma,
					vaddr_t start, vaddr_t end,
					unsigned rights) REQUIRES(C_map)
{
	struct vma copy;
	struct gather g;

	if (!has_other_rights(vma, rights))
		return;
	vma = change_isolate(c, vma, start, end);
	vma_set_flags(vma, (vma->flags & ~VMA_RIGHTS) | rights);
	copy = *vma;
	change_merge(c, start, end);
	change_claim(c, start, end);
	gather_begin(&g, c->mm, FENCE_PROTECT);
	protect_pages(&g, &copy);
	gather_end(&g);
}

int mm_protect(struct mm *mm, vaddr_t start, uint64_t length, unsigned rights)
{
	struct change c;

	if (length == 0)
		return 0;
	if (!mm_range_ok(start, length))
		return -ENOMEM;
	rights &= VMA_RIGHTS;
	change_begin_over(&c, mm, start, start + length);
	struct vma *vma = vma_find(change_vmas(&c), start);
	struct reach r = how_far(&c, vma, start, start + length, rights);

	if (!mm_may_split(mm, r.splits) || !change_reserve(&c, r.splits) ||
	    !tables_own(mm, start, r.end))
		r.err = -ENOMEM;
	else if (start < r.end && vma->end >= r.end && change_has_company(&c))
		protect_and_let_in(&c, vma, start, r.end, rights);
	else if (start < r.end)
		protect_range(&c, vma, start, r.end, rights);
	change_end(&c);
	return r.err;
}
