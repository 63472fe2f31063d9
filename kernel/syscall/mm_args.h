#pragma once

/*
 * syscall/mm_args.h - ranges of memory as arguments of system calls.
 */

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/types.h"
#include "mm/mm.h"
#include "vfs/memlock.h"

/*
 * Is [start, start + length) whole pages of the user half, with @length
 * rounded up to pages?
 */
static inline bool get_range(unsigned long start, unsigned long *length)
{
	if (!is_aligned(start, PAGE_SIZE) || *length > user_end)
		return false;
	*length = align_up(*length, PAGE_SIZE);
	return start <= user_end - *length;
}

/*
 * Round @length up to pages.  False: the range wraps around.  Where it lies
 * is not asked: outside of the user half nothing is mapped (-ENOMEM).  A
 * length that does not fit rounds up to 0, as on Linux.
 */
static inline bool round_range(unsigned long start, unsigned long *length)
{
	*length = align_up(*length, PAGE_SIZE);
	return start + *length >= start;
}
