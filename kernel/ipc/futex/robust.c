/*
 * ipc/futex/robust.c - a thread that ends leaves no mutex locked without a word.
 *
 * The C library keeps a list of the robust mutexes a thread holds in user
 * memory; the kernel walks it when the thread ends, marks each word with
 * OWNER_DIED and wakes a waiter.  The list is the program's: anything in it
 * may be wrong, so it is read with care and at most LIST_MAX entries long.
 *
 * Source: Linux Documentation/locking/robust-futex-ABI.rst.
 */
#include "ipc/futex/futex.h"
#include "ipc/futex/pi.h"
#include "mm/uaccess.h"
#include "proc/task/proc.h"

#define FUTEX_WAITERS 0x80000000U
#define FUTEX_OWNER_DIED 0x40000000U
#define FUTEX_TID_MASK 0x3fffffffU
#define LIST_MAX 2048
#define TRIES_MAX 1000

struct robust_list_head {
	uint64_t next;    /* of the list; its end points back to the head */
	int64_t offset;   /* from an entry to its futex word */
	uint64_t pending; /* being locked or unlocked at this moment */
};

/*
 * Mark the word at @addr, if @tid owns it, and tell in *@value what it was.
 * False: it is not there.  Who dies can give up to nobody, so what bounds the
 * attempts is their number: the owner's word is for the owner to change, but
 * for the bit of the waiters.
 */
static bool mark_word(vaddr_t addr, uint32_t tid, uint32_t *value)
{
	for (unsigned i = 0; i < TRIES_MAX; i++) {
		uint32_t seen;

		if (get_user_u32(value, addr) != 0)
			return false;
		if ((*value & FUTEX_TID_MASK) != tid)
			return true;

		uint32_t new = (*value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;

		if (fault_in_user(addr, true) != 0)
			return false;
		if (cmpxchg_user_u32_nofault(addr, *value, new, &seen) == 0 &&
		    seen == *value)
			return true;
		cond_resched();
	}
	return false;
}

/* By the object behind it, whoever may have it in common: the C library calls
 * no word of such a list private, and Linux wakes nobody who does. */
static void wake_word(vaddr_t addr)
{
	futex_wake((struct futex_address){ addr, true }, 1, FUTEX_ANY);
}

/* Give up the word at @addr if @tid owns it, and tell what it was. */
static bool release_word(vaddr_t addr, uint32_t tid, uint32_t *value)
{
	if (addr % sizeof(uint32_t) != 0 || !mark_word(addr, tid, value))
		return false;
	if ((*value & FUTEX_TID_MASK) == tid && (*value & FUTEX_WAITERS))
		wake_word(addr);
	return true;
}

/*
 * The word that was being locked or unlocked.  One that is nobody's may have been
 * given up by us, who were about to wake somebody and will not; or we were woken
 * for it, and take it no more.  Either way one of those who wait is to be woken:
 *
 *	we					a waiter
 *						sleeps
 *	the word is 0
 *	end, and do not wake			sleeps, and nobody has it
 */
static void release_pending(uint64_t pending, int64_t offset, uint32_t tid)
{
	vaddr_t addr = (pending & ~1UL) + (uint64_t)offset;
	uint32_t value;

	if (!release_word(addr, tid, &value))
		return;
	/* Bit 0: it lends priority, and the kernel gives it on. */
	if (!(pending & 1) && (value & FUTEX_TID_MASK) == 0)
		wake_word(addr);
}

static void walk_robust_list(struct thread *t)
{
	struct robust_list_head head;
	vaddr_t entry;

	if (copy_from_user(&head, t->robust_list, sizeof(head)) != 0)
		return;
	entry = head.next;
	for (unsigned n = 0; entry != t->robust_list && n < LIST_MAX; n++) {
		/* Bit 0 says that it is a PI mutex: nobody waits here for it. */
		vaddr_t at = entry & ~1UL;
		uint64_t next;
		uint32_t value;
		bool more = get_user_u64(&next, at) == 0;

		if (at != (head.pending & ~1UL) &&
		    !release_word(at + (uint64_t)head.offset,
				  (uint32_t)t->tid, &value))
			return;
		if (!more)
			return;
		entry = next;
		cond_resched();
	}
	if (head.pending != 0)
		release_pending(head.pending, head.offset, (uint32_t)t->tid);
}

void futex_thread_exit(struct thread *t)
{
	if (t->arch.mm != NULL && t->robust_list != 0)
		walk_robust_list(t);
	WRITE_ONCE(t->robust_list, 0);
	/* Behind the words: who finds us gone reads there that we died. */
	futex_pi_exit();
	if (t->arch.mm == NULL)
		return;
	if (t->clear_child_tid != 0 &&
	    put_user_u32(t->clear_child_tid, 0) == 0)
		wake_word(t->clear_child_tid); /* pthread_join() is there */
	t->clear_child_tid = 0;
}
