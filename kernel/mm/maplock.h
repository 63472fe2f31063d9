#pragma once

/*
 * mm/maplock.h - the lock of an address space's mappings, in three forms.
 *
 *	map_lock(mm);			alone: changes the mappings, or what
 *	map_unlock(mm);			many entries say together
 *
 *	map_lock_shared(mm);		beside others who look; may sleep
 *	map_unlock_shared(mm);
 *
 *	if (map_visit(mm, va)) {	the same for a moment: a page fault.
 *		...			Does not sleep
 *		map_leave(mm);
 *	}
 *
 * The first two are those of a reader-writer lock, mm->map_sem.  Of its many
 * readers each writes to that one word, so faults of threads that have nothing
 * in common but their process would meet there.  Hence the third: a visitor
 * says so in a word of his own hart, and looks whether somebody is alone; who
 * wants to be alone takes map_sem, and then waits until no hart visits.  A
 * visitor who finds somebody alone leaves, and shares map_sem instead: there
 * he sleeps until it is his turn.
 *
 *	visits				wants to be alone
 *	a1 visits = the lock		b1 takes the lock: WRITER
 *	a2 full fence			b2 full fence
 *	a3 looks for WRITER		b3 looks at `visits` of each hart that
 *					   has mm in its satp
 *
 * Of a3 and b3 one sees what the other has written before its fence.  If both
 * do, the visitor takes his word back, and b3 goes on.  A hart that b3 does not
 * find among those that have mm entered later (ORDER tlb-active): a full fence
 * is between its entry and a3, so a3 sees WRITER.
 *
 * Whoever is alone waits awake for visitors, for they do not sleep: the lab
 * build looks after that, lockorder_assert_may_sleep().  So a fault that has to
 * read a disk is no visit (FAULT_SLEEPS), nor is one in somebody else's address
 * space.
 *
 * Whoever is alone may keep a range of it and let others in for the rest:
 * claim.h.  All three forms mean the whole address space, and so no claim in it
 * but for a fault, which is about one page.
 *
 * An address space may have lent windows, with locks of their own (window.h).
 * Whoever wants one page, or a range that lies in one window, has the lock of
 * that, in the same three forms (map_share_over(), change_begin_over()).  Whoever
 * wants more closes the windows first, under map_sem; map_lock() and
 * map_lock_shared() close all.  Which lock it is follows from whether a window is
 * open; that is asked again when the lock is had, for then it does not change.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "mm/claim.h"
#include "mm/mm.h"

/* ---- where mappings are ---- */

/* The open window that @va is in, or NULL: a guess, as window_with()'s. */
static inline struct window *mm_window_at(const struct mm *mm, vaddr_t va)
{
	/*
	 * ORDER mm-windows, looking side; the other is in make_windows().  Plain:
	 * what was made is only looked at through the pointer to it.
	 */
	struct windows *all = READ_ONCE(mm->windows);

	return likely(all == NULL) ? NULL : window_with(all, va);
}

/* Those of where @va is, which is in what was locked. */
static inline const struct vma_tree *mm_vmas_at(const struct mm *mm, vaddr_t va)
	REQUIRES_SHARED(C_map)
{
	const struct window *window = mm_window_at(mm, va);

	return likely(window == NULL) ? &mm->vmas : &window->vmas;
}

/* ---- the lock ---- */

static inline void map_lock(struct mm *mm) ACQUIRES(C_map);
static inline void map_unlock(struct mm *mm) RELEASES(C_map);
static inline void map_lock_shared(struct mm *mm) ACQUIRES_SHARED(C_map);
static inline void map_unlock_shared(struct mm *mm) RELEASES_SHARED(C_map);

/* The second form for what concerns [start, end) alone; @at is in that, and
 * mm_vmas_at() has its mappings. */
static inline void map_share_over(struct mm *mm, vaddr_t start, vaddr_t end)
	ACQUIRES_SHARED(C_map);
static inline void map_unshare_at(struct mm *mm, vaddr_t at)
	RELEASES_SHARED(C_map);

/* map_sem is held, alone or @shared: wait for claims over [start, end), without
 * it, and take it again. */
