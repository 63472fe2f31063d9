#pragma once

/*
 * mm/mm_internal.h - what the files of mm/ that change an address space
 * share: mm.c, map.c, unmap.c, protect.c, remap.c, fork.c, fault.c.
 */

#include "lib/bug.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/entry_internal.h"
#include "mm/fault.h"
#include "mm/gather.h"
#include "mm/limits.h"
#include "mm/map.h"
#include "mm/maplock.h"
#include "mm/pagecache.h"
#include "mm/pagetable.h"
#include "mm/vma.h"

/* May @mm have one more mapping than now?  @n more, by
 * splitting those it has? */
static inline bool mm_may_map_more(const struct mm *mm) REQUIRES_SHARED(C_map)
{
	return mm_nr_vmas(mm) <= READ_ONCE(max_map_count);
}

static inline bool mm_may_split(const struct mm *mm, unsigned n)
	REQUIRES_SHARED(C_map)
{
	return n == 0 || mm_nr_vmas(mm) + n <= READ_ONCE(max_map_count);
}

/*
 * A change to the VMAs of one address space, or a part of it: a window
 * (window.h), or what is claimed (claim.h).  What can fail, the memory for new
 * VMAs, is had before anything changes; what may sleep, giving up files, is done
 * after the lock is released.
 *
 *	struct change c;
 *
 *	change_begin(&c, mm);			map_sem exclusive
 *	if (change_reserve(&c, 2))		memory for two VMAs
 *		...
 *	change_end(&c);
 */
#define CHANGE_VMAS 4

struct change {
	struct mm *mm;
	struct window *window; /* all of it is in there; or NULL */
	struct hartmask others; /* that have the address space in satp */
	struct vma *spare[CHANGE_VMAS];
	unsigned nr_spare;
	struct list doomed; /* struct vma.cache_link: out of the tree */
	struct range_claim *claim; /* in place of map_sem: change_claim() */
};

/* For [start, end), which may be empty: so that a place is looked for where no
 * window is open. */
void change_begin_over(struct change *c, struct mm *mm, vaddr_t start,
		       vaddr_t end) ACQUIRES(C_map);
/* Where mappings that may be anywhere go on this hart: false: there is no window
 * for them, and nothing is locked. */
bool change_begin_here(struct change *c, struct mm *mm)
	TRY_ACQUIRE(true, C_map);
static inline void change_begin(struct change *c, struct mm *mm) ACQUIRES(C_map)
{
	change_begin_over(c, mm, 0, user_end);
}

/* Other harts run threads of the process now, who may want map_sem. */
static inline bool change_has_company(const struct change *c)
{
	return unlikely(!hartmask_is_empty(c->others)) && c->window == NULL &&
	       map_has_company(c->mm);
}

/* The mappings that are changed. */
static inline struct vma_tree *change_vmas(const struct change *c)
	REQUIRES(C_map)
{
	return likely(c->window == NULL) ? &c->mm->vmas : &c->window->vmas;
}

/* The tree is as it is to be: what is left concerns [start, end) alone. */
static inline void change_claim(struct change *c, vaddr_t start, vaddr_t end)
	REQUIRES(C_map)
{
	c->claim = map_claim(c->mm, start, end);
}

/* The limits allow @pages more.  In a window there are none: who has some works on
 * all there is, change_begin_over(). */
static inline bool change_may_have_pages(const struct change *c, unsigned flags,
					 uint64_t pages) REQUIRES_SHARED(C_map)
{
	return c->window != NULL || mm_may_have_pages(c->mm, flags, pages);
}

bool MUST_CHECK change_reserve_more(struct change *c, unsigned nr_vmas);
/* So many are at hand then.  False: no memory. */
static inline bool MUST_CHECK change_reserve(struct change *c, unsigned nr_vmas)
{
	return nr_vmas <= c->nr_spare || change_reserve_more(c, nr_vmas);
}

static inline struct vma *change_take_vma(struct change *c)
{
	assert(c->nr_spare > 0);
	return c->spare[--c->nr_spare];
}

/* @vma has left the tree; it goes when map_sem has been released. */
static inline void change_doom(struct change *c, struct vma *vma)
{
	list_push_back(&c->doomed, &vma->cache_link);
}

void change_end(struct change *c) RELEASES(C_map);

/* Of a change that may unmap [start, end): nobody has claimed any of it, nor
 * what is below the page tables that may go with it. */
void change_wait_for_tables(struct change *c, vaddr_t start, vaddr_t end)
	REQUIRES(C_map);
static inline void change_begin_unmap(struct change *c, struct mm *mm,
				      vaddr_t start, vaddr_t end) ACQUIRES(C_map)
{
	change_begin_over(c, mm, start, end);
	if (unlikely(mm->claims != NULL) && c->window == NULL)
		change_wait_for_tables(c, start, end);
}

/* ---- VMAs (vma_ops.c); in a change ---- */

