#pragma once

/*
 * vfs/memlock.h - how much memory the running thread may have locked.
 *
 * It is asked before the mappings are changed, and not under their lock: who maps
 * meanwhile may come before us, too.
 */

#include "lib/errno.h"
#include "mm/limits.h"
#include "mm/map.h"
#include "mm/mm.h"

/* RLIMIT_MEMLOCK: 0, -EPERM, or -ENOMEM when there would be @pages in all. */
static inline int may_lock(uint64_t pages)
{
	if (current_limit(RLIMIT_MEMLOCK) == 0 && !current_may_lock_all())
		return -EPERM;
	return current_may_lock(pages) ? 0 : -ENOMEM;
}

/* 0, or -EAGAIN when @bytes more of the running process may not be locked. */
static inline int may_lock_more(uint64_t bytes)
{
	uint64_t locked = mm_pages_locked_with(current_mm(), 0, 0);

	return may_lock(locked + (bytes >> PAGE_SHIFT)) == 0 ? 0 : -EAGAIN;
}

/* The same of @bytes that are mapped anew: by MCL_FUTURE they are locked. */
static inline int may_map_more(uint64_t bytes)
{
	return READ_ONCE(current_mm()->new_flags) ? may_lock_more(bytes) : 0;
}