void map_wait_for_claims(struct mm *mm, vaddr_t start, vaddr_t end, bool shared);
/* Somebody has claimed some of [start, end).  map_sem is held. */
static inline struct range_claim *map_claim_over(const struct mm *mm, vaddr_t start,
					   vaddr_t end)
{
	return likely(mm->claims == NULL) ? NULL :
	       claim_over(mm->claims, start, end);
}

/* Other harts run threads of @mm now, who may want something of it. */
static inline bool map_has_company(const struct mm *mm)
{
	return !hartmask_is_empty(hartmask_but(hartmask_read(&mm->tlb.running),
					       hart_id()));
}

/*
 * Who is alone keeps [start, end) and gives map_sem back; NULL: he is alone, as
 * before.  Of what was found under map_sem only what is about the range is true
 * from then on, and the tree is not to be looked at.
 */
struct range_claim *map_claim(struct mm *mm, vaddr_t start, vaddr_t end)
	REQUIRES(C_map);
void map_claim_end(struct mm *mm, struct range_claim *claim);

/* Of what has its mappings in @window, or in none. */
static inline struct LOCK_OF(rwsem, map) *map_lock_of(struct mm *mm,
						      struct window *window)
{
	return likely(window == NULL) ? &mm->map_sem : &window->sem;
}

static inline enum lock_rank map_rank_of(const struct window *window)
{
	return likely(window == NULL) ? RANK_MAP_SEM : RANK_MAP_WINDOW;
}

/* Bits of the windows that are open. */
static inline uint64_t map_windows_open(const struct mm *mm)
{
	const struct windows *all = READ_ONCE(mm->windows);

	return likely(all == NULL) ? 0 : windows_open(all);
}

/* The open window that all of [start, end) is in, or NULL: a guess, as
 * window_with()'s. */
static inline struct window *map_window_over(const struct mm *mm, vaddr_t start,
					     vaddr_t end)
{
	struct window *window = mm_window_at(mm, start);

	return likely(window == NULL) || start >= end ||
	       mm_window_at(mm, end - 1) != window ? NULL : window;
}

/* ---- alone ---- */

/* Nobody comes any more: those who are there leave soon. */
void map_wait_for_visitors(struct mm *mm, struct window *window,
			   struct hartmask others);

/* The lock was taken alone: now those who visit leave. */
static ALWAYS_INLINE struct hartmask map_clear(struct mm *mm, struct window *window)
{
	struct hartmask others;

	/*
	 * ORDER map-visit, alone side; the other is in map_visit().  Store
	 * buffering: we have the lock and then look who visits; who visits says
	 * so and then looks whether somebody has it.
	 */
	smp_mb();
	others = hartmask_but(hartmask_read(&mm->tlb.loaded), hart_id());
	if (unlikely(!hartmask_is_empty(others)))
		map_wait_for_visitors(mm, window, others);
	return others;
}

/* As map_lock(), for what concerns [start, end) alone: which may be empty, and
 * then no window is closed.  The harts that have @mm in satp, but for this. */
static inline struct hartmask map_lock_over(struct mm *mm, vaddr_t start,
					    vaddr_t end) ACQUIRES(C_map);
static inline NO_THREAD_SAFETY struct hartmask
map_lock_over(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct hartmask others;

	rwsem_lock(&mm->map_sem);
	if (unlikely(mm->claims != NULL))
		map_wait_for_claims(mm, start, end, false);
	others = map_clear(mm, NULL);
	if (unlikely(map_windows_open(mm) != 0))
		windows_close(mm, start, end);
	return others;
}

static inline NO_THREAD_SAFETY void map_lock(struct mm *mm)
{
	(void)map_lock_over(mm, 0, user_end);
}

static inline NO_THREAD_SAFETY void map_unlock(struct mm *mm)
{
	rwsem_unlock(&mm->map_sem);
}

/* The open window that [start, end) is in, alone, but for visitors; or NULL: it
 * is in none. */
struct window *map_lock_window(struct mm *mm, vaddr_t start, vaddr_t end);

/* ---- shared ---- */

/* As map_share_over(), where there are windows. */
void map_share_beside_windows(struct mm *mm, vaddr_t start, vaddr_t end);

