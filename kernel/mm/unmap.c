/*
 * mm/unmap.c - taking pages out of address spaces: munmap, madvise
 * (MADV_DONTNEED), truncation.
 *
 * munmap and discard hold the lock of the mappings exclusive, or have claimed their range.  With
 * the shared form two threads could discard one range: the second finds the entries empty
 * already, returns without a shootdown, and goes on using what the first has
 * not shot down yet.
 */

#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm_internal.h"
#include "mm/tables.h"
#include "sync/block.h"

/*
 * Empty the entries of [va, end), which one leaf table holds, its lock held.
 * Returns how many mapped something.  A full batch is shot down and freed on
 * the way.
 */
static unsigned zap_leaf(struct gather *g, pte_t *ptep, vaddr_t va,
			 vaddr_t end) REQUIRES(C_leaf)
{
	struct page *const pages = page_array, *const zero = zero_page;
	vaddr_t from = va; /* what lies before is in the gather's range */
	unsigned zapped = 0, n = g->nr_pages;

	for (; va != end; va += PAGE_SIZE, ptep++) {
		pte_t old = pte_load(ptep);

		if (mostly(!pte_is_valid(old))) /* in a stack that is given up */
			continue;

		struct page *page = &pages[pte_frame(old)];

		pte_change(g->mm, va, ptep, old, PTE_NONE);
		zapped++;
		if (unlikely(page == zero))
			continue;
		if (unlikely(page->kind == PAGE_CACHE) && pte_is_writable(old))
			g->written |= 1UL << n;
		g->pages[n++] = page;
		if (unlikely(n == GATHER_BATCH)) {
			gather_range(g, from, va + PAGE_SIZE);
			gather_flush_pages(g, n);
			from = va + PAGE_SIZE;
			n = 0;
		}
	}
	g->nr_pages = n;
	if (zapped != 0 && from != end)
		gather_range(g, from, end);
	return zapped;
}

void zap_range(struct gather *g, vaddr_t start, vaddr_t end)
{
	vaddr_t va = start;
	pte_t *ptep;

	tables_drop(g, start, end);
	while ((ptep = pagetable_scan(g->mm->root, &va, end)) != NULL) {
		struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(ptep);
		vaddr_t stop = pagetable_leaf_end(va, end);

		spin_lock(lock);
		unsigned zapped = zap_leaf(g, ptep, va, stop);

		spin_unlock(lock);
		mm_add_resident(g->mm, ptep, -(int64_t)zapped);
		va = stop;
		if (va < end)
			cond_resched();
	}
}

unsigned unmap_needs(const struct mm *mm, vaddr_t start, vaddr_t end)
{
	const struct vma *vma = vma_find(mm_vmas_at(mm, start), start);

	return vma != NULL && vma->start < start && vma->end > end ? 1 : 0;
}

/* Take what lies in [start, end) out of the tree. */
static void remove_vmas(struct change *c, vaddr_t start, vaddr_t end)
	REQUIRES(C_map)
{
	struct vma *vma = vma_find(change_vmas(c), start);

	while (vma != NULL && vma->start < end) {
		struct vma *next = vma_next_below(vma, end);

		if (vma->start >= start && vma->end <= end) {
			change_remove(c, vma);
		} else if (vma->start >= start) {
			change_resize(c, vma, end, vma->end);
		} else if (vma->end <= end) {
			change_resize(c, vma, vma->start, start);
		} else { /* a hole in the middle */
			change_split(c, vma, end);
			change_resize(c, vma, vma->start, start);
		}
		vma = next;
		cond_resched();
	}
}

/* The addresses around a range where nothing is mapped, it included: its page
 * tables may go as far as that. */
struct free_room {
	vaddr_t floor, ceiling;
};

/* No room goes beyond the window that @at is in, nor into another one: what is
 * mapped there is in another tree. */
static struct free_room room_beside_windows(const struct mm *mm, vaddr_t at)
{
	struct free_room room = { 0, user_end };

	if (unlikely(READ_ONCE(mm->windows) != NULL))
		windows_bound(mm->windows, at, &room.floor, &room.ceiling);
	return room;
}

