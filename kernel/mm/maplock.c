/*
 * mm/maplock.c - see maplock.h.
 */

#include "mm/maplock.h"

#include "debug/race.h"
#include "lib/bug.h"

/* Hart @h is not at @mm, or no more. */
static bool has_left(const struct mm *mm, unsigned h)
{
	/* ORDER map-left, waiting side; the other is in map_leave(). */
	return load_acquire(&harts[h].visits) != mm;
}

void map_wait_for_visitors(struct mm *mm, struct hartmask others)
{
	bool waits = false;
	unsigned h;

	race_point(map_to_be_alone, mm);
	for_each_hart(h, others) {
		if (has_left(mm, h))
			continue;
		if (!waits)
			lockorder_waits(&mm->map_sem, RANK_MAP_SEM);
		waits = true;
		spin_until_by(h, has_left(mm, h));
	}
	if (waits)
		lockorder_got(&mm->map_sem, RANK_MAP_SEM);
}