void vma_ops_init(void);
struct vma *vma_alloc(void);
/* Drop what @vma refers to, and @vma. */
void vma_free(struct vma *vma);
/* Take references to what @vma refers to, if there is anything. */
void vma_get_what_it_has(const struct vma *vma);
static inline void vma_get_backing(const struct vma *vma)
{
	if (vma->pagecache != NULL || unlikely(vma->userfault != NULL))
		vma_get_what_it_has(vma);
}

/* If a neighbour of @new, whose range is free, fits: let that one grow. */
bool change_extend(struct change *c, const struct vma *new) REQUIRES(C_map);
/* Put @vma into the tree, and where truncation finds it. */
void change_insert(struct change *c, struct vma *vma) REQUIRES(C_map);
/* Take @vma out of the tree and off its page cache, and doom it. */
void change_remove(struct change *c, struct vma *vma) REQUIRES(C_map);
/* @vma ends at @at, which lies inside; the rest is a VMA of its own. */
void change_split(struct change *c, struct vma *vma, vaddr_t at)
	REQUIRES(C_map);
/* What @vma has in [start, end) becomes a VMA of its own: that one.  Takes as
 * many of the VMAs in reserve as vma_splits() says. */
struct vma *change_isolate(struct change *c, struct vma *vma, vaddr_t start,
			   vaddr_t end) REQUIRES(C_map);
/* Join the VMAs that touch [start, end) where they fit. */
void change_merge(struct change *c, vaddr_t start, vaddr_t end) REQUIRES(C_map);
/* New bounds; offset and list follow. */
void change_resize(struct change *c, struct vma *vma, vaddr_t start,
		   vaddr_t end) REQUIRES(C_map);

/* The list of who maps @m; NULL stands for anonymous memory, where there is
 * nothing to lock. */
static inline void users_lock(struct pagecache *m) ACQUIRES(C_mappers);
static inline void users_unlock(struct pagecache *m) RELEASES(C_mappers);

static inline NO_THREAD_SAFETY void users_lock(struct pagecache *m)
{
	if (m != NULL)
		mutex_lock(&m->users_lock);
}

static inline NO_THREAD_SAFETY void users_unlock(struct pagecache *m)
{
	if (m != NULL)
		mutex_unlock(&m->users_lock);
}

/* Put @vma on the list of its page cache, if it has one, behind @after if that
 * is not NULL. */
void vma_link_to_cache(struct vma *vma, struct vma *after);
static inline void vma_link(struct vma *vma, struct vma *after)
{
	if (vma->pagecache != NULL)
		vma_link_to_cache(vma, after);
}

void vma_unlink_from_cache(struct vma *vma);
static inline void vma_unlink(struct vma *vma)
{
	if (vma->pagecache != NULL)
		vma_unlink_from_cache(vma);
}

/* ---- page tables ---- */

/* Empty the entries of [start, end).  Tables stay. */
void zap_range(struct gather *g, vaddr_t start, vaddr_t end);
/* How many spare VMAs unmapping [start, end) takes: one if it makes a hole. */
unsigned unmap_needs(const struct mm *mm, vaddr_t start, vaddr_t end)
	REQUIRES_SHARED(C_map);
/* Unmap [start, end).  The second one leaves the page tables for what comes
 * next. */
void unmap_range(struct change *c, vaddr_t start, vaddr_t end) REQUIRES(C_map);
void unmap_pages(struct change *c, vaddr_t start, vaddr_t end) REQUIRES(C_map);
/* Free the page tables of [start, end), where something may be mapped, that no
 * VMA needs. */
void free_unused_tables(struct mm *mm, vaddr_t start, vaddr_t end)
	REQUIRES(C_map);

/* It is about to have fewer pages than it had: mm_peak(). */
void mm_note_peak(struct mm *mm);
static inline void mm_count_resident(struct mm *mm, int64_t pages)
{
	if (pages < 0)
		mm_note_peak(mm);
	atomic_fetch_add_relaxed(&mm->resident, (uint64_t)pages);
}

/* @mm maps so many pages more, all by the leaf table of @ptep: who shares that
 * table with another address space does not have to count (tables.h).  Before
 * map_sem is given back, or the visit ends. */
static inline void mm_add_resident(struct mm *mm, const pte_t *ptep,
				   int64_t pages)
{
	atomic_fetch_add_relaxed(&page_of_address(ptep)->mapped,
				 (uint32_t)pages);
	mm_count_resident(mm, pages);
}

/* The highest free range of @length bytes, in the window that is changed, or else
 * in none, and then the one at @hint if that is free; 0: there is none. */
vaddr_t change_find_free(const struct change *c, vaddr_t hint, uint64_t length)
	REQUIRES(C_map);

/* The page of @vma's page cache that belongs at @va. */
static inline uint64_t vma_page_index(const struct vma *vma, vaddr_t va)
{
	return (vma->offset + (va - vma->start)) >> PAGE_SHIFT;
}
