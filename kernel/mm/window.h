#pragma once

/*
 * mm/window.h - parts of an address space that have their mappings, and the
 * lock of these, for themselves.
 *
 * All mappings of an address space stand in one tree, and who changes them has
 * one lock.  Threads that map and unmap memory of their own meet there, though
 * they have nothing to do with each other.  So where they do meet, an address
 * space lends windows: a window is one GiB of addresses, all that one table of
 * the second level covers, with a tree and a lock of its own.  Each hart has
 * one, and places there what is mapped on it without an address.  From then on
 * mmap, munmap, mprotect, mremap, madvise and faults in it concern nobody else.
 *
 *	closed		all that is mapped there stands in the address
 *			space's tree.  So begins each window
 *	open		it stands in the window's, and none of it reaches out
 *
 * A window is opened, and closed, by who has the address space's lock alone,
 * map_sem; he closes it with the window's lock alone, too:
 *
 *			lock				tree
 *	in one window	the window's			the window's
 *	in none		map_sem				the address space's
 *	in both, or	map_sem, and the windows in	the address space's
 *	everywhere	question are closed
 *
 * So who has to see everything, as fork or /proc/PID/maps, finds one tree under
 * one lock, as ever, and windows are opened anew when threads meet again.  What
 * decides is whether it is open: who has looked, and then got the lock that goes
 * with it, looks again (maplock.h).
 */

#include "arch/barrier.h"
#include "lib/bits.h"
#include "mm/vma.h"
#include "sync/rwsem.h"

struct mm;

#define WINDOW_SHIFT 30
#define WINDOW_BYTES (1UL << WINDOW_SHIFT)
#define MAX_WINDOWS 64U

struct window {
	struct LOCK_OF(rwsem, map) sem;       /* RANK_MAP_WINDOW */
	struct vma_tree vmas GUARDED_BY(C_map);
	uint64_t pages GUARDED_BY(C_map);     /* of all its VMAs */
} __attribute__((aligned(64)));

/* Side by side, from @base on. */
struct windows {
	vaddr_t base;  /* (c) */
	unsigned nr;   /* (c) at most MAX_WINDOWS */
	uint64_t open; /* (a) a bit for each; map_sem alone to write; ORDER
			* map-window */
	struct window window[];
};

static inline vaddr_t window_start(const struct windows *all, unsigned i)
{
	return all->base + ((vaddr_t)i << WINDOW_SHIFT);
}

/* Bits of those that are open.
 *
 * ORDER map-window, looking side; the other is in open_window().  Acquire: what
 * is mapped there.
 */
static inline uint64_t windows_open(const struct windows *all)
{
	return load_acquire(&all->open);
}

/* The open one that @va is in, or NULL: a guess, unless the lock is held that
 * follows from it. */
static inline struct window *window_with(struct windows *all, vaddr_t va)
{
	uint64_t i = (va - all->base) >> WINDOW_SHIFT;

	return i < all->nr && windows_open(all) & BIT(i) ? &all->window[i] : NULL;
}

/* ---- mm/window.c ---- */

/* One of the open ones that covers some of [start, end): where it begins, or 0.
 * map_sem is held in any form. */
vaddr_t windows_over(const struct mm *mm, vaddr_t start, vaddr_t end);
/* Let [*floor, *ceiling) around @at, which is in the range that was locked, end
 * at the bounds of the open window that @at is in, or before the nearest ones. */
void windows_bound(const struct windows *all, vaddr_t at, vaddr_t *floor,
		   vaddr_t *ceiling);
/* Open the one of this hart, if it can be.  map_sem is held alone. */
void window_open_here(struct mm *mm) REQUIRES(C_map);
/* From now on none is open that covers some of [start, end).  map_sem is held
 * alone, and has been cleared of visitors.  Sleeps. */
void windows_close(struct mm *mm, vaddr_t start, vaddr_t end) REQUIRES(C_map);
