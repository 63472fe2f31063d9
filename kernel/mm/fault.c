/*
 * mm/fault.c - page faults: the only place where pages enter an address
 * space.
 *
 * mm_fault() finds the VMA under map_sem, shared, looks at the entry, and
 * lets one of the functions below change it:
 *
 *	entry is	access	backing		answer
 *	empty		read	anonymous	the zero page, COW
 *	empty		write	anonymous	a zeroed page
 *	empty		any	file, shared	the file's page
 *	empty		read	file, private	the file's page, COW
 *	empty		write	file, private	a copy of it
 *	COW		write	private		reused, or copied
 *	read-only	write	shared		made writable
 *	sufficient	any	any		spurious: fence here and retry
 *
 * Each function decides on what it saw without the leaf lock, prepares the
 * page, and then takes the lock and looks again.  An entry that is no longer
 * what was seen means that another thread was faster: its page stays, ours is
 * dropped, and the access is tried again.  So a fault takes one leaf lock,
 * never for longer than a few entries' worth of work, unless it has to wait
 * for a shootdown.
 */

#include "debug/race.h"
#include "debug/trace.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/fault_internal.h"

/* ---- anonymous memory that is touched for the first time ---- */

/* Map @page, if the entry is still empty. */
static inline bool fill_empty(struct mm *mm, pte_t *ptep,
			      const struct page *page, uint64_t flags)
{
	struct spinlock *lock = pagetable_lock(ptep);

	spin_lock(lock);
	bool empty = !pte_is_valid(pte_load(ptep));

	if (likely(empty))
		pte_publish(ptep, page_pte(page, flags));
	spin_unlock(lock);
	race_point(fault_filled, ptep);
	if (likely(empty))
		mm_add_resident(mm, 1);
	return empty;
}

static inline enum fault_result fault_zero(struct mm *mm, struct vma *vma,
					   pte_t *ptep)
{
	if (likely(fill_empty(mm, ptep, zero_page, vma->pte_flags)))
		count(faults_zero);
	return FAULT_OK;
}

static inline enum fault_result fault_anon(struct mm *mm, struct vma *vma,
					   pte_t *ptep)
{
	race_point(anon_missing, ptep);

	struct page *page = page_alloc_zeroed(PAGE_ANON);

	if (unlikely(page == NULL))
		return FAULT_NOMEM;
	/* Before the entry: fork, which has map_sem alone, relies on it. */
	if (unlikely(!READ_ONCE(vma->has_anon)))
		WRITE_ONCE(vma->has_anon, true);
	page_make_fetchable(page, vma->pte_own_flags);
	if (likely(fill_empty(mm, ptep, page, vma->pte_own_flags))) {
		count(faults_anon);
		race_point(anon_mapped, ptep);
	} else {
		page_put(page);
		race_point(anon_was_mapped, ptep);
	}
	return FAULT_OK;
}

/* ---- pages that are shared until they are written ---- */

/*
 * Take a reference to the page of the COW entry, to copy from it without the
 * lock; or make it writable in place when nobody else has it.  Both are
 * decided under the leaf lock.  False: there is nothing (more) to do.
 *
 * While the reference is held nobody finds the page exclusive, so nobody
 * writes to it: the copy is of one moment.  And the page cannot be freed and
 * come back, so an entry that looks the same afterwards is the same.
 */
static inline bool cow_must_copy(struct mm *mm, const struct vma *vma,
				 pte_t *ptep, pte_t seen)
{
	struct spinlock *lock = pagetable_lock(ptep);
	struct page *page = pte_page(seen);
	bool copy = false;

	race_point(cow_found, mm);
	spin_lock(lock);
	if (likely(pte_same(pte_load(ptep), seen))) {
		if (page_is_exclusive(page)) {
			pte_store(ptep, page_pte(page, vma->pte_own_flags));
			count(faults_cow_reuse);
			trace(cow_reuse, ptep, 0);
		} else {
			if (page != zero_page)
				page_get(page);
			copy = true;
		}
	}
	spin_unlock(lock);
	return copy;
}

/* ---- what is to be done ---- */

/* A shared page that was mapped while the VMA was read-only.  A private one
 * is writable or marked COW: vma.c. */
static NOINLINE enum fault_result fault_upgrade(const struct fault *f)
{
	struct spinlock *lock = pagetable_lock(f->ptep);

	lab_assert(vma_is_shared(f->vma));
	spin_lock(lock);
	if (pte_same(pte_load(f->ptep), f->seen))
		pte_store(f->ptep, page_pte(pte_page(f->seen),
					    f->vma->pte_flags));
	spin_unlock(lock);
	return FAULT_OK;
}

/* The entry allows the access: another thread's fault was faster, or this
 * hart still holds what the entry was before a right was granted. */
