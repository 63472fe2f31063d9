/*
 * mm/vma_ops.c - changing the VMAs of an address space: split, join, insert,
 * remove, with the references they hold and the mappings that list them.
 *
 * A VMA with a mapping is on the mapping's list of users, where truncation
 * finds it without map_sem.  So its bounds change only under users_lock, and
 * it leaves the list before its page tables may go.
 */

#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm_internal.h"
#include "mm/slab.h"

static struct slab_cache *vma_cache;

void vma_ops_init(void)
{
	vma_cache = slab_create("vma", sizeof(struct vma));
}

struct vma *vma_alloc(void)
{
	struct vma *vma = slab_alloc(vma_cache);

	if (vma != NULL)
		list_init(&vma->mapping_link);
	return vma;
}

void vma_get_backing(const struct vma *vma)
{
	if (vma->mapping != NULL)
		vma->mapping->ops->get(vma->mapping);
	if (vma->file != NULL)
		file_get(vma->file);
}

void vma_free(struct vma *vma)
{
	if (vma->mapping != NULL)
		vma->mapping->ops->put(vma->mapping);
	if (vma->file != NULL)
		file_put(vma->file);
	slab_free(vma_cache, vma);
}

/* ---- a mapping's list of users ---- */

static NO_THREAD_SAFETY void lock_users(struct vma *vma)
{
	if (vma->mapping != NULL)
		mutex_lock(&vma->mapping->users_lock);
}

static NO_THREAD_SAFETY void unlock_users(struct vma *vma)
{
	if (vma->mapping != NULL)
		mutex_unlock(&vma->mapping->users_lock);
}

void vma_link(struct vma *vma, struct vma *after)
{
	if (vma->mapping == NULL)
		return;
	lock_users(vma);
	if (after != NULL)
		list_insert_before(after->mapping_link.next, &vma->mapping_link);
	else
		list_push_back(&vma->mapping->users, &vma->mapping_link);
	unlock_users(vma);
}

void vma_unlink(struct vma *vma)
{
	if (vma->mapping == NULL)
		return;
	lock_users(vma);
	list_remove(&vma->mapping_link);
	unlock_users(vma);
}

/* ---- a change ---- */

static void drop_spares(struct change *c)
{
	while (c->nr_spare > 0)
		slab_free(vma_cache, c->spare[--c->nr_spare]);
}

NO_THREAD_SAFETY
bool change_begin(struct change *c, struct mm *mm, unsigned nr_vmas)
{
	assert(nr_vmas <= CHANGE_VMAS);
	c->mm = mm;
	list_init(&c->doomed);
	for (c->nr_spare = 0; c->nr_spare < nr_vmas; c->nr_spare++) {
		c->spare[c->nr_spare] = vma_alloc();
		if (c->spare[c->nr_spare] == NULL) {
			drop_spares(c);
			return false;
		}
	}
	rwsem_lock(&mm->map_sem);
	return true;
}

struct vma *change_take_vma(struct change *c)
{
	assert(c->nr_spare > 0);
	return c->spare[--c->nr_spare];
}

void change_doom(struct change *c, struct vma *vma)
{
	list_push_back(&c->doomed, &vma->mapping_link);
}

NO_THREAD_SAFETY void change_end(struct change *c)
{
	struct list *link;

	rwsem_unlock(&c->mm->map_sem);
	drop_spares(c);
	while ((link = list_pop_front(&c->doomed)) != NULL)
		vma_free(list_entry(link, struct vma, mapping_link));
}

/* ---- bounds ---- */

void change_resize(struct change *c, struct vma *vma, vaddr_t start,
		   vaddr_t end)
{
	struct mm *mm = c->mm;

	assert_rwsem_held_exclusive(&mm->map_sem);
	lock_users(vma);
	mm->total_pages += ((end - start) >> PAGE_SHIFT) -
			   ((vma->end - vma->start) >> PAGE_SHIFT);
	vma->offset += start - vma->start;
	vma_resize(&mm->vmas, vma, start, end);
	unlock_users(vma);
}

void change_split(struct change *c, struct vma *vma, vaddr_t at)
{
	struct vma *upper = change_take_vma(c);

	*upper = *vma;
	list_init(&upper->mapping_link);
	upper->start = at;
	upper->offset += at - vma->start;
	vma_get_backing(upper);

	lock_users(vma);
	vma_resize(&c->mm->vmas, vma, vma->start, at);
	vma_insert(&c->mm->vmas, upper);
	if (vma->mapping != NULL)
		list_insert_before(vma->mapping_link.next, &upper->mapping_link);
	unlock_users(vma);
}

/* ---- in and out ---- */

/* @next's range becomes part of @prev; both fit. */
static void join(struct change *c, struct vma *prev, struct vma *next)
{
	struct vma_tree *vmas = &c->mm->vmas;

	lock_users(prev);
	vma_remove(vmas, next);
	vma_resize(vmas, prev, prev->start, next->end);
	prev->has_anon |= next->has_anon;
	list_remove(&next->mapping_link);
	unlock_users(prev);
	change_doom(c, next);
}

void change_merge(struct change *c, vaddr_t start, vaddr_t end)
{
	struct vma *vma, *next;

	vma_neighbours(&c->mm->vmas, start, &vma, &next);
	if (vma == NULL)
		vma = next;
	while (vma != NULL && vma->start <= end) {
		next = vma_next(vma);
		if (next != NULL && next->start <= end &&
		    vma_can_merge(vma, next))
			join(c, vma, next);
		else
			vma = next;
	}
}

void change_insert(struct change *c, struct vma *vma)
{
	struct vma *below, *above;

	assert_rwsem_held_exclusive(&c->mm->map_sem);
	vma_neighbours(&c->mm->vmas, vma->start, &below, &above);
	if (below != NULL && vma_can_merge(below, vma)) {
		below->has_anon |= vma->has_anon;
		change_resize(c, below, below->start, vma->end);
		change_doom(c, vma);
		if (above != NULL && vma_can_merge(below, above))
			join(c, below, above);
		return;
	}
	if (above != NULL && vma_can_merge(vma, above)) {
		above->has_anon |= vma->has_anon;
		change_resize(c, above, vma->start, above->end);
		change_doom(c, vma);
		return;
	}
	vma_insert(&c->mm->vmas, vma);
	c->mm->total_pages += (vma->end - vma->start) >> PAGE_SHIFT;
	vma_link(vma, NULL);
}

void change_remove(struct change *c, struct vma *vma)
{
	assert_rwsem_held_exclusive(&c->mm->map_sem);
	vma_unlink(vma);
	vma_remove(&c->mm->vmas, vma);
	c->mm->total_pages -= (vma->end - vma->start) >> PAGE_SHIFT;
	change_doom(c, vma);
}
