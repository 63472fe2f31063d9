/*
 * mm/remap.c - mremap: grow or shrink a mapping in place, or move it.
 *
 * Moving takes the entries along: no page is copied or faulted in again.
 * An entry leaves its old place, is written at its new one, and the old
 * place is shot down before anybody else may change either: map_sem
 * (exclusive) keeps faults, munmap and discard out, users_lock truncation.
 * A page that could be freed through its new place while some hart still
 * used the old one is what CVE-2018-18281 was about.
 */

#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm_internal.h"
#include "mm/tables.h"
#include "sync/block.h"
#include "sync/spin_pair.h"

/* What to do, all in whole pages. */
struct remap {
	vaddr_t old, new;
	uint64_t old_length, new_length;
};

/* ---- moving the entries ---- */

/* Make the tables for what @r will move, and own those that it empties, so that
 * moving cannot fail. */
static bool make_tables(struct mm *mm, const struct remap *r) REQUIRES(C_map)
{
	vaddr_t va = r->old, end = r->old + r->old_length;

	if (!tables_own(mm, va, end) ||
	    !tables_own_around(mm, r->new, r->new + r->new_length))
		return false;
	while (pagetable_scan(mm->root, &va, end) != NULL) {
		vaddr_t last = pagetable_leaf_end(va, end) - PAGE_SIZE;

		/* One old leaf table reaches into at most two new ones. */
		if (pagetable_make(mm, r->new + (va - r->old)) == NULL ||
		    pagetable_make(mm, r->new + (last - r->old)) == NULL)
			return false;
		va = last + PAGE_SIZE;
	}
	return true;
}

/* Entries from @from on, for the addresses [va, end), go to @to on. */
static void move_leaf(struct gather *g, pte_t *from, pte_t *to, vaddr_t va,
		      vaddr_t end)
{
	struct LOCK_OF(spinlock, leaf) *old_lock = pagetable_lock(from);
	struct LOCK_OF(spinlock, leaf) *new_lock = pagetable_lock(to);

	int64_t moved = 0;

	spin_lock_pair(old_lock, new_lock);
	for (unsigned i = 0; va != end; va += PAGE_SIZE, i++) {
		pte_t pte = pte_load(&from[i]);

		if (!pte_is_valid(pte))
			continue;
		pte_change(g->mm, va, &from[i], pte, PTE_NONE);
		pte_place(&to[i], pte);
		gather_range(g, va, va + PAGE_SIZE);
		moved++;
	}
	spin_unlock_pair(old_lock, new_lock);
	mm_add_resident(g->mm, to, moved);
	mm_add_resident(g->mm, from, -moved);
}

static void move_entries(struct mm *mm, struct pagecache *cache,
			 const struct remap *r)
{
	vaddr_t va = r->old, end = r->old + r->old_length;
	struct gather g;
	pte_t *from;

	users_lock(cache);
	gather_begin(&g, mm, FENCE_UNMAP);
	while ((from = pagetable_scan(mm->root, &va, end)) != NULL) {
		vaddr_t to = r->new + (va - r->old);
		vaddr_t stop = pagetable_leaf_end(va, end);

		stop = min(stop, va + (pagetable_leaf_end(to, user_end) - to));
		move_leaf(&g, from, pagetable_find(mm->root, to), va, stop);
		va = stop;
		cond_resched();
	}
	gather_end(&g);
	users_unlock(cache);
	race_point(entries_moved, cache);
}

/* ---- the VMAs ---- */

/* The VMA that contains the whole old range, or NULL. */
static struct vma *find_old(const struct change *c, const struct remap *r)
	REQUIRES(C_map)
{
	struct vma *vma = vma_find(change_vmas(c), r->old);

	if (vma == NULL || vma->start > r->old ||
	    vma->end - r->old < r->old_length)
		return NULL;
	return vma;
}

/* Who goes on by what was at the old place finds it at the new one. */
static void tell_where(struct mm *mm, const struct remap *r)
{
	if (READ_ONCE(mm->vdso) == r->old)
		WRITE_ONCE(mm->vdso, r->new);
}

/*
 * Move the old range, which @vma contains, to the new one.  What is mapped
 * there goes, but only when nothing can fail any more.
 */
static long move(struct change *c, struct vma *vma, const struct remap *r)
	REQUIRES(C_map)
{
	struct mm *mm = c->mm;
	struct pagecache *cache = vma->pagecache;

	if (!make_tables(mm, r)) {
		free_unused_tables(mm, r->new, r->new + r->new_length);
		return -ENOMEM;
	}
	unmap_pages(c, r->new, r->new + r->new_length);

	struct vma *moved = change_take_vma(c);

	vma = find_old(c, r);
	*moved = *vma;
	list_init(&moved->cache_link);
	moved->start = r->new;
	moved->end = r->new + r->new_length;
	moved->userfault = NULL; /* who is asked knows of the old place */
	if (cache != NULL)
		moved->offset += r->old - vma->start;
	vma_get_backing(moved);

	/* Both stand on the cache's list while the entries move, so that
	 * truncation finds a page at one place or the other. */
	if (change_extend(c, moved))
		change_doom(c, moved);
	else
		change_insert(c, moved);
	move_entries(mm, cache, r);
	tell_where(mm, r);
	unmap_range(c, r->old, r->old + r->old_length);
	return (long)r->new;
}

