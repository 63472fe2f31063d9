/*
 * mm/userfault.c - see userfault.h.
 */
#include "mm/userfault.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/fault_internal.h"
#include "mm/slab.h"
#include "sync/killable.h"

uint32_t unprivileged_userfaultfd;

/* On the stack of who waits. */
struct missing {
	struct list link;         /* (l) in asked or told; or answered */
	struct missing_page page; /* (c) as a reader is told */
	bool answered;            /* (l) to write */
	struct waitq queue;
};

struct userfault *userfault_create(bool user_only)
{
	struct userfault *u = kzalloc(sizeof(*u));

	if (u == NULL)
		return NULL;
	u->refs = REFCOUNT_INIT(1);
	u->mm = current_mm();
	mm_grab(u->mm);
	u->user_only = user_only;
	spin_init(&u->lock, RANK_MISSING);
	list_init(&u->asked);
	list_init(&u->told);
	waitq_init(&u->readers);
	return u;
}

void userfault_get(struct userfault *u)
{
	refcount_get(&u->refs);
}

void userfault_put(struct userfault *u)
{
	if (!refcount_put(&u->refs))
		return;
	mm_drop(u->mm);
	kfree(u);
}

/* ---- where it is asked ---- */

/* Pages that are nobody else's, and are missing until they are touched. */
static bool may_be_asked_for(const struct vma *vma)
{
	return vma->pagecache == NULL && !vma_is_shared(vma) &&
	       !(vma->flags & (VMA_GROWSDOWN | VMA_STACK));
}

/* From @vma on, all of it is, or @to may be asked for it; *@splits counts VMAs that
 * are split. */
static int check(const struct vma *vma, vaddr_t start, vaddr_t end,
		 const struct userfault *u, const struct userfault *to,
		 unsigned *splits)
{
	for (; vma != NULL; vma = vma_next_below(vma, end)) {
		if (!may_be_asked_for(vma))
			return -EINVAL;
		if (vma->userfault != NULL && vma->userfault != u)
			return to != NULL ? -EBUSY : -EINVAL;
		if (vma->userfault != to)
			*splits += vma_splits(vma, start, end);
	}
	return 0;
}

static void set_one(struct vma *vma, struct userfault *to)
{
	struct userfault *was = vma->userfault;

	if (to != NULL)
		userfault_get(to);
	vma->userfault = to;
	if (was != NULL)
		userfault_put(was);
}

static void set_all(struct change *c, struct vma *vma, vaddr_t start,
		    vaddr_t end, struct userfault *to) REQUIRES(C_map)
{
	for (; vma != NULL; vma = vma_next_below(vma, end)) {
		if (vma->userfault == to)
			continue;
		vma = change_isolate(c, vma, start, end);
		set_one(vma, to);
	}
	change_merge(c, start, end);
}

static int change_locked(struct change *c, const struct userfault *u, vaddr_t start,
			 vaddr_t end, struct userfault *to) REQUIRES(C_map)
{
	struct vma *vma = vma_find(change_vmas(c), start);
	unsigned splits = 0;
	int err;

	if (vma == NULL || vma->start >= end)
		return -EINVAL;
	err = check(vma, start, end, u, to, &splits);
	if (err != 0)
		return err;
	if (!mm_may_split(c->mm, splits) || !change_reserve(c, splits))
		return -ENOMEM;
	set_all(c, vma, start, end, to);
	return 0;
}

/* @to: @u, or NULL. */
static int change_range(struct userfault *u, vaddr_t start, uint64_t length,
			struct userfault *to)
{
	struct change c;
	int err;

	if (!mm_range_ok(start, length))
		return -EINVAL;
	if (!mm_try_get(u->mm))
		return -ESRCH;
	change_begin_over(&c, u->mm, start, start + length);
	err = change_locked(&c, u, start, start + length, to);
	change_end(&c);
	mm_put(u->mm);
	return err;
}

int userfault_register(struct userfault *u, vaddr_t start, uint64_t length)
{
	return change_range(u, start, length, u);
}

int userfault_unregister(struct userfault *u, vaddr_t start, uint64_t length)
{
	int err = change_range(u, start, length, NULL);

	if (err == 0)
		userfault_wake(u, start, length);
	return err;
}

static void forget_all(struct userfault *u)
{
	struct change c;
	struct vma *vma;

	change_begin(&c, u->mm);
	for (vma = vma_first(change_vmas(&c)); vma != NULL; vma = vma_next(vma)) {
		if (vma->userfault == u)
			set_one(vma, NULL);
		cond_resched();
	}
	change_merge(&c, 0, user_end);
	change_end(&c);
}

void userfault_close(struct userfault *u)
{
	spin_lock(&u->lock);
	u->closed = true;
	spin_unlock(&u->lock);
	if (mm_try_get(u->mm)) {
		forget_all(u);
		mm_put(u->mm);
	}
	userfault_wake(u, 0, user_end);
}

/* ---- who waits ---- */

static bool add(struct userfault *u, struct missing *m)
{
	spin_lock(&u->lock);
	bool open = !u->closed;

	if (open)
		list_push_back(&u->asked, &m->link);
	spin_unlock(&u->lock);
	return open;
}

/* Who answers has the lock for as long as he needs @m. */
static void leave(struct userfault *u, struct missing *m)
{
	spin_lock(&u->lock);
	list_remove(&m->link);
	spin_unlock(&u->lock);
}

/* It waits with @u, whose page is still missing at @ptep. */
static bool join(struct userfault *u, struct missing *m, const pte_t *ptep)
{
	race_point(missing_seen, ptep);
	if (!add(u, m))
		return false;
	if (!pte_is_valid(pte_load(ptep)))
		return true;
	leave(u, m);
	return false;
}

