/*
 * sync/glance.c - see glance.h.
 */
#include "sync/glance.h"

static uint64_t number_of(unsigned hart)
{
	return READ_ONCE(harts[hart].glances);
}

void glances_wait(void)
{
	lab_assert(!glance_is_on(hart_self()->glances));
	/*
	 * ORDER glance, waiting side; the other is in glance_begin().
	 * Store buffering: what is taken out, then the numbers.
	 */
	smp_mb();
	for_each_present_hart(h) {
		uint64_t seen = number_of(h);

		if (unlikely(glance_is_on(seen)))
			spin_until_by(h, number_of(h) != seen);
	}
	/*
	 * ORDER glance-over, waiting side; the other is in glance_end().
	 * What they have done comes before what we do.
	 */
	smp_mb();
}
