/*
 * mm/fork.c - a copy of an address space that shares every page.
 *
 * Each private page of its own that the parent maps is mapped by the child
 * too, with one more reference; where the parent could write it, both lose W
 * and gain COW.  What a fault can rebuild is not copied: pages of files and
 * of shared memory, the zero page.
 *
 * Of a big mapping none of that is done now.  Its page tables are detached from
 * the parent and are the child's too, and who touches a page of one first does
 * it then, for that one table (tables.h).  So fork looks at the entries of the
 * tables that a mapping has in part, and else at tables.
 *
 * The parent's map_sem is held exclusive from the first entry to the end of
 * the one shootdown.  Released before, another thread of the parent could
 * take a COW fault, get its copy, and a third one, with the old writable
 * translation still in its TLB, would go on writing the page that is the
 * child's by now.  The shootdown comes even if the fork fails: an entry that
 * has no W must not be writable in any TLB, or the next fork, which finds
 * nothing to take away, would not shoot down at all.
 */

#include "arch/icache.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "mm/mm_internal.h"
#include "mm/slab.h"
#include "mm/tables.h"
#include "sync/block.h"
#include "sync/spin_pair.h"

struct fork {
	struct mm *parent, *child;
	struct gather lost; /* where the parent lost W */
	bool failed;        /* no memory for a page table */
};

/*
 * Share the pages that the parent maps by @from on, for [va, end), with the
 * child's entries from @to on; returns how many.  Both leaf locks are held.
 */
static unsigned share_leaf(struct fork *f, pte_t *from, pte_t *to, vaddr_t va,
			   vaddr_t end) REQUIRES(C_leaf)
{
	unsigned shared = 0;
	uint64_t lost = 0;

	for (vaddr_t at = va; at != end; at += PAGE_SIZE, from++, to++) {
		pte_t pte = pte_load(from);

		if (!pte_is_valid(pte))
			continue;

		struct page *page = pte_page(pte);

		if (page->kind != PAGE_ANON)
			continue;
		if (pte.bits & PTE_W) {
			lab_assert(!(pte.bits & PTE_COW) &&
				   page_refs(page) == 1);
			lost = PTE_W;
			pte = pte_make_cow(f->parent, at, from, pte);
		}
		page_get(page);
		pte_place(to, pte);
		shared++;
	}
	if (lost != 0)
		gather_range(&f->lost, va, end);
	return shared;
}

/* Page by page.  False: no memory. */
static bool share_pages(struct fork *f, vaddr_t va, vaddr_t end) REQUIRES(C_map)
{
	pte_t *from;

	if (!tables_own(f->parent, va, end))
		return false;
	while ((from = pagetable_scan(f->parent->root, &va, end)) != NULL) {
		vaddr_t stop = pagetable_leaf_end(va, end);
		pte_t *to = pagetable_make(f->child, va);

		if (to == NULL)
			return false;

		struct LOCK_OF(spinlock, leaf) *from_lock = pagetable_lock(from);
		struct LOCK_OF(spinlock, leaf) *to_lock = pagetable_lock(to);

		/* The child's too: truncation may have found its VMA. */
		spin_lock_pair(from_lock, to_lock);
		unsigned shared = share_leaf(f, from, to, va, stop);

		spin_unlock_pair(from_lock, to_lock);
		mm_add_resident(f->child, to, shared);
		va = stop;
		if (va < end)
			cond_resched();
	}
	return true;
}

/*
 * The tables that lie wholly in a private anonymous mapping are shared as they
 * are, the rest page by page; so is what is locked, to be there without a
 * fault.  False: no memory.
 */
static inline bool share_vma(struct fork *f, const struct vma *vma)
	REQUIRES(C_map)
{
	vaddr_t from, to;

	if (likely(vma->end - vma->start < PT_SPAN(1)) ||
	    vma->pagecache != NULL || (vma->flags & VMA_LOCKED) ||
	    !tables_within(vma->start, vma->end, &from, &to))
		return share_pages(f, vma->start, vma->end);
	return share_pages(f, vma->start, from) &&
	       tables_share(&f->lost, f->child, from, to) &&
	       share_pages(f, to, vma->end);
}

/* A copy of @vma for the child, with its pages; NULL: no memory. */
static struct vma *copy_vma(struct vma *vma, void *ctx) REQUIRES(C_map)
{
	struct fork *f = ctx;
	struct vma *copy = f->failed ? NULL : vma_alloc();

	if (copy == NULL)
		return NULL;
	*copy = *vma;
	copy->mm = f->child;
	copy->flags &= ~VMA_LOCKED;
	copy->userfault = NULL; /* who is asked knows of the parent alone */
	list_init(&copy->cache_link);
	vma_get_backing(copy);
	/*
	 * Listed behind the parent's, before its pages are shared: a
	 * truncation visits the parent first, so what it takes from there is
	 * not shared any more, and what was shared before it finds here.
	 */
	vma_link(copy, vma);
	cond_resched();
	if (!vma_is_shared(vma) && vma->has_anon && !share_vma(f, vma))
		f->failed = true;
	return copy;
}

static void copy_layout(struct mm *child, const struct mm *parent)
	REQUIRES(C_map)
{
	child->heap_start = parent->heap_start;
	child->heap_end = parent->heap_end;
	child->vdso = READ_ONCE(parent->vdso);
	child->stack_top = parent->stack_top;
	child->stack_limit = parent->stack_limit;
	child->arg_start = parent->arg_start;
	child->arg_end = parent->arg_end;
	child->env_end = parent->env_end;
	child->auxv_at = parent->auxv_at;
	child->total_pages = parent->total_pages;
	child->membarriers = READ_ONCE(parent->membarriers);
	child->dumpable = READ_ONCE(parent->dumpable);
	child->exe = parent->exe;
	if (child->exe != NULL)
		file_get(child->exe);
}

struct mm *mm_fork(struct mm *parent)
{
	struct fork f = { .parent = parent, .child = mm_create() };

	if (f.child == NULL)
		return NULL;

	race_point(fork_begins, parent);
	map_lock(parent);
	copy_layout(f.child, parent);
	gather_begin(&f.lost, parent, FENCE_FORK);
	bool ok = vma_tree_clone(mm_vmas_exclusive(f.child),
			     mm_vmas(parent), copy_vma, &f) &&
		  !f.failed;

	gather_end(&f.lost);
	/* Now: what another thread has said of its new code, and the child has
	 * got to know by a page of those above, it has asked for before. */
	icache_inherit(&f.child->tlb, &parent->tlb);
	map_unlock(parent);
	race_point(fork_unlocked, parent);
	if (ok)
		return f.child;
	mm_put(f.child);
	return NULL;
}
