/*
 * mm/access.c - another process's memory, as a debugger sees it; pages that
 * leave their process by reference.
 *
 * The page is touched under its leaf lock: nobody can unmap it, share it by
 * fork (map_sem is held too) or take its rights away meanwhile.
 *
 * Writing by force to a private read-only mapping is where Dirty COW lived:
 * having once made a copy, the kernel believed the page it found later to be
 * that copy, while another thread had discarded it and the file's own page
 * stood there.  Here nothing is remembered.  Each attempt asks the page found
 * under the lock: is it writable for the user, or anonymous and with no
 * other owner?  If not, the fault handler makes a copy and the next attempt
 * asks again.
 */

#include "debug/race.h"
#include "debug/trace.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/icache.h"
#include "mm/mm_internal.h"
#include "mm/uaccess.h"
#include "sync/block.h"
#include "sync/retry.h"

/* The access to one page. */
struct attempt {
	vaddr_t addr;
	char *buf;
	size_t n;
	bool write;      /* from @buf into the page */
	bool want_write; /* what the page is asked for */
	bool force;
};

/* May the page that @pte maps be accessed as @a asks?  Leaf lock held. */
static bool may_access(const struct attempt *a, pte_t pte)
{
	if (!pte_is_valid(pte))
		return false;
	if (!a->want_write)
		return a->force || (pte.bits & (PTE_U | PTE_R)) == (PTE_U | PTE_R);
	if (pte_is_writable(pte))
		return true;
	return a->force && (pte.bits & PTE_COW) &&
	       page_is_exclusive(pte_page(pte));
}

/* What must never happen; the trace shows where it did. */
static void tell_foreign(const struct page *page, pte_t pte)
{
	if (LAB && !pte_is_writable(pte) && !page_is_exclusive(page))
		trace(foreign, page_pa(page), page->kind);
}

static void copy(const struct attempt *a, struct page *page, pte_t pte)
{
	char *bytes = (char *)page_address(page) + a->addr % PAGE_SIZE;

	if (!a->write) {
		memcpy(a->buf, bytes, a->n);
		return;
	}
	tell_foreign(page, pte);
	memcpy(bytes, a->buf, a->n);
	page_was_written(page);
	page_sync_icache(page, pte.bits); /* a breakpoint, say */
}

/* False: the page is not as it must be; nothing was copied. */
static bool try_access(struct mm *mm, const struct attempt *a)
{
	bool done = false;

	map_share_over(mm, a->addr, a->addr + 1);
	pte_t *ptep = pagetable_find(mm->root, a->addr);

	if (ptep != NULL) {
		struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(ptep);

		spin_lock(lock);
		pte_t pte = pte_load(ptep);

		done = may_access(a, pte);
		if (done)
			copy(a, pte_page(pte), pte);
		spin_unlock(lock);
	}
	map_unshare_at(mm, a->addr);
	if (done)
		race_point(forced_done, mm);
	return done;
}

static enum fault_result fault_in(struct mm *mm, struct attempt *a)
{
	enum access access = a->want_write ? ACCESS_WRITE : ACCESS_READ;
	enum fault_result result = mm_fault(mm, a->addr, access, a->force);

	if (a->write)
		race_point(forced_faulted, mm);
	return result;
}

/* Until the page is as it must be, or cannot be. */
static bool access_page(struct mm *mm, struct attempt *a)
{
	struct retry r = { 0 };

	while (!try_access(mm, a))
		if (fault_in(mm, a) != FAULT_OK || !retry_again(&r))
			return false;
	return true;
}

ssize_t mm_access(struct mm *mm, vaddr_t addr, void *buf, size_t n, bool write,
		  bool force)
{
	size_t done = 0;

	while (done < n && addr + done < user_end) {
		struct attempt a = {
			.addr = addr + done,
			.buf = (char *)buf + done,
			.write = write,
			.want_write = write,
			.force = force,
		};

		a.n = min(n - done, PAGE_SIZE - a.addr % PAGE_SIZE);
		if (!access_page(mm, &a))
			break;
		done += a.n;
		cond_resched();
	}
	return done != 0 || n == 0 ? (ssize_t)done : -EIO;
}

/* ---- a page by reference ---- */

/* Let the entry @pte at @ptep, for @addr, share its page; the leaf lock is
 * held. */
static void share_entry(struct mm *mm, pte_t *ptep, pte_t pte, vaddr_t addr)
	REQUIRES(C_leaf)
{
	page_get(pte_page(pte));
	if (!(pte.bits & PTE_W))
		return;
	pte_make_cow(mm, addr, ptep, pte);
	tlb_shootdown(&mm->tlb, addr, addr + PAGE_SIZE, FENCE_PROTECT);
}

struct page *mm_share_page(struct mm *mm, vaddr_t addr)
{
	struct page *page = NULL;

	if (addr >= user_end)
		return NULL;
	map_share_over(mm, addr, addr + 1);
	pte_t *ptep = pagetable_find(mm->root, addr);

	if (ptep != NULL) {
		struct LOCK_OF(spinlock, leaf) *lock = pagetable_lock(ptep);

		spin_lock(lock);
		pte_t pte = pte_load(ptep);

		if ((pte.bits & (PTE_V | PTE_R)) == (PTE_V | PTE_R) &&
		    pte_page(pte)->kind == PAGE_ANON) {
			page = pte_page(pte);
			share_entry(mm, ptep, pte, align_down(addr, PAGE_SIZE));
		}
		spin_unlock(lock);
	}
	map_unshare_at(mm, addr);
	return page;
}
