/*
 * mm/mm.c - an address space: made, shared, destroyed; and questions about
 * what it maps.
 *
 * Destroying needs no shootdown.  The last reference goes when no hart runs
 * the address space, and tlb_context_destroy() makes those that still have
 * it in satp let go of it before the first page table is touched.  What
 * their TLBs keep under its ASID is flushed before that is used again.
 */

#include "mm/mm.h"

#include "arch/barrier.h"
#include "arch/memory.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm_internal.h"
#include "mm/slab.h"
#include "mm/usage.h"
#include "sync/block.h"

#define DEFAULT_STACK_LIMIT (8UL << 20)

static struct slab_cache *mm_cache;

void mm_init(void)
{
	mm_cache = slab_create("mm", sizeof(struct mm));
	claims_init();
	vma_ops_init();
}

static pte_t *root_create(void)
{
	struct page *page = page_alloc_zeroed(PAGE_TABLE);

	if (page == NULL)
		return NULL;
	kernel_map_copy(page_address(page));
	return page_address(page);
}

/* The user half is empty. */
static void root_destroy(pte_t *root)
{
	kernel_map_clear(root);
	page_put_zeroed(page_of_address(root));
}

/* 64 bits are enough for centuries. */
uint64_t mm_new_serial(void)
{
	static uint64_t last; /* (a) */

	return atomic_fetch_add_relaxed(&last, 1) + 1;
}

static void unset_layout(struct mm *mm)
{
	is_private(map);
	mm->stack_top = mm->vdso = MM_UNSET;
	mm->heap_start = mm->heap_end = MM_UNSET;
	mm->arg_start = mm->arg_end = MM_UNSET;
	mm->env_end = mm->auxv_at = MM_UNSET;
}

bool mm_is_complete(const struct mm *mm)
{
	is_private(map);
	return mm->stack_top != MM_UNSET && mm->vdso != MM_UNSET &&
	       mm->heap_start != MM_UNSET && mm->heap_end != MM_UNSET &&
	       mm->arg_start != MM_UNSET && mm->arg_end != MM_UNSET &&
	       mm->env_end != MM_UNSET && mm->auxv_at != MM_UNSET;
}

struct mm *mm_create(void)
{
	struct mm *mm = slab_alloc_zeroed(mm_cache);

	if (mm == NULL)
		return NULL;
	mm->root = root_create();
	if (mm->root == NULL)
		goto no_root;
	if (tlb_context_init(&mm->tlb, virt_to_phys(mm->root)) != 0)
		goto no_context;
	rwsem_init(&mm->map_sem, RANK_MAP_SEM);
	vma_tree_init(&mm->vmas);
	mm->serial = mm_new_serial();
	mm->users = REFCOUNT_INIT(1);
	mm->grabbers = REFCOUNT_INIT(1);
	is_private(map);
	mm->stack_limit = DEFAULT_STACK_LIMIT;
	unset_layout(mm);
	return mm;

no_context:
	root_destroy(mm->root);
no_root:
	slab_free(mm_cache, mm);
	return NULL;
}

/* So many VMAs leave their page cache in one turn with its lock. */
#define UNLINK_TURNS 16

/*
 * Take the VMAs off their mappings and onto @all: truncation finds them no
 * more, and so shoots nothing down here.  A program's stand side by side, and
 * all who run it end here: they go in one turn with the lock, for all of them.
 */
static void unlink_vmas(struct mm *mm, struct list *all) REQUIRES(C_map)
{
	struct vma *vma = vma_first(mm_vmas(mm));
	struct pagecache *cache = NULL;
	unsigned turns = 0;

	list_init(all);
	users_lock(cache);
	for (; vma != NULL; vma = vma_next(vma)) {
		if ((vma->pagecache != NULL && vma->pagecache != cache) ||
		    ++turns == UNLINK_TURNS) {
			users_unlock(cache);
			cond_resched();
			turns = 0;
			cache = vma->pagecache;
			users_lock(cache);
		}
		list_move_back(all, &vma->cache_link);
	}
	users_unlock(cache);
}

/* VMA by VMA, so that only what is mapped is looked at.  A page table goes
 * with the last VMA in it. */
static void destroy_pages(struct mm *mm, const struct list *vmas)
{
	struct vma *vma;
	struct gather g;

	is_private(mappers); /* they left the lists of their page caches */
	gather_begin_dead(&g, mm);
	list_for_each_entry(vma, vmas, cache_link) {
		const struct list *next = vma->cache_link.next;

		zap_range(&g, vma->start, vma->end);
		pagetable_free(mm->root, &g, vma->start, vma->end, 0,
			       next == vmas ? user_end :
			       list_entry(next, struct vma, cache_link)->start);
		cond_resched();
	}
	gather_end(&g);
}

