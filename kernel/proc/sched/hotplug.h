#pragma once

/*
 * proc/sched/hotplug.h - harts that come and go while the machine runs.
 */

#include "lib/types.h"

/*
 * Have @hart, which has arrived at boot, leave or come back.  Nothing is done
 * where it has already.  -EBUSY: it is the last one; -EIO: it has not come.
 * May sleep; nothing but sleeping locks above MISC_SLEEP held.
 */
int hart_set_online(unsigned hart, bool online);

/* All that have arrived may be used; boot, before the first process. */
void sched_harts_arrived(void);

/* The devices interrupt hart @to from now on, if they have interrupted this
 * one, which leaves.  Interrupts off. */
void hart_leaves_devices(unsigned to); /* upcall */