/* Around [start, end), in which nothing is mapped any more. */
static struct free_room room_around(const struct mm *mm, vaddr_t start)
	REQUIRES_SHARED(C_map)
{
	struct free_room room = room_beside_windows(mm, start);
	struct vma *below, *above;

	vma_neighbours(mm_vmas_at(mm, start), start, &below, &above);
	if (below != NULL)
		room.floor = max(room.floor, below->end);
	if (above != NULL)
		room.ceiling = min(room.ceiling, above->start);
	return room;
}

/* The same before something is unmapped there. */
static struct free_room room_to_be(const struct mm *mm, vaddr_t start,
				   vaddr_t end) REQUIRES_SHARED(C_map)
{
	struct free_room room = room_beside_windows(mm, start);
	struct vma *first, *last, *below, *above;

	vma_neighbours(mm_vmas(mm), start, &below, &first);
	vma_neighbours(mm_vmas(mm), end, &last, &above);
	if (below != NULL)
		room.floor = max(room.floor, min(below->end, start));
	if (last != NULL && last->end > end)
		room.ceiling = end;
	else if (above != NULL)
		room.ceiling = min(room.ceiling, above->start);
	return room;
}

/* Hole by hole: no VMA's end would find one that is in none. */
void free_unused_tables(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct free_room room = room_beside_windows(mm, start);
	vaddr_t floor = room.floor, ceiling = 0;
	struct vma *below, *above;
	struct gather g;

	vma_neighbours(mm_vmas_at(mm, start), start, &below, &above);
	if (below != NULL)
		floor = max(floor, below->end);
	gather_begin(&g, mm, FENCE_UNMAP);
	while (ceiling < end) {
		ceiling = min(room.ceiling, above != NULL ? above->start :
							    user_end);
		if (max(start, floor) < min(end, ceiling))
			pagetable_free(mm->root, &g, max(start, floor),
				       min(end, ceiling), floor, ceiling);
		if (above == NULL)
			break;
		floor = above->end;
		above = vma_next(above);
		cond_resched();
	}
	gather_end(&g);
}

void unmap_pages(struct change *c, vaddr_t start, vaddr_t end)
{
	struct gather g;

	remove_vmas(c, start, end);
	gather_begin(&g, c->mm, FENCE_UNMAP);
	zap_range(&g, start, end);
	gather_end(&g);
}

/* No VMA is left in [start, end), nor in @room around it. */
static ALWAYS_INLINE void unmap_all(struct mm *mm, vaddr_t start, vaddr_t end,
				    struct free_room room)
{
	struct gather g;

	gather_begin(&g, mm, FENCE_UNMAP);
	zap_range(&g, start, end);
	pagetable_free(mm->root, &g, start, end, room.floor, room.ceiling);
	gather_end(&g);
}

void unmap_range(struct change *c, vaddr_t start, vaddr_t end)
{
	remove_vmas(c, start, end);
	unmap_all(c->mm, start, end, room_around(c->mm, start));
}

/* The same, and last: others come to their turns as soon as the tree is done. */
static NOINLINE void unmap_and_let_in(struct change *c, vaddr_t start,
				      vaddr_t end) REQUIRES(C_map)
{
	vaddr_t from = start, to = end;
	struct free_room room;

	remove_vmas(c, start, end);
	room = room_around(c->mm, start);
	pagetable_widen(&from, &to, room.floor, room.ceiling);
	change_claim(c, from, to);
	unmap_all(c->mm, start, end, room);
}

void change_wait_for_tables(struct change *c, vaddr_t start, vaddr_t end)
{
	struct free_room room = room_to_be(c->mm, start, end);

	pagetable_widen(&start, &end, room.floor, room.ceiling);
	if (map_claim_over(c->mm, start, end) == NULL)
		return;
	map_unlock(c->mm);
	map_lock(c->mm);
}

int mm_unmap(struct mm *mm, vaddr_t start, uint64_t length)
{
	struct change c;
	bool ok;

	if (!mm_range_ok(start, length))
		return -EINVAL;
	change_begin_unmap(&c, mm, start, start + length);
	unsigned splits = unmap_needs(mm, start, start + length);

	ok = mm_may_split(mm, splits) && change_reserve(&c, splits) &&
	     tables_own_around(mm, start, start + length);
	if (ok && change_has_company(&c))
		unmap_and_let_in(&c, start, start + length);
	else if (ok)
		unmap_range(&c, start, start + length);
	change_end(&c);
	return ok ? 0 : -ENOMEM;
}

