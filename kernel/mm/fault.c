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
 *	COW		write	private		break_cow()
 *	read-only	write	shared		made writable
 *	sufficient	any	any		spurious: fence here and retry
 *
 * Each function decides on what it saw without the leaf lock, prepares the
 * page, and then takes the lock and looks again (install()).  An entry that
 * is no longer what was seen means that another thread was faster: its page
 * stays, ours is dropped, and the access is tried again.  So a fault takes
 * one leaf lock, never for longer than a few entries' worth of work, unless
 * it has to wait for a shootdown.
 *
 * Break before make: an entry that goes from one frame to another is empty
 * while the old one is shot down, all under the leaf lock.  With the new
 * entry written first, a second thread could write through it while a third
 * one still reads the old frame.  A thread that faults on the empty entry
 * waits for the lock and then finds its work done.
 */

#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm_internal.h"

/* One fault, while map_sem is held. */
struct fault {
	struct mm *mm;
	struct vma *vma;
	vaddr_t va;    /* of the page */
	bool write;
	pte_t *ptep;   /* its entry, and */
	pte_t seen;    /* what that was before we held the lock */
};

static pte_t page_pte(const struct fault *f, const struct page *page,
		      bool exclusive)
{
	return pte_make(page_pa(page), vma_pte_flags(f->vma, exclusive));
}

/* The file ends before this page. */
static bool beyond_end(const struct fault *f)
{
	return f->vma->mapping != NULL &&
	       vma_page_index(f->vma, f->va) >=
		       mapping_size_in_pages(f->vma->mapping);
}

/*
 * Replace what was seen by @page, whose one reference goes to the entry, or
 * drop it if the entry has changed.  Returns whether it was installed.
 */
static bool install(struct fault *f, struct page *page)
{
	struct spinlock *lock = pagetable_lock(f->ptep);
	bool is_anon = page->kind == PAGE_ANON;
	pte_t new = page_pte(f, page, is_anon);

	spin_lock(lock);
	/*
	 * ORDER truncate-size, fault side; the other is in
	 * mapping_truncate().  The page table was made before this lock was
	 * taken, and the size is read after.
	 */
	bool same = pte_same(pte_load(f->ptep), f->seen) && !beyond_end(f);

	if (same && pte_is_valid(f->seen)) {
		pte_store(f->ptep, PTE_NONE);
		tlb_shootdown(&f->mm->tlb, f->va, f->va + PAGE_SIZE, FENCE_COW);
	}
	if (same) {
		if (is_anon && !f->vma->has_anon)
			WRITE_ONCE(f->vma->has_anon, true);
		pte_publish(f->ptep, new);
	}
	spin_unlock(lock);
	if (same && !pte_is_valid(f->seen))
		mm_add_resident(f->mm, 1);
	if (!same && page != zero_page)
		page_put(page);
	return same;
}

/* ---- anonymous memory ---- */

static enum fault_result fault_zero(struct fault *f)
{
	if (install(f, zero_page))
		count(faults_zero);
	return FAULT_OK;
}

static enum fault_result fault_anon(struct fault *f)
{
	struct page *page = page_alloc_zeroed(PAGE_ANON);

	if (page == NULL)
		return FAULT_NOMEM;
	if (install(f, page))
		count(faults_anon);
	return FAULT_OK;
}

/* ---- copies ---- */

static struct page *copy_of(const struct page *page)
{
	struct page *copy;

	if (page == zero_page)
		return page_alloc_zeroed(PAGE_ANON);
	copy = page_alloc(PAGE_ANON);
	if (copy == NULL)
		return NULL;
	page_copy(page_address(copy), page_address(page));
	count(pages_copied);
	return copy;
}

/*
 * Take a reference to the page of the COW entry, to copy from it without the
 * lock; or make it writable in place when nobody else has it.  Both are
 * decided under the leaf lock.  NULL: there is nothing (more) to do.
 *
 * While the reference is held nobody finds the page exclusive, so nobody
 * writes to it: the copy is of one moment.  And the page cannot be freed and
 * come back, so an entry that looks the same afterwards is the same.
 */
static struct page *cow_source(struct fault *f)
{
	struct spinlock *lock = pagetable_lock(f->ptep);
	struct page *page = NULL;

	spin_lock(lock);
	if (pte_same(pte_load(f->ptep), f->seen)) {
		page = pte_page(f->seen);
		if (page_is_exclusive(page)) {
			pte_store(f->ptep, page_pte(f, page, true));
			count(faults_cow_reuse);
			page = NULL;
		} else if (page != zero_page) {
			page_get(page);
		}
	}
	spin_unlock(lock);
	return page;
}

/* The write needs a page of its own in place of the COW one. */
static enum fault_result break_cow(struct fault *f)
{
	struct page *old = cow_source(f);

	if (old == NULL)
		return FAULT_OK;

	struct page *copy = copy_of(old);
	bool installed = copy != NULL && install(f, copy);

	if (installed)
		count(faults_cow_copy);
	if (old != zero_page) {
		if (installed)
			page_put(old); /* the entry's */
		page_put(old);	       /* ours, of cow_source() */
	}
	return copy != NULL ? FAULT_OK : FAULT_NOMEM;
}

/* ---- pages of files and of shared memory ---- */

/*
 * Map the page of the cache, if it has one.  It is looked up under the leaf
 * lock, so a truncation either has taken it out of the cache before, or
 * finds the entry afterwards.
 */
