/*
 * mm/vma_ops.c - changing the VMAs of an address space: split, join, insert,
 * remove, with the references they hold and the mappings that list them.
 *
 * A VMA with a page cache is on that one's list of users, where truncation
 * finds it without map_sem.  So its bounds change only under users_lock, and
 * it leaves the list before its page tables may go.
 */

#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm_internal.h"
#include "mm/slab.h"
#include "mm/userfault.h"

static struct slab_cache *vma_cache;

void vma_ops_init(void)
{
	vma_cache = slab_create("vma", sizeof(struct vma));
}

struct vma *vma_alloc(void)
{
	struct vma *vma = slab_alloc(vma_cache);

	if (vma != NULL)
		list_init(&vma->cache_link);
	return vma;
}

void vma_get_what_it_has(const struct vma *vma)
{
	if (vma->pagecache != NULL)
		vma->pagecache->ops->get(vma->pagecache);
	if (vma->file != NULL)
		file_get(vma->file);
	if (vma->userfault != NULL)
		userfault_get(vma->userfault);
}

void vma_free(struct vma *vma)
{
	if (vma->pagecache != NULL)
		vma->pagecache->ops->put(vma->pagecache);
	if (vma->file != NULL)
		file_put(vma->file);
	if (unlikely(vma->userfault != NULL))
		userfault_put(vma->userfault);
	slab_free(vma_cache, vma);
}

/* ---- a page cache's list of users ---- */

/* Where @vma stands on it, for who holds its lock. */
static struct list *user_link(struct vma *vma) REQUIRES(C_mappers)
{
	return &vma->cache_link;
}

void vma_link_to_cache(struct vma *vma, struct vma *after)
{
	users_lock(vma->pagecache);
	if (after != NULL)
		list_insert_before(after->cache_link.next, user_link(vma));
	else
		list_push_back(&vma->pagecache->users, user_link(vma));
	users_unlock(vma->pagecache);
}

void vma_unlink_from_cache(struct vma *vma)
{
	users_lock(vma->pagecache);
	list_remove(user_link(vma));
	users_unlock(vma->pagecache);
}

/* ---- a change ---- */

static ALWAYS_INLINE void init(struct change *c, struct mm *mm)
{
	c->mm = mm;
	c->window = NULL;
	c->claim = NULL;
	c->nr_spare = 0;
	list_init(&c->doomed);
	race_point(change_begins, mm);
}

/* False: [start, end) is in no window that is open.  Whose limits count what the
 * whole address space has works on all of it. */
static NOINLINE bool begin_in_window(struct change *c, vaddr_t *start, vaddr_t *end)
{
	struct mm *mm = c->mm;

	if (mm_has_limits()) {
		*start = 0;
		*end = user_end;
		return false;
	}
	c->window = map_lock_window(mm, *start, *end);
	if (c->window != NULL)
		c->others = map_clear(mm, c->window);
	return c->window != NULL;
}

void NO_THREAD_SAFETY change_begin_over(struct change *c, struct mm *mm,
					vaddr_t start, vaddr_t end)
{
	init(c, mm);
	if (unlikely(READ_ONCE(mm->windows) != NULL) &&
	    begin_in_window(c, &start, &end))
		return;
	c->others = map_lock_over(mm, start, end);
}

bool NO_THREAD_SAFETY change_begin_here(struct change *c, struct mm *mm)
{
	const struct windows *all = READ_ONCE(mm->windows);
	vaddr_t start, end;

	if (all == NULL)
		return false;
	start = window_start(all, hart_id() % all->nr);
	end = start + PAGE_SIZE;
	init(c, mm);
	return begin_in_window(c, &start, &end);
}

bool change_reserve_more(struct change *c, unsigned nr_vmas)
{
	assert(nr_vmas <= CHANGE_VMAS);
	while (c->nr_spare < nr_vmas) {
		struct vma *vma = vma_alloc();

		if (vma == NULL)
			return false;
		c->spare[c->nr_spare++] = vma;
	}
	return true;
}

