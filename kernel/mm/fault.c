/*
 * mm/fault.c - page faults: the only place where pages enter an address
 * space.
 *
 * mm_fault_once() finds the VMA, looks at the entry, and lets one of the
 * functions below change it:
 *
 *	entry is	access	backing		answer
 *	empty		read	anonymous	fault_zero: the zero page, COW
 *	empty		write	anonymous	fault_anon: a zeroed page
 *	empty		read	file, shared	fault_file: the file's page
 *	empty		read	file, private	fault_file: the same, COW
 *	empty		write	file, private	fault_file_copy: a copy of it
 *	COW		write	private		reuse_cow: W, if nobody else
 *						has it; or fault_cow: a copy
 *	empty, r/o	write	shared		fault_shared: W, and dirty
 *	sufficient	any	any		fault_spurious: fence here
 *
 * Each function decides on what it saw without the leaf lock, prepares the
 * page, and then takes the lock and looks again.  An entry that is no longer
 * what was seen means that another thread was faster: its page stays, ours is
 * dropped, and the access is tried again.  So a fault takes one leaf lock,
 * never for longer than a few entries' worth of work, unless it has to wait
 * for a shootdown.
 *
 * The mappings stay as they are meanwhile: the fault visits the address space,
 * which it writes down in a word of its own hart (mm/maplock.h).  What a
 * visitor cannot do is to sleep, and to come in while somebody changes the
 * mappings.  Then the fault begins anew, with their lock shared.
 */

#include "debug/race.h"
#include "debug/trace.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/fault_internal.h"

/* ---- anonymous memory that is touched for the first time ---- */

/* Map @page, if the entry is still empty. */
static inline bool fill_empty(const struct fault *f, const struct page *page,
			      uint64_t flags)
{
	struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(f->ptep);

	spin_lock(lock);
	bool empty = !pte_is_valid(pte_load(f->ptep));

	if (likely(empty))
		pte_publish(f->ptep, page_pte(page, flags));
	spin_unlock(lock);
	race_point(fault_filled, f->ptep);
	if (likely(empty))
		mm_add_resident(f->mm, f->ptep, 1);
	return empty;
}

bool fault_fill_empty(const struct fault *f, const struct page *page,
		      uint64_t flags)
{
	return fill_empty(f, page, flags);
}

static inline enum fault_result fault_zero(struct fault f)
{
	if (likely(fill_empty(&f, zero_page, f.vma->pte_flags)))
		count(faults_zero);
	return FAULT_OK;
}

static inline enum fault_result fault_anon(struct fault f)
{
	struct page *page;

	race_point(anon_missing, f.ptep);
	page = page_alloc_zeroed(PAGE_ANON);
	if (unlikely(page == NULL))
		return FAULT_NOMEM;
	vma_gets_anon(f.vma);
	page_sync_icache(page, f.vma->pte_own_flags);
	if (likely(fill_empty(&f, page, f.vma->pte_own_flags))) {
		count(faults_anon);
		race_point(anon_mapped, f.ptep);
	} else {
		page_put(page);
		race_point(anon_was_mapped, f.ptep);
	}
	return FAULT_OK;
}

/* ---- entries that are there already ---- */

/*
 * The page of a COW entry gets W back when nobody else has it, which is
 * decided under the leaf lock.  False: others have it.
 */
static inline bool reuse_cow(struct fault f)
{
	struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(f.ptep);
	struct page *page = pte_page(f.seen);

	race_point(cow_found, f.mm);
	spin_lock(lock);
	bool same = pte_same(pte_load(f.ptep), f.seen);
	bool alone = same && page_is_exclusive(page);

	if (alone) {
		pte_grant(f.ptep, f.seen, page_pte(page, f.vma->pte_own_flags));
		count(faults_cow_reuse);
		trace(cow_reuse, f.ptep, 0);
	}
	spin_unlock(lock);
	return alone || !same;
}

/* The entry allows the access: another thread's fault was faster, or this
 * hart still holds what the entry was before a right was granted. */
