/*
 * mm/maplock.c - see maplock.h.
 */

#include "mm/maplock.h"

#include "debug/race.h"
#include "lib/bug.h"

/* Hart @h does not visit what @lock is for, or no more. */
static bool has_left(const void *lock, unsigned h)
{
	/* ORDER map-left, waiting side; the other is in map_leave(). */
	return load_acquire(&harts[h].visits) != lock;
}

void map_wait_for_visitors(struct mm *mm, struct window *window,
			   struct hartmask others)
{
	const void *lock = map_lock_of(mm, window);
	enum lock_rank rank = map_rank_of(window);
	bool waits = false;
	unsigned h;

	race_point(map_to_be_alone, mm);
	for_each_hart(h, others) {
		if (has_left(lock, h))
			continue;
		if (!waits)
			lockorder_waits(lock, rank);
		waits = true;
		spin_until_by(h, has_left(lock, h));
	}
	if (waits)
		lockorder_got(lock, rank);
}

/* ---- beside windows ---- */

/* What [start, end) wants in @window, or in none, is there. */
static bool is_all_in(const struct mm *mm, const struct window *window,
		      vaddr_t start, vaddr_t end)
{
	return map_window_over(mm, start, end) == window &&
	       (window != NULL || windows_over(mm, start, end) == 0);
}

void NO_THREAD_SAFETY map_share_beside_windows(struct mm *mm, vaddr_t start,
					       vaddr_t end)
{
	for (;;) {
		struct window *window = map_window_over(mm, start, end);

		race_point(window_looked_for, mm);
		rwsem_lock_shared(map_lock_of(mm, window));
		if (window == NULL && READ_ONCE(mm->claims) != NULL)
			map_wait_for_claims(mm, start, end, true);
		if (is_all_in(mm, window, start, end))
			return;
		rwsem_unlock_shared(map_lock_of(mm, window));
		if (window == NULL) { /* it closes what is in the way */
			(void)map_lock_over(mm, start, end);
			map_unlock(mm);
		}
	}
}

struct window NO_THREAD_SAFETY *map_lock_window(struct mm *mm, vaddr_t start,
						vaddr_t end)
{
	struct window *window = map_window_over(mm, start, end);

	if (window == NULL)
		return NULL;
	race_point(window_looked_for, mm);
	rwsem_lock(&window->sem);
	if (likely(mm_window_at(mm, start) == window))
		return window;
	rwsem_unlock(&window->sem);
	return NULL;
}
