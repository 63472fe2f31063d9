#pragma once

/*
 * mm/limits.h - how much an address space may map.
 *
 * Each mapping is memory of the kernel, so their number has a bound for the
 * whole system; how many pages they have, and how many of those are data, is
 * limited as the process that asks says (RLIMIT_AS, RLIMIT_DATA).  As on
 * Linux, who lowers a limit keeps what there is.
 */

#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/lockclass.h"

struct mm;

#define MAX_MAP_COUNT 65530U

/* RLIMIT_*, by Linux's numbers: how many there are, and those that limit a process's memory. */
#define NR_LIMITS 16
#define RLIMIT_DATA 2
#define RLIMIT_MEMLOCK 8
#define RLIMIT_AS 9

/* (a) vm.max_map_count; root may change it. */
extern uint32_t max_map_count;

/*
 * (a) vm.overcommit_memory, by Linux's numbers; root may change it.  A mapping
 * is a promise, and all promises together are more than there is, or nobody
 * could fork.  What is refused is a single one that could never be kept: more
 * pages of its own than the machine has, unless its maker says that he knows
 * (MAP_NORESERVE).
 */
enum { OVERCOMMIT_GUESS = 0, OVERCOMMIT_ALWAYS = 1 };
extern uint32_t overcommit_memory;

#define NO_LIMIT UINT64_MAX

typedef uint64_t limit_t[2]; /* soft, hard */

/* The limits of the running process, by resource; a kernel thread has none.
 * Another thread may change them. */
const limit_t *current_limits(void); /* upcall */

/* The running thread may lock what it likes: RLIMIT_MEMLOCK is not for it. */
bool current_may_lock_all(void); /* upcall */

static inline uint64_t current_limit(unsigned resource)
{
	return READ_ONCE(current_limits()[resource][0]);
}

/* May the running thread's process have @pages locked, in all? */
static inline bool current_may_lock(uint64_t pages)
{
	return current_may_lock_all() ||
	       pages <= current_limit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
}

/* The running thread's process may not map, or have as data, what it likes. */
static inline bool mm_has_limits(void)
{
	const limit_t *limits = current_limits();

	return (READ_ONCE(limits[RLIMIT_AS][0]) &
		READ_ONCE(limits[RLIMIT_DATA][0])) != NO_LIMIT;
}

/* May @mm have @pages more that are mapped as @flags say?
 * May so many of those that it has become data? */
bool mm_limits_allow(const struct mm *mm, unsigned flags, uint64_t pages)
	REQUIRES_SHARED(C_map);
static inline bool mm_may_have_pages(const struct mm *mm, unsigned flags,
				     uint64_t pages) REQUIRES_SHARED(C_map)
{
	return likely(!mm_has_limits()) || mm_limits_allow(mm, flags, pages);
}
bool mm_may_have_data(const struct mm *mm, uint64_t pages)
	REQUIRES_SHARED(C_map);
/* ... have so many more locked? */
bool mm_may_lock_more(const struct mm *mm, uint64_t pages) REQUIRES_SHARED(C_map);
/* ... promise @pages pages in one mapping? */
bool mm_may_promise(unsigned flags, uint64_t pages);
