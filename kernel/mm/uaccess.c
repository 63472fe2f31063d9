/*
 * mm/uaccess.c - reading and writing the memory of the running process.
 *
 * Why interrupts are off from the walk to the last byte: whoever takes a
 * mapping away empties the entry, shoots down, and frees the page when every
 * hart that runs this address space has acked.  This hart is one of them, and
 * between tlb_walk_begin() and tlb_walk_end() it does not.  So what the walk found is
 * not freed, nor write-protected by a fork that has returned, before the
 * access is over.
 */

#include "mm/uaccess.h"

#include "arch/tlb_walk.h"
#include "debug/race.h"
#include "debug/trace.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm_internal.h"
#include "sync/retry.h"

#define CAN_READ (PTE_V | PTE_U | PTE_R)
#define CAN_WRITE (PTE_V | PTE_U | PTE_W)

/* The entry of @addr, or an empty one.  Interrupts off. */
static inline pte_t user_entry(const struct mm *mm, vaddr_t addr)
{
	if (unlikely(mm == NULL))
		return PTE_NONE;

	const pte_t *ptep = pagetable_find(mm->root, addr);

	/*
	 * ORDER page-publish, walk side; the other is in pte_publish().
	 * Plain: the address of the access to the page depends on the entry.
	 */
	return likely(ptep != NULL) ? pte_load(ptep) : PTE_NONE;
}

/*
 * Where the kernel finds the byte at @addr, if the entry has all the bits of
 * @rights; NULL otherwise.  Interrupts off.
 */
static inline void *user_page(const struct mm *mm, vaddr_t addr,
			      uint64_t rights)
{
	pte_t pte = user_entry(mm, addr);

	if (unlikely((pte.bits & rights) != rights))
		return NULL;
	return (char *)phys_to_virt(pte_pa(pte)) + addr % PAGE_SIZE;
}

/* What may fault in a page is called: it sleeps then, and takes map_sem. */
static inline void might_fault(void)
{
	lockorder_assert_may_sleep();
	lockorder_might_take(RANK_MAP_SEM);
}

static bool fault_in(struct mm *mm, vaddr_t addr, enum access access)
{
	return mm != NULL && addr < user_end &&
	       mm_fault(mm, addr, access, false) == FAULT_OK;
}

/* After an attempt that failed.  False: no other will do better. */
static bool fault_in_again(struct retry *r, struct mm *mm, vaddr_t addr,
			   enum access access)
{
	return fault_in(mm, addr, access) && retry_again(r);
}

/* Bytes from @addr to the end of its page, at most @n. */
static inline size_t page_rest(vaddr_t addr, size_t n)
{
	return min(n, PAGE_SIZE - addr % PAGE_SIZE);
}

/* ---- any number of bytes ---- */

enum transfer {
	FROM_USER,
	TO_USER,
	ZERO_USER,
};

/* Between a whole page of the user's and a buffer of the kernel's. */
static NOINLINE void move_page(void *page, void *buf, enum transfer how)
{
	if (how == ZERO_USER)
		page_zero(page);
	else if (!is_aligned((uintptr_t)buf, sizeof(uint64_t)))
		memcpy(how == TO_USER ? page : buf,
		       how == TO_USER ? buf : page, PAGE_SIZE);
	else if (how == TO_USER)
		page_copy(page, buf);
	else
		page_copy(buf, page);
}

/* What a race about the page of @addr is about. */
static inline uintptr_t page_key(const struct mm *mm, vaddr_t addr)
{
	return (uintptr_t)mm + align_down(addr, PAGE_SIZE);
}

/*
 * The page of @addr was written, and @rights are what was asked for. To write
 * where the entry does not allow it is what must never happen; the trace shows
 * where it did.
 */
static inline void tell_foreign(const struct mm *mm, vaddr_t addr,
				uint64_t rights)
{
	if (!LAB || (rights & PTE_W))
		return;

	pte_t pte = user_entry(mm, addr);

	/* Another thread may have taken it out meanwhile. */
	if (pte_is_valid(pte) && !pte_is_writable(pte))
		trace(foreign, pte_pa(pte), pte_page(pte)->kind);
}

/* @n bytes within one page; false: the page is not there, or not so. */
static inline bool move_piece(struct mm *mm, vaddr_t addr, void *buf, size_t n,
			      enum transfer how, uint64_t rights)
{
	unsigned long irq = tlb_walk_begin();
	void *page = user_page(mm, addr, rights);

	if (likely(page != NULL)) {
		if (n == PAGE_SIZE)
			move_page(page, buf, how);
		else if (how == FROM_USER)
			memcpy(buf, page, n);
		else if (how == TO_USER)
			memcpy(page, buf, n);
		else
			memset(page, 0, n);
		if (how != FROM_USER)
			tell_foreign(mm, addr, rights);
	}
	tlb_walk_end(irq);
	if (how == TO_USER)
		race_point(user_page_released, page_key(mm, addr));
	return page != NULL;
}

/* Piece by piece, with faults; how many bytes until the first that fails. */
static NOINLINE size_t move_slowly(vaddr_t addr, void *buf, size_t n,
				   enum transfer how)
{
	enum access access = how == FROM_USER ? ACCESS_READ : ACCESS_WRITE;
	struct mm *mm = current_mm();
	struct retry r = { 0 };
	size_t done = 0;

	while (done < n) {
		size_t chunk = page_rest(addr + done, n - done);

		if (move_piece(mm, addr + done, (char *)buf + done, chunk, how,
			       access == ACCESS_READ ? CAN_READ : CAN_WRITE)) {
			done += chunk;
			r.turns = 0;
		} else if (!fault_in_again(&r, mm, addr + done, access)) {
			break;
		}
		if (done < n)
			race_point(user_piece_moved, mm);
	}
	return done;
}