static inline NO_THREAD_SAFETY void map_share_over(struct mm *mm, vaddr_t start,
						   vaddr_t end)
{
	if (unlikely(READ_ONCE(mm->windows) != NULL)) {
		map_share_beside_windows(mm, start, end);
		return;
	}
	rwsem_lock_shared(&mm->map_sem);
	if (unlikely(READ_ONCE(mm->claims) != NULL))
		map_wait_for_claims(mm, start, end, true);
	if (unlikely(map_windows_open(mm) != 0)) { /* since we looked */
		rwsem_unlock_shared(&mm->map_sem);
		map_share_beside_windows(mm, start, end);
	}
}

static inline NO_THREAD_SAFETY void map_unshare_at(struct mm *mm, vaddr_t at)
{
	rwsem_unlock_shared(map_lock_of(mm, mm_window_at(mm, at)));
}

static inline NO_THREAD_SAFETY void map_lock_shared(struct mm *mm)
{
	map_share_over(mm, 0, user_end);
}

static inline NO_THREAD_SAFETY void map_unlock_shared(struct mm *mm)
{
	rwsem_unlock_shared(&mm->map_sem);
}

/* ---- a visit ---- */

/* This hart visits its address space. */
static inline bool map_is_visited(void)
{
	return READ_ONCE(hart_self()->visits) != NULL;
}

/* Where @va is it is held by anybody: shared or alone; or visited here. */
static inline bool map_is_held_at(struct mm *mm, vaddr_t va)
{
	return map_is_visited() ||
	       rwsem_is_held(map_lock_of(mm, mm_window_at(mm, va)));
}

#define assert_map_is_alone(mm) assert_rwsem_held_exclusive(&(mm)->map_sem)

/* For a fault at @va.  False: it is not the address space of this hart, or
 * somebody is alone, or has claimed @va. */
static ALWAYS_INLINE bool map_visit(struct mm *mm, vaddr_t va)
	TRY_ACQUIRE_SHARED(true, C_map);
static ALWAYS_INLINE void map_leave(struct mm *mm) RELEASES_SHARED(C_map);

static ALWAYS_INLINE NO_THREAD_SAFETY bool map_visit(struct mm *mm, vaddr_t va)
{
	struct hart *self = hart_self();
	struct window *window = mm_window_at(mm, va);
	struct LOCK_OF(rwsem, map) *lock = map_lock_of(mm, window);

	if (unlikely(self->tlb != &mm->tlb))
		return false;
	WRITE_ONCE(self->visits, lock);
	/* ORDER map-visit, visiting side; the other is in map_clear(). */
	smp_mb();
	if (unlikely(rwsem_has_writer(lock)) ||
	    unlikely(mm_window_at(mm, va) != window) ||
	    unlikely(READ_ONCE(mm->claims) != NULL && map_claim_over(mm, va, va + 1))) {
		WRITE_ONCE(self->visits, NULL);
		return false;
	}
	lockorder_acquire(lock, map_rank_of(window));
	return true;
}

static ALWAYS_INLINE NO_THREAD_SAFETY void map_leave(struct mm *mm)
{
	struct hart *self = hart_self();

	lockorder_release(self->visits, self->visits == &mm->map_sem ?
			  RANK_MAP_SEM : RANK_MAP_WINDOW);
	/*
	 * ORDER map-left, leaving side; the other is in has_left().
	 * Release: who sees that we have left sees what we have done.
	 */
	store_release(&self->visits, NULL);
	(void)mm;
}

/* As a visitor if @visits and it can be had; or else by sharing the lock, which
 * may sleep. */
static ALWAYS_INLINE void map_visit_or_share(struct mm *mm, vaddr_t va, bool visits)
	ACQUIRES_SHARED(C_map);
static ALWAYS_INLINE void map_leave_or_unshare(struct mm *mm, vaddr_t va)
	RELEASES_SHARED(C_map);

static ALWAYS_INLINE NO_THREAD_SAFETY void
map_visit_or_share(struct mm *mm, vaddr_t va, bool visits)
{
	if (likely(visits) && likely(map_visit(mm, va)))
		return;
	count(maps_shared);
	map_share_over(mm, va, va + 1);
}

static ALWAYS_INLINE NO_THREAD_SAFETY void map_leave_or_unshare(struct mm *mm,
								vaddr_t va)
{
	if (likely(map_is_visited()))
		map_leave(mm);
	else
		map_unshare_at(mm, va);
}
