#pragma once

/*
 * debug/race.h - bugs that can be switched on, and the places where another
 * hart may slip in.  Lab build only: in the release build bug() is false and
 * race_point() nothing.
 *
 *	if (bug(cow_double_copy) || pte_same(pte_load(ptep), seen))
 *		...
 *	race_point(cow_copied, ptep);
 *
 * At most one bug is on, from boot (bug=NAME).  It stands where the right
 * code stands, as small as it can be.
 *
 * A race point has a name (debug/points.def) and a key: the address of what
 * the race is about, or 0.  What happens there depends on the mode:
 *
 *	off	nothing
 *	noise	now and then a random delay; its numbers come from seed=
 *	NAME	the choreography of bug NAME (its STEPs in debug/bugs.def): the
 *		first thread at point P waits until another one has passed
 *		point Q with the same key, or for the step's time at most
 *
 * A wait that ended because Q was passed is a window that was reached.
 * /proc/drover/races shows the mode and counts points and windows; to write
 * "off", "noise" or a bug's name to it changes the mode.
 */

#include "lib/compiler.h"
#include "lib/types.h"

enum bug {
	BUG_none,
#define BUG(name, kind, seen, invariant, tests, oracle, origin, what) BUG_##name,
#define STEP(name, point, until, us)
#include "debug/bugs.def"
#undef BUG
#undef STEP
	NR_BUGS
};

enum point {
	POINT_none,
#define POINT(name, what) POINT_##name,
#include "debug/points.def"
#undef POINT
	NR_POINTS
};

#if LAB

extern enum bug bug_on;       /* (c) after boot */
extern bool race_points_on;   /* (a) any mode but off */

/* Constant in its argument, so each use is one load and one branch. */
#define bug(name) unlikely(bug_on == BUG_##name)

#define race_point(name, key)						\
	do {								\
		if (unlikely(READ_ONCE(race_points_on)))		\
			race_reach(POINT_##name, (uintptr_t)(key));	\
	} while (0)

/* Context: any, with any lock; may spin for as long as a STEP says, and
 * serves shootdowns meanwhile. */
void race_reach(enum point point, uintptr_t key);

/* Boot: switch @name on, with its choreography; panics with the list of all
 * names when there is no such bug. */
void bug_switch_on(const char *name);
/* Every random choice of the races follows from @seed. */
void race_set_seed(uint64_t seed);
/* "off", "noise" or a bug's name; false: none of them. */
bool race_set_mode(const char *mode);

/* Print the windows of choreographies that were entered, as
 * /proc/drover/races has them: part of a panic's report. */
void race_report(void);

/* ---- for /proc/drover/races ---- */

const char *race_mode(void);
const char *bug_name(enum bug bug);
/* The programs of tests/stress that fail on it, between blanks. */
const char *bug_tests(enum bug bug);
const char *point_name(enum point point);
uint64_t point_reached(enum point point);
/* The n-th STEP of the table: false behind the last one. */
struct step {
	enum bug bug;
	enum point point, until;
	unsigned us;
};
bool race_step(unsigned n, struct step *step, uint64_t *waits, uint64_t *hits);

#else

#define bug(name) false
#define race_point(name, key) ((void)sizeof(key))
#define race_report() ((void)0)

#endif