void NO_THREAD_SAFETY change_end(struct change *c)
{
	struct list *link;

	if (unlikely(c->claim != NULL))
		map_claim_end(c->mm, c->claim);
	else
		rwsem_unlock(map_lock_of(c->mm, c->window));
	while (c->nr_spare > 0)
		slab_free(vma_cache, c->spare[--c->nr_spare]);
	while ((link = list_pop_front(&c->doomed)) != NULL)
		vma_free(list_entry(link, struct vma, cache_link));
}

/* ---- bounds ---- */

static void assert_alone(const struct change *c)
{
	assert_rwsem_held_exclusive(map_lock_of(c->mm, c->window));
}

/* The mappings have @bytes more, or less if negative. */
static void account(struct change *c, int64_t bytes) REQUIRES(C_map)
{
	uint64_t *pages = likely(c->window == NULL) ? &c->mm->total_pages :
						      &c->window->pages;

	WRITE_ONCE(*pages, *pages + (uint64_t)(bytes >> PAGE_SHIFT));
}

static int64_t length(const struct vma *vma)
{
	return (int64_t)(vma->end - vma->start);
}

void change_resize(struct change *c, struct vma *vma, vaddr_t start,
		   vaddr_t end)
{
	assert_alone(c);
	users_lock(vma->pagecache);
	account(c, (int64_t)(end - start) - length(vma));
	if (vma->pagecache != NULL)
		vma->offset += start - vma->start;
	vma_resize(change_vmas(c), vma, start, end);
	users_unlock(vma->pagecache);
}

void change_split(struct change *c, struct vma *vma, vaddr_t at)
{
	struct vma *upper = change_take_vma(c);

	users_lock(vma->pagecache);
	vma_split(change_vmas(c), vma, at, upper);
	list_init(user_link(upper));
	if (vma->pagecache != NULL)
		list_insert_before(vma->cache_link.next, user_link(upper));
	users_unlock(vma->pagecache);
	vma_get_backing(upper);
}

struct vma *change_isolate(struct change *c, struct vma *vma, vaddr_t start,
			   vaddr_t end)
{
	if (vma->end > end)
		change_split(c, vma, end);
	if (vma->start >= start)
		return vma;
	change_split(c, vma, start);
	return vma_next(vma);
}

/* ---- in and out ---- */

/* @next's range becomes part of @prev; both fit. */
static void join(struct change *c, struct vma *prev, struct vma *next)
	REQUIRES(C_map)
{
	users_lock(prev->pagecache);
	vma_join(change_vmas(c), prev, next);
	prev->has_anon |= next->has_anon;
	list_remove(user_link(next));
	users_unlock(prev->pagecache);
	change_doom(c, next);
}

void change_merge(struct change *c, vaddr_t start, vaddr_t end)
{
	struct vma *vma, *next;

	vma_neighbours(change_vmas(c), start, &vma, &next);
	if (vma == NULL)
		vma = next;
	while (vma != NULL && vma->end <= end) {
		next = vma_next(vma);
		if (next != NULL && vma_can_merge(vma, next))
			join(c, vma, next);
		else
			vma = next;
	}
}

bool change_extend(struct change *c, const struct vma *new)
{
	struct vma *below, *above;

	assert_alone(c);
	vma_neighbours(change_vmas(c), new->start, &below, &above);
	if (below != NULL && vma_can_merge(below, new)) {
		below->has_anon |= new->has_anon;
		change_resize(c, below, below->start, new->end);
		if (above != NULL && vma_can_merge(below, above))
			join(c, below, above);
		return true;
	}
	if (above != NULL && vma_can_merge(new, above)) {
		above->has_anon |= new->has_anon;
		change_resize(c, above, new->start, above->end);
		return true;
	}
	return false;
}

void change_insert(struct change *c, struct vma *vma)
{
	vma_insert(change_vmas(c), vma);
	account(c, length(vma));
	vma_link(vma, NULL);
}

void change_remove(struct change *c, struct vma *vma)
{
	assert_alone(c);
	vma_unlink(vma);
	vma_remove(change_vmas(c), vma);
	account(c, -length(vma));
	change_doom(c, vma);
}