static NOINLINE enum fault_result fault_spurious(struct fault f)
{
	count(faults_spurious);
	if (f.mm == current_mm())
		tlb_flush_local_page(f.va, FENCE_SPURIOUS);
	return FAULT_OK;
}

/* ---- which of them ---- */

/* Does @vma allow @access?  By @force everything may be read, and written
 * where a page of its own can take the write. */
static inline bool allows(const struct vma *vma, enum access access, bool force)
{
	switch (access) {
	case ACCESS_READ: /* an entry that can be written can be read */
		return vma->flags & (VMA_READ | VMA_WRITE) || force;
	case ACCESS_WRITE:
		return vma->flags & VMA_WRITE ||
		       (force && !vma_is_shared(vma));
	default:
		return vma->flags & VMA_EXEC;
	}
}

/* The table at the head of the file, most frequent first. */
static inline enum fault_result answer(struct fault f, bool write)
{
	if (!pte_is_valid(f.seen)) {
		if (unlikely(f.vma->userfault != NULL))
			return FAULT_HANDED;
		if (f.vma->pagecache == NULL)
			return write ? fault_anon(f) : fault_zero(f);
		if (!write)
			return fault_file(f);
		return vma_is_shared(f.vma) ? fault_shared(f) : fault_file_copy(f);
	}
	if (write && pte_is_cow(f.seen))
		return reuse_cow(f) ? FAULT_OK : fault_cow(f);
	if (!write || pte_is_writable(f.seen))
		return fault_spurious(f);
	return fault_shared(f);
}

static ALWAYS_INLINE enum fault_result
fault_in_vma(struct mm *mm, struct vma *vma, vaddr_t addr, bool write)
{
	struct fault f = { .mm = mm, .vma = vma,
			   .va = align_down(addr, PAGE_SIZE) };

	f.ptep = pagetable_find(mm->root, addr);
	if (unlikely(f.ptep == NULL)) {
		f.ptep = pagetable_make(mm, addr);
		if (f.ptep == NULL)
			return FAULT_NOMEM;
	}
	race_point(fault_begins, f.ptep);
	f.seen = pte_load(f.ptep);
	return answer(f, write);
}

/* ---- the way in ---- */

/* @addr is in no mapping.  @above: the first above it, or NULL; above a window
 * there may be a stack. */
static inline enum fault_result outside(const struct mm *mm, vaddr_t addr,
					const struct vma *above)
{
	bool grows = above != NULL ? above->flags & VMA_GROWSDOWN :
				     mm_window_at(mm, addr) != NULL;

	return grows ? FAULT_STACK : FAULT_NOMAP;
}

/* The mappings stay: we visit where @addr is, or share the lock. */
static ALWAYS_INLINE enum fault_result
fault_at(struct mm *mm, vaddr_t addr, enum access access, bool force)
	REQUIRES_SHARED(C_map)
{
	const struct vma_tree *vmas = mm_vmas_at(mm, addr);

	race_point(mappings_looked_up, mm);
	struct vma *vma = vma_find(vmas, addr);

	lab_assert(map_is_held_at(mm, addr));
	if (unlikely(vma == NULL || addr < vma->start))
		return outside(mm, addr, vma);
	if (unlikely(!allows(vma, access, force)))
		return FAULT_ACCESS;
	return fault_in_vma(mm, vma, addr, access == ACCESS_WRITE);
}

enum fault_result mm_fault_once(struct mm *mm, vaddr_t addr,
				enum access access, bool force)
{
	enum fault_result result = FAULT_OK;

	trace(fault, addr, access);
	do { /* twice, if there is something to sleep for */
		map_visit_or_share(mm, addr, result != FAULT_SLEEPS);
		result = fault_at(mm, addr, access, force);
		map_leave_or_unshare(mm, addr);
	} while (unlikely(result == FAULT_SLEEPS));
	trace(fault_end, result, 0);
	return result;
}
