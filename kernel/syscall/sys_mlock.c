/*
 * syscall/sys_mlock.c - the calls that have pages stay.
 */
#include "syscall/syscall.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/map.h"
#include "syscall/mm_args.h"

/* To whole pages; false: the range wraps around. */
static bool get_pages(unsigned long *start, unsigned long *length)
{
	*length += *start % PAGE_SIZE;
	*start = align_down(*start, PAGE_SIZE);
	return round_range(*start, length);
}

static long lock_memory(unsigned long start, unsigned long length, bool populate)
{
	struct mm *mm = current_mm();
	int err = may_lock(0);

	if (err != 0)
		return err;
	if (!get_pages(&start, &length))
		return -EINVAL;
	err = may_lock(mm_pages_locked_with(mm, start, length));
	if (err == 0)
		err = mm_lock(mm, start, length, true);
	if (err == 0 && populate && length != 0)
		err = mm_populate(mm, start, length);
	return err == -EFAULT ? -ENOMEM : err;
}

#define MLOCK_ONFAULT 1UL
#define MCL_CURRENT 1UL
#define MCL_FUTURE 2UL
#define MCL_ONFAULT 4UL
#define MCL_ALL 7UL

SYSCALL_2(mlock, start, length)
{
	return lock_memory(start, length, true);
}

SYSCALL_3(mlock2, start, length, flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	return lock_memory(start, length, !(flags & MLOCK_ONFAULT));
}

SYSCALL_2(munlock, start, length)
{
	if (!get_pages(&start, &length))
		return -EINVAL;
	return mm_lock(current_mm(), start, length, false);
}

SYSCALL_1(mlockall, flags)
{
	struct mm *mm = current_mm();
	int err;

	if (flags == 0 || (flags & ~MCL_ALL) || flags == MCL_ONFAULT)
		return -EINVAL;
	/* As it is now: who maps meanwhile may come before us, too. */
	err = may_lock(flags & MCL_CURRENT ? mm_total_pages(mm) : 0);
	if (err != 0)
		return err;
	mm_lock_new(mm, flags & MCL_FUTURE, !(flags & MCL_ONFAULT));
	if (flags & MCL_CURRENT)
		mm_lock_all(mm, true);
	if ((flags & MCL_CURRENT) && !(flags & MCL_ONFAULT))
		mm_populate_all(mm);
	return 0;
}

SYSCALL_0(munlockall)
{
	mm_lock_new(current_mm(), false, false);
	mm_lock_all(current_mm(), false);
	return 0;
}