/* ---- a mapping as a whole ---- */

/* The first VMA from @from on that is part of a mapping of @cache (NULL: of any
 * with @ops), which was mapped at @start. */
static struct vma *find_part(const struct mm *mm, vaddr_t from, vaddr_t start,
			     const struct pagecache *cache,
			     const struct pagecache_ops *ops)
	REQUIRES_SHARED(C_map)
{
	struct vma *vma = vma_find(mm_vmas(mm), from);

	for (; vma != NULL; vma = vma_next(vma)) {
		const struct pagecache *m = vma->pagecache;

		if (m != NULL && m->ops == ops && (cache == NULL || m == cache) &&
		    vma->start - vma->offset == start)
			return vma;
		cond_resched();
	}
	return NULL;
}

int mm_unmap_object(struct mm *mm, vaddr_t start,
		    const struct pagecache_ops *ops)
{
	const struct pagecache *cache = NULL;
	vaddr_t at = start;
	struct change c;
	struct vma *vma;

	change_begin(&c, mm);
	while ((vma = find_part(mm, at, start, cache, ops)) != NULL) {
		cache = vma->pagecache;
		at = vma->end;
		unmap_range(&c, vma->start, at);
	}
	change_end(&c);
	return cache == NULL ? -EINVAL : 0;
}

/* What @vma has in [start, end). */
static int discard(struct gather *g, const struct vma *vma, vaddr_t start,
		   vaddr_t end) REQUIRES(C_map)
{
	if (vma->flags & VMA_LOCKED)
		return -EINVAL;
	if (!tables_own_around(g->mm, start, end))
		return -EAGAIN;
	zap_range(g, start, end);
	return 0;
}

int mm_discard(struct mm *mm, vaddr_t start, uint64_t length)
{
	vaddr_t at = start, end = start + length;
	bool hole = false;
	struct change c;
	struct gather g;
	int err = 0;

	if (length == 0)
		return 0;
	if (!mm_range_ok(start, length))
		return -ENOMEM;

	change_begin_over(&c, mm, start, end);
	gather_begin(&g, mm, FENCE_UNMAP);
	struct vma *vma = vma_find(change_vmas(&c), start);

	for (; vma != NULL && vma->start < end; vma = vma_next_below(vma, end)) {
		hole |= vma->start > at;
		at = min(vma->end, end);
		err = discard(&g, vma, max(vma->start, start), at);
		if (err != 0)
			break;
		cond_resched();
	}
	gather_end(&g);
	change_end(&c);
	race_point(pages_discarded, mm);
	if (err != 0)
		return err;
	return hole || at < end ? -ENOMEM : 0;
}

/* ---- truncation ---- */

/*
 * Empty the entries of [start, end) of @vma, whose users_lock is held but
 * not its map_sem.  The shootdown comes before the leaf lock is dropped: an
 * munmap or mprotect that finds an entry empty may rely on its being gone
 * from every TLB.
 */
static void zap_vma(struct vma *vma, vaddr_t start, vaddr_t end)
	REQUIRES(C_mappers)
{
	vaddr_t va = start;
	struct gather g;
	pte_t *ptep;

	gather_begin(&g, vma->mm, FENCE_UNMAP);
	while ((ptep = pagetable_scan(vma->mm->root, &va, end)) != NULL) {
		struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(ptep);
		vaddr_t stop = pagetable_leaf_end(va, end);

		spin_lock(lock);
		unsigned zapped = zap_leaf(&g, ptep, va, stop);

		gather_flush(&g);
		spin_unlock(lock);
		mm_add_resident(vma->mm, ptep, -(int64_t)zapped);
		va = stop;
		if (va < end)
			cond_resched();
	}
	gather_end(&g);
}

void mm_zap_pagecache(struct pagecache *m, uint64_t first)
{
	struct vma *vma;

	mutex_lock(&m->users_lock);
	list_for_each_entry(vma, &m->users, cache_link) {
		uint64_t pages = (vma->end - vma->start) >> PAGE_SHIFT;
		uint64_t low = vma->offset >> PAGE_SHIFT;

		cond_resched();
		if (first < low + pages)
			zap_vma(vma, vma->start +
				((max(first, low) - low) << PAGE_SHIFT), vma->end);
	}
	mutex_unlock(&m->users_lock);
	race_point(pagecache_zapped, m);
}