static bool is_refused(const struct userfault *u, bool from_user)
{
	return (u->user_only && !from_user) ||
	       (READ_ONCE(u->features) & USERFAULT_SIGBUS);
}

/* As a fault finds it: made, if there is none; NULL: no memory. */
static pte_t *entry_at(struct mm *mm, vaddr_t va)
{
	pte_t *ptep = pagetable_find(mm->root, va);

	return ptep != NULL ? ptep : pagetable_make(mm, va);
}

/* Whom to wait for, with a reference: NULL, and there is *@result. */
static struct userfault *find(struct mm *mm, struct missing *m, bool from_user,
			      enum fault_result *result)
	REQUIRES_SHARED(C_map)
{
	vaddr_t addr = m->page.addr;
	const struct vma *vma = vma_find(mm_vmas_at(mm, addr), addr);
	const pte_t *ptep;

	*result = FAULT_OK;
	if (vma == NULL || vma->start > addr || vma->userfault == NULL)
		return NULL;
	if (is_refused(vma->userfault, from_user)) {
		*result = FAULT_BEYOND;
		return NULL;
	}
	ptep = entry_at(mm, addr);
	if (ptep == NULL || !join(vma->userfault, m, ptep))
		return NULL; /* again: the fault itself waits for memory */
	userfault_get(vma->userfault);
	return vma->userfault;
}

static int sleep_for(struct missing *m, bool from_user)
{
	return from_user ? waitq_wait_interruptible(&m->queue,
						    READ_ONCE(m->answered)) :
			   waitq_wait_killable(&m->queue, READ_ONCE(m->answered));
}

/* Joins, if there is a reason. */
static struct userfault *find_and_join(struct mm *mm, struct missing *m,
				       bool from_user, enum fault_result *result)
{
	vaddr_t page = align_down(m->page.addr, PAGE_SIZE);

	map_share_over(mm, page, page + PAGE_SIZE);
	struct userfault *u = find(mm, m, from_user, result);

	map_unshare_at(mm, page);
	return u;
}

bool userfault_ask(struct mm *mm, vaddr_t addr, enum access access,
		   bool from_user, enum fault_result *result)
{
	struct missing m = { .page = { addr, access == ACCESS_WRITE } };
	struct userfault *u;
	int err;

	list_init(&m.link);
	waitq_init(&m.queue);
	u = find_and_join(mm, &m, from_user, result);
	if (u == NULL)
		return *result == FAULT_OK;
	waitq_wake_all(&u->readers);
	err = sleep_for(&m, from_user);
	leave(u, &m);
	userfault_put(u);
	*result = err == 0 || from_user ? FAULT_OK : FAULT_NOMAP;
	return err == 0;
}

/* ---- who answers ---- */

bool userfault_has_asked(const struct userfault *u)
{
	return READ_ONCE(u->asked.next) != &u->asked;
}

static vaddr_t told_address(const struct userfault *u, vaddr_t addr)
{
	return READ_ONCE(u->features) & USERFAULT_EXACT_ADDRESS ?
		       addr : align_down(addr, PAGE_SIZE);
}

bool userfault_next(struct userfault *u, struct missing_page *page)
{
	spin_lock(&u->lock);
	struct list *first = list_pop_front(&u->asked);

	if (first != NULL) {
		list_push_back(&u->told, first);
		*page = list_entry(first, struct missing, link)->page;
		page->addr = told_address(u, page->addr);
	}
	spin_unlock(&u->lock);
	return first != NULL;
}

static void answer_some(struct list *list, vaddr_t start, uint64_t length)
{
	struct missing *m, *next;

	list_for_each_entry_safe(m, next, list, link) {
		if (m->page.addr - start >= length)
			continue;
		list_remove(&m->link);
		WRITE_ONCE(m->answered, true);
		waitq_wake_all(&m->queue);
	}
}

void userfault_wake(struct userfault *u, vaddr_t start, uint64_t length)
{
	spin_lock(&u->lock);
	answer_some(&u->asked, start, length);
	answer_some(&u->told, start, length);
	spin_unlock(&u->lock);
}

/* The entry is taken as a fault would, and has what a fault would give it. */
static int fill_entry(const struct fault *f, struct page *page)
	REQUIRES_SHARED(C_map)
{
	if (page == NULL)
		return fault_fill_empty(f, zero_page, f->vma->pte_flags) ?
			       0 : -EEXIST;
	vma_gets_anon(f->vma);
	page_sync_icache(page, f->vma->pte_own_flags);
	return fault_fill_empty(f, page, f->vma->pte_own_flags) ? 0 : -EEXIST;
}

static int fill_shared(struct mm *mm, vaddr_t va, struct page *page)
	REQUIRES_SHARED(C_map)
{
	struct fault f = { .mm = mm, .va = va,
			   .vma = vma_find(mm_vmas_at(mm, va), va) };

	if (f.vma == NULL || f.vma->start > va || f.vma->userfault == NULL)
		return -ENOENT;
	f.ptep = entry_at(mm, va);
	return f.ptep != NULL ? fill_entry(&f, page) : -ENOMEM;
}

int userfault_fill(struct userfault *u, vaddr_t va, struct page *page)
{
	int err;

	if (!mm_try_get(u->mm))
		return -ESRCH;
	map_share_over(u->mm, va, va + PAGE_SIZE);
	err = fill_shared(u->mm, va, page);
	map_unshare_at(u->mm, va);
	mm_put(u->mm);
	return err;
}