static bool map_cached(struct fault *f)
{
	struct spinlock *lock = pagetable_lock(f->ptep);
	struct page *page = NULL;
	bool done = true;

	spin_lock(lock);
	if (!pte_is_valid(pte_load(f->ptep))) {
		if (!beyond_end(f))
			page = mapping_page_find(f->vma->mapping,
						 vma_page_index(f->vma, f->va));
		done = page != NULL;
	}
	if (page != NULL)
		pte_publish(f->ptep, page_pte(f, page, false));
	spin_unlock(lock);
	if (page != NULL) {
		mm_add_resident(f->mm, 1);
		count(faults_file);
	}
	return done;
}

static enum fault_result fault_file(struct fault *f)
{
	while (!map_cached(f)) {
		struct page *page;

		if (beyond_end(f))
			return FAULT_BEYOND;
		page = mapping_page_create(f->vma->mapping,
					   vma_page_index(f->vma, f->va), true);
		if (page == NULL && !beyond_end(f))
			return FAULT_NOMEM;
		if (page != NULL)
			page_put(page);
	}
	return FAULT_OK;
}

/*
 * A private copy of the file's page, without mapping that one first.  A
 * truncation that comes between the copy and its installation is noticed by
 * install(), which looks at the size again.
 */
static enum fault_result fault_file_copy(struct fault *f)
{
	struct page *page, *copy;

	if (beyond_end(f))
		return FAULT_BEYOND;
	page = mapping_page_find(f->vma->mapping, vma_page_index(f->vma, f->va));
	copy = copy_of(page == NULL ? zero_page : page);
	if (page != NULL)
		page_put(page);
	if (copy == NULL)
		return FAULT_NOMEM;
	if (install(f, copy))
		count(faults_file);
	return FAULT_OK;
}

/* ---- what is to be done ---- */

static enum fault_result fault_empty(struct fault *f)
{
	if (f->vma->mapping == NULL)
		return f->write ? fault_anon(f) : fault_zero(f);
	if (f->write && !vma_is_shared(f->vma))
		return fault_file_copy(f);
	return fault_file(f);
}

/* A shared page that was mapped while the VMA was read-only. */
static enum fault_result fault_upgrade(struct fault *f)
{
	struct spinlock *lock = pagetable_lock(f->ptep);

	spin_lock(lock);
	if (pte_same(pte_load(f->ptep), f->seen))
		pte_store(f->ptep, page_pte(f, pte_page(f->seen), false));
	spin_unlock(lock);
	return FAULT_OK;
}

/* The entry allows the access: another thread's fault was faster, or this
 * hart still holds what the entry was before a right was granted. */
static enum fault_result fault_spurious(struct fault *f)
{
	count(faults_spurious);
	if (f->mm == current_mm())
		tlb_flush_local_page(f->va, FENCE_SPURIOUS);
	return FAULT_OK;
}

/* Does @vma allow @access?  A write by @force is allowed where it can have a
 * copy of its own. */
static bool allows(const struct vma *vma, enum access access, bool force)
{
	switch (access) {
	case ACCESS_READ: /* an entry that can be written can be read */
		return force || vma->flags & (VMA_READ | VMA_WRITE);
	case ACCESS_WRITE:
		return vma->flags & VMA_WRITE ||
		       (force && !vma_is_shared(vma));
	default:
		return vma->flags & VMA_EXEC;
	}
}

static enum fault_result fault_in_vma(struct mm *mm, struct vma *vma,
				      vaddr_t addr, enum access access)
{
	struct fault f = {
		.mm = mm,
		.vma = vma,
		.va = align_down(addr, PAGE_SIZE),
		.write = access == ACCESS_WRITE,
		.ptep = pagetable_make(mm->root, addr),
	};

	if (f.ptep == NULL)
		return FAULT_NOMEM;
	f.seen = pte_load(f.ptep);
	if (!pte_is_valid(f.seen))
		return fault_empty(&f);
	if (!f.write || pte_is_writable(f.seen))
		return fault_spurious(&f);
	if (f.seen.bits & PTE_COW)
		return break_cow(&f);
	return fault_upgrade(&f);
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
static bool grow_stack(struct mm *mm, vaddr_t addr)
{
	vaddr_t start = align_down(addr, PAGE_SIZE);
	bool ok = false;

	rwsem_lock(&mm->map_sem);
	struct vma *vma = vma_find(&mm->vmas, addr);

	if (vma != NULL && vma->start <= addr) {
		ok = true;
	} else if (vma != NULL && stack_may_grow(mm, vma, start)) {
		mm->total_pages += (vma->start - start) >> PAGE_SHIFT;
		vma_resize(&mm->vmas, vma, start, vma->end);
		ok = true;
	}
	rwsem_unlock(&mm->map_sem);
	return ok;
}

/* ---- the way in ---- */

static enum fault_result try_fault(struct mm *mm, vaddr_t addr,
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
		result = fault_in_vma(mm, vma, addr, access);
	}
	rwsem_unlock_shared(&mm->map_sem);
	return result;
}

enum fault_result fault_with_force(struct mm *mm, vaddr_t addr,
				   enum access access, bool force)
{
	enum fault_result result;
	bool grow;

	do
		result = try_fault(mm, addr, access, force, &grow);
	while (unlikely(grow) && grow_stack(mm, addr));
	if (unlikely(result != FAULT_OK))
		count(faults_bad);
	return result;
}

enum fault_result mm_fault(struct mm *mm, vaddr_t addr, enum access access)
{
	return fault_with_force(mm, addr, access, false);
}
