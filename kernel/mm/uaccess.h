#pragma once

/*
 * mm/uaccess.h - user memory as the kernel sees it.
 *
 * The kernel never dereferences a user address.  Each access walks the
 * page table, checks the rights the user has, and goes through the direct
 * map, one page at a time with interrupts off: a hart that has acked a
 * shootdown is past its access, so the frame cannot be freed under it.
 * A page that is missing, or not writable yet, is faulted in first.
 *
 * All return 0, or -EFAULT when part of the range is not accessible (bytes
 * before it may have been copied).  They sleep: no spinlock may be held,
 * nor map_sem.  Addresses are checked here; callers pass them raw.
 */

#include "lib/compiler.h"
#include "lib/errno.h"
#include "lib/types.h"

/* Where the memory of any program could end, in the widest paging mode that
 * RISC-V has for it: Linux answers as if this machine had it. */
#define ANY_USER_END (1UL << 56)

/*
 * Could the range be anybody's?  What moves bytes asks before it moves one,
 * and of no bytes, too; what is mapped there turns out later.
 */
static inline bool is_user_range(vaddr_t start, size_t n)
{
	return (start | n | (start + n)) < ANY_USER_END;
}

/* A piece of a vector, as programs lay it out. */
struct user_iovec {
	uint64_t base, length;
};

/* How many bytes were copied before the first that could not be. */
size_t copy_from_user_partial(void *to, vaddr_t from, size_t n);
size_t copy_to_user_partial(vaddr_t to, const void *from, size_t n);
size_t zero_user_partial(vaddr_t to, size_t n);

static inline int MUST_CHECK copy_from_user(void *to, vaddr_t from, size_t n)
{
	return copy_from_user_partial(to, from, n) == n ? 0 : -EFAULT;
}

static inline int MUST_CHECK copy_to_user(vaddr_t to, const void *from,
					  size_t n)
{
	return copy_to_user_partial(to, from, n) == n ? 0 : -EFAULT;
}

static inline int MUST_CHECK zero_user(vaddr_t to, size_t n)
{
	return zero_user_partial(to, n) == n ? 0 : -EFAULT;
}

int MUST_CHECK get_user_u32(uint32_t *value, vaddr_t from);
int MUST_CHECK get_user_u64(uint64_t *value, vaddr_t from);
int MUST_CHECK put_user_u32(vaddr_t to, uint32_t value);
int MUST_CHECK put_user_u64(vaddr_t to, uint64_t value);

/*
 * A string with its NUL, at most @size bytes with it: its length without
 * the NUL, -EFAULT, or -ENAMETOOLONG.
 */
long MUST_CHECK strncpy_from_user(char *to, vaddr_t from, size_t size);

/*
 * Without sleeping, under spinlocks (futex): -EFAULT when the page is not
 * there; then fault it in without locks (fault_in_user) and try again.
 * @addr is aligned to 4.  The new value of cmpxchg is stored if *@addr is
 * @old; @seen gets what was there.
 */
int MUST_CHECK get_user_u32_nofault(uint32_t *value, vaddr_t addr);
int MUST_CHECK cmpxchg_user_u32_nofault(vaddr_t addr, uint32_t old,
					uint32_t new, uint32_t *seen);
int MUST_CHECK fault_in_user(vaddr_t addr, bool write);

/*
 * For what is best written in place: where the kernel finds the @n bytes at
 * @addr, which lie in one page, until user_window_close().  Interrupts are
 * off in between.  NULL, and they are as they were: the page is not there,
 * or not so accessible.
 */
void *user_window_open(vaddr_t addr, size_t n, bool write, unsigned long *irq);
void user_window_close(unsigned long irq);

/* What names a word of user memory: mm/word.c. */
struct word_name {
	uint64_t object; /* a serial number */
	uint64_t offset;
};

/* The name of the word at @addr, which others may share; 0 or -EFAULT. */
int MUST_CHECK user_word_name(vaddr_t addr, struct word_name *name);
/* That to the threads of one process only; whether it is mapped or not. */
struct word_name user_word_name_private(vaddr_t addr);

/*
 * Another process's memory, as a debugger would see it (/proc/PID/mem,
 * process_vm_readv): @mm is held by the caller.  Rights of the mapping
 * count; with @force a private read-only mapping is written through a
 * private copy, never the file.  Returns bytes copied, or -EIO when none.
 */
struct mm;
ssize_t mm_access(struct mm *mm, vaddr_t addr, void *buf, size_t n, bool write,
		  bool force); /* access.c */
/*
 * The page at @addr, with a reference, to be read later: as in a fork, nobody
 * writes to it in place any more.  NULL: it is not there, or not a private
 * page of @mm's own; then its bytes are to be copied.
 */
struct page;
struct page *mm_share_page(struct mm *mm, vaddr_t addr); /* access.c */