static NOINLINE enum fault_result fault_spurious(const struct fault *f)
{
	count(faults_spurious);
	if (f->mm == current_mm())
		tlb_flush_local_page(f->va, FENCE_SPURIOUS);
	return FAULT_OK;
}

/* What is not answered in a few steps: see the table above. */
static enum fault_result fault_long(const struct fault *f, bool write)
{
	if (!pte_is_valid(f->seen))
		return write && !vma_is_shared(f->vma) ? fault_file_copy(f) :
							 fault_file(f);
	if (!write || pte_is_writable(f->seen))
		return fault_spurious(f);
	return fault_upgrade(f);
}

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

static ALWAYS_INLINE enum fault_result
fault_in_vma(struct mm *mm, struct vma *vma, vaddr_t addr, bool write)
{
	pte_t *ptep = pagetable_find(mm->root, addr);

	if (unlikely(ptep == NULL)) {
		ptep = pagetable_make(mm->root, addr);
		if (ptep == NULL)
			return FAULT_NOMEM;
	}

	race_point(fault_begins, ptep);
	pte_t seen = pte_load(ptep);

	if (!pte_is_valid(seen) && vma->mapping == NULL)
		return write ? fault_anon(mm, vma, ptep) :
			       fault_zero(mm, vma, ptep);

	bool is_cow = (seen.bits & (PTE_V | PTE_COW)) == (PTE_V | PTE_COW);

	if (write && is_cow && !cow_must_copy(mm, vma, ptep, seen))
		return FAULT_OK;

	const struct fault f = {
		mm, vma, align_down(addr, PAGE_SIZE), ptep, seen,
	};

	return write && is_cow ? copy_cow(&f) : fault_long(&f, write);
}

/* ---- stacks ---- */

/* May @vma, a stack, reach down to @start? */
static bool stack_may_grow(const struct mm *mm, const struct vma *vma,
			   vaddr_t start)
{
	if (!(vma->flags & VMA_GROWSDOWN) || start < MM_LOWEST + MM_STACK_GUARD)
		return false;
	if (vma->end - start > mm->stack_limit)
		return false;
	return vma->prev_end == 0 || start >= vma->prev_end + MM_STACK_GUARD;
}

/*
 * Let the stack above @addr grow down to it.  Growing changes the tree, which
 * others read under the shared lock, so the caller has dropped its own, and
 * everything is looked up again: another thread may have grown it, or
 * unmapped it, meanwhile.
 */
static NOINLINE bool grow_stack(struct mm *mm, vaddr_t addr)
{
	vaddr_t start = align_down(addr, PAGE_SIZE);
	bool ok = false;

	race_point(stack_touched, mm);
	rwsem_lock(&mm->map_sem);
	struct vma *vma = vma_find(&mm->vmas, addr);

	if (vma != NULL && vma->start <= addr) {
		ok = true;
	} else if (vma != NULL && stack_may_grow(mm, vma, start) &&
		   mm_may_have_pages(mm, vma->flags,
				     (vma->start - start) >> PAGE_SHIFT)) {
		race_point(stack_may_grow, mm);
		mm->total_pages += (vma->start - start) >> PAGE_SHIFT;
		vma_resize(&mm->vmas, vma, start, vma->end);
		ok = true;
	}
	rwsem_unlock(&mm->map_sem);
	return ok;
}

/* ---- the way in ---- */

static ALWAYS_INLINE enum fault_result try_fault(struct mm *mm, vaddr_t addr,
				   enum access access, bool force, bool *grow)
{
	enum fault_result result;

	rwsem_lock_shared(&mm->map_sem);
	struct vma *vma = vma_find(&mm->vmas, addr);

	*grow = false;
	if (vma == NULL || addr < vma->start) {
		*grow = vma != NULL && vma->flags & VMA_GROWSDOWN;
		result = FAULT_NOMAP;
	} else if (!allows(vma, access, force)) {
		result = FAULT_ACCESS;
	} else {
		result = fault_in_vma(mm, vma, addr,
				      access == ACCESS_WRITE);
	}
	rwsem_unlock_shared(&mm->map_sem);
	return result;
}

static inline enum fault_result fault(struct mm *mm, vaddr_t addr,
				      enum access access, bool force)
{
	enum fault_result result;
	bool grow;

	trace(fault, addr, access);
	do
		result = try_fault(mm, addr, access, force, &grow);
	while (unlikely(grow) && grow_stack(mm, addr));
	if (unlikely(result != FAULT_OK))
		count(faults_bad);
	trace(fault_end, result, 0);
	return result;
}

enum fault_result fault_with_force(struct mm *mm, vaddr_t addr,
				   enum access access)
{
	return fault(mm, addr, access, true);
}

enum fault_result mm_fault(struct mm *mm, vaddr_t addr, enum access access)
{
	return fault(mm, addr, access, false);
}