static void destroy_mappings(struct mm *mm)
{
	struct list vmas, *link;

	is_private(map);
	unlink_vmas(mm, &vmas);
	tlb_context_destroy(&mm->tlb);
	destroy_pages(mm, &vmas);
	while ((link = list_pop_front(&vmas)) != NULL) {
		vma_free(list_entry(link, struct vma, cache_link));
		cond_resched();
	}
}

static void mm_destroy(struct mm *mm)
{
	if (map_windows_open(mm) != 0) { /* to have all in one tree */
		map_lock(mm);
		map_unlock(mm);
	}
	destroy_mappings(mm);
	assert(mm->resident == 0 && mm->nr_tables == 0 &&
	       mm->nr_detached == 0);
	if (mm->claims != NULL)
		claims_free(mm->claims);
	kfree(mm->windows);
	if (mm->exe != NULL)
		file_put(mm->exe);
	root_destroy(mm->root);
	mm_drop(mm);
}

void mm_get(struct mm *mm)
{
	refcount_get(&mm->users);
}

void mm_put(struct mm *mm)
{
	if (refcount_put(&mm->users))
		mm_destroy(mm);
}

void mm_grab(struct mm *mm)
{
	refcount_get(&mm->grabbers);
}

void mm_drop(struct mm *mm)
{
	if (refcount_put(&mm->grabbers))
		slab_free(mm_cache, mm);
}

bool mm_try_get(struct mm *mm)
{
	return refcount_try_get(&mm->users);
}

/* ---- questions ---- */

void mm_note_peak(struct mm *mm)
{
	uint64_t resident = READ_ONCE(mm->resident), peak;

	/* No ORDER: the highest of all that come at once stays. */
	do
		peak = READ_ONCE(mm->peak);
	while (resident > peak && !atomic_replace(&mm->peak, peak, resident));
}

uint64_t mm_peak(const struct mm *mm)
{
	return max(READ_ONCE(mm->peak), READ_ONCE(mm->resident));
}

uint64_t mm_footprint(const struct mm *mm)
{
	return READ_ONCE(mm->resident) + READ_ONCE(mm->nr_tables) +
	       mm_nr_vmas(mm) * sizeof(struct vma) / PAGE_SIZE;
}

int mm_ask(struct mm *mm, vaddr_t start, uint64_t length,
	   int (*ask)(const struct vma *vma))
{
	vaddr_t at = start, end = start + length;
	bool hole = false;
	int err = 0;

	if (length == 0)
		return 0;
	map_share_over(mm, start, end);
	struct vma *vma = vma_find(mm_vmas_at(mm, start), start);

	for (; err == 0 && vma != NULL && vma->start < end;
	     vma = vma_next_below(vma, end)) {
		hole |= vma->start > at;
		at = min(vma->end, end);
		err = ask(vma);
		cond_resched();
	}
	map_unshare_at(mm, start);
	return err != 0 ? err : hole || at < end ? -ENOMEM : 0;
}

struct file *mm_next_shared_file(struct mm *mm, vaddr_t *at, vaddr_t end)
{
	struct file *file = NULL;
	vaddr_t start = *at;

	map_share_over(mm, start, end);
	struct vma *vma = vma_find(mm_vmas_at(mm, start), start);

	for (; file == NULL && vma != NULL && vma->start < end;
	     vma = vma_next_below(vma, end)) {
		*at = vma->end;
		if (vma_is_shared(vma) && vma->file != NULL)
			file_get(file = vma->file);
		cond_resched();
	}
	map_unshare_at(mm, start);
	return file;
}

static bool page_is_resident(struct mm *mm, const struct vma *vma, vaddr_t va)
	REQUIRES_SHARED(C_map)
{
	struct page *page;

	if (mm_next_resident(mm, va, va + PAGE_SIZE) == va)
		return true;
	if (vma->pagecache == NULL)
		return false;
	page = pagecache_page_find(vma->pagecache, vma_page_index(vma, va));
	if (page == NULL)
		return false;
	page_put(page);
	return true;
}

int mm_resident(struct mm *mm, vaddr_t start, uint64_t length, uint8_t *vec)
{
	vaddr_t va = start;

	if (length == 0)
		return 0;
	if (!mm_range_ok(start, length))
		return -ENOMEM;
	map_share_over(mm, start, start + length);
	struct vma *vma = vma_find(mm_vmas_at(mm, start), start);

	for (; va < start + length; va += PAGE_SIZE) {
		if (vma != NULL && va >= vma->end)
			vma = vma_next(vma);
		if (vma == NULL || va < vma->start)
			break;
		*vec++ = page_is_resident(mm, vma, va);
	}
	map_unshare_at(mm, start);
	return va == start + length ? 0 : -ENOMEM;
}