/* A function for each direction, which knows what to ask of the entry. */
static ALWAYS_INLINE size_t move(vaddr_t addr, void *buf, size_t n,
				 enum transfer how)
{
	might_fault();
	if (likely(page_rest(addr, n) == n) &&
	    likely(move_piece(current_mm(), addr, buf, n, how,
			      how == FROM_USER ? CAN_READ : CAN_WRITE)))
		return n;
	return move_slowly(addr, buf, n, how);
}

size_t copy_from_user_partial(void *to, vaddr_t from, size_t n)
{
	return move(from, to, n, FROM_USER);
}

size_t copy_to_user_partial(vaddr_t to, const void *from, size_t n)
{
	return move(to, (void *)from, n, TO_USER);
}

size_t zero_user_partial(vaddr_t to, size_t n)
{
	return move(to, NULL, n, ZERO_USER);
}

/* ---- one word: no loop when it lies in one page that is there ---- */

int get_user_u32(uint32_t *value, vaddr_t from)
{
	might_fault();
	if (get_user_u32_nofault(value, from) == 0)
		return 0;
	return copy_from_user(value, from, sizeof(*value));
}

int get_user_u64(uint64_t *value, vaddr_t from)
{
	might_fault();
	if (!is_aligned(from, sizeof(*value)))
		return copy_from_user(value, from, sizeof(*value));

	unsigned long irq = tlb_walk_begin();
	const uint64_t *page = user_page(current_mm(), from, CAN_READ);

	if (page != NULL)
		*value = READ_ONCE(*page);
	tlb_walk_end(irq);
	return page != NULL ? 0 : copy_from_user(value, from, sizeof(*value));
}

int put_user_u32(vaddr_t to, uint32_t value)
{
	might_fault();
	if (!is_aligned(to, sizeof(value)))
		return copy_to_user(to, &value, sizeof(value));

	unsigned long irq = tlb_walk_begin();
	uint32_t *page = user_page(current_mm(), to, CAN_WRITE);

	if (page != NULL)
		WRITE_ONCE(*page, value);
	tlb_walk_end(irq);
	return page != NULL ? 0 : copy_to_user(to, &value, sizeof(value));
}

int put_user_u64(vaddr_t to, uint64_t value)
{
	might_fault();
	if (!is_aligned(to, sizeof(value)))
		return copy_to_user(to, &value, sizeof(value));

	unsigned long irq = tlb_walk_begin();
	uint64_t *page = user_page(current_mm(), to, CAN_WRITE);

	if (page != NULL)
		WRITE_ONCE(*page, value);
	tlb_walk_end(irq);
	return page != NULL ? 0 : copy_to_user(to, &value, sizeof(value));
}

/* ---- strings ---- */

/* Copy up to @n bytes and the NUL, if there is one; how many without it. */
static size_t copy_string(char *to, const char *from, size_t n, bool *ended)
{
	size_t i = 0;

	while (i < n && (to[i] = from[i]) != '\0')
		i++;
	*ended = i < n;
	return i;
}

long strncpy_from_user(char *to, vaddr_t from, size_t size)
{
	struct mm *mm = current_mm();
	struct retry r = { 0 };
	size_t done = 0;

	might_fault();
	while (done < size) {
		size_t chunk = page_rest(from + done, size - done);
		unsigned long irq = tlb_walk_begin();
		const char *page = user_page(mm, from + done, CAN_READ);
		bool ended = false;

		if (page != NULL)
			done += copy_string(to + done, page, chunk, &ended);
		tlb_walk_end(irq);
		if (ended)
			return (long)done;
		if (page == NULL &&
		    !fault_in_again(&r, mm, from + done, ACCESS_READ))
			return -EFAULT;
	}
	return -ENAMETOOLONG;
}

/* ---- in place ---- */

void *user_window_open(vaddr_t addr, size_t n, bool write, unsigned long *irq)
{
	void *page;

	if (page_rest(addr, n) != n)
		return NULL;
	*irq = tlb_walk_begin();
	page = user_page(current_mm(), addr, write ? CAN_WRITE : CAN_READ);
	if (page == NULL)
		tlb_walk_end(*irq);
	return page;
}

void user_window_close(unsigned long irq)
{
	tlb_walk_end(irq);
}

/* ---- futex words ---- */

int get_user_u32_nofault(uint32_t *value, vaddr_t addr)
{
	if (!is_aligned(addr, sizeof(*value)))
		return -EFAULT;

	unsigned long irq = tlb_walk_begin();
	const uint32_t *page = user_page(current_mm(), addr, CAN_READ);

	if (page != NULL)
		*value = READ_ONCE(*page);
	tlb_walk_end(irq);
	return page != NULL ? 0 : -EFAULT;
}

int cmpxchg_user_u32_nofault(vaddr_t addr, uint32_t old, uint32_t new,
			     uint32_t *seen)
{
	if (!is_aligned(addr, sizeof(old)))
		return -EFAULT;

	unsigned long irq = tlb_walk_begin();
	uint32_t *page = user_page(current_mm(), addr, CAN_WRITE);

	*seen = old;
	/* No ORDER: of the program's words; it may count on a full fence. */
	if (page != NULL)
		__atomic_compare_exchange_n(page, seen, new, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	tlb_walk_end(irq);
	return page != NULL ? 0 : -EFAULT;
}

int fault_in_user(vaddr_t addr, bool write)
{
	struct mm *mm = current_mm();
	unsigned long irq = tlb_walk_begin();
	bool present = user_page(mm, addr, write ? CAN_WRITE : CAN_READ) != NULL;

	tlb_walk_end(irq);
	if (present || fault_in(mm, addr, write ? ACCESS_WRITE : ACCESS_READ))
		return 0;
	return -EFAULT;
}