/* Try to enlarge @vma, which ends where the old range does, where it is. */
static bool grow_in_place(struct change *c, struct vma *vma,
			  const struct remap *r) REQUIRES(C_map)
{
	vaddr_t end = r->old + r->new_length;

	if (vma->end != r->old + r->old_length ||
	    !mm_range_ok(r->old, r->new_length) ||
	    map_window_over(c->mm, r->old, end) != c->window ||
	    !vma_range_is_free(change_vmas(c), vma->end, end))
		return false;
	change_resize(c, vma, vma->start, end);
	return true;
}

/* Cut off what the new length has no room for.  False: no memory. */
static bool shrink(struct change *c, struct remap *r) REQUIRES(C_map)
{
	vaddr_t start = r->old + r->new_length, end = r->old + r->old_length;

	if (start >= end)
		return true;
	if (!tables_own_around(c->mm, start, end))
		return false;
	unmap_range(c, start, end);
	r->old_length = r->new_length;
	return true;
}

static long remap(struct change *c, struct remap *r, bool may_move, bool fixed)
	REQUIRES(C_map)
{
	struct vma *vma = vma_find(change_vmas(c), r->old);

	if (vma == NULL || vma->start > r->old)
		return -EFAULT;
	if (r->old_length == 0)
		return -EINVAL; /* a second mapping of shared memory */
	/* Cutting off is as munmap: what is left may be anything. */
	if (!shrink(c, r))
		return -ENOMEM;
	if (!fixed && r->new_length == r->old_length)
		return (long)r->old;
	vma = find_old(c, r);
	if (vma == NULL)
		return -EFAULT;

	uint64_t more = (r->new_length - r->old_length) >> PAGE_SHIFT;

	if (!change_may_have_pages(c, vma->flags, more) ||
	    !mm_may_promise(vma->flags, more))
		return -ENOMEM;
	if (fixed)
		return move(c, vma, r);
	if (grow_in_place(c, vma, r))
		return (long)r->old;
	if (!may_move)
		return -ENOMEM;
	r->new = change_find_free(c, 0, r->new_length);
	return r->new == 0 ? -ENOMEM : move(c, vma, r);
}

/* In the window that has the old range; 0: it is in none, or there is no room. */
static long remap_here(struct mm *mm, const struct remap *wanted, bool may_move)
{
	struct remap r = *wanted;
	struct change c;
	long at = 0;

	change_begin_over(&c, mm, r.old, r.old + max(r.old_length, PAGE_SIZE));
	if (c.window != NULL && mm_may_split(mm, 4) && change_reserve(&c, 4))
		at = remap(&c, &r, may_move, false);
	change_end(&c);
	return at == -ENOMEM ? 0 : at;
}

static long remap_anywhere(struct mm *mm, struct remap *r, bool may_move,
			   bool fixed)
{
	struct change c;
	long at = -ENOMEM;

	/* The moved VMA, and a hole each at the new place, the old tail and
	 * the old place. */
	change_begin(&c, mm);
	if (mm_may_split(mm, 4) && change_reserve(&c, 4))
		at = remap(&c, r, may_move, fixed);
	change_end(&c);
	return at;
}

long mm_remap(struct mm *mm, vaddr_t old, uint64_t old_length,
	      uint64_t new_length, bool may_move, bool fixed, vaddr_t new_addr)
{
	struct remap r = { old, new_addr, old_length, new_length };
	long at = 0;

	if (!is_aligned(old, PAGE_SIZE) || new_length == 0)
		return -EINVAL;
	if (old >= user_end)
		return -EFAULT;
	if (old_length != 0 && !mm_range_ok(old, old_length))
		return new_length <= old_length ? -EINVAL : -EFAULT;
	if (!is_aligned(new_length, PAGE_SIZE) || new_length > user_end)
		return -ENOMEM;
	if (fixed && (!mm_range_ok(new_addr, new_length) ||
		      new_addr < MM_LOWEST || !may_move ||
		      (new_addr < old + old_length &&
		       old < new_addr + new_length)))
		return -EINVAL;
	if (unlikely(mm_window_at(mm, old) != NULL) && !fixed)
		at = remap_here(mm, &r, may_move);
	return at != 0 ? at : remap_anywhere(mm, &r, may_move, fixed);
}
