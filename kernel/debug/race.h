#pragma once

/*
 * debug/race.h - the places where another hart may slip in, and what happens
 * there.  Lab build only: in the release build race_point() is nothing.
 *
 *	race_point(cow_copied, ptep);
 *
 * A race point has a name (debug/points.def) and a key: the address of what
 * the race is about, or 0.  What happens there depends on the mode:
 *
 *	off	nothing
 *	noise	now and then a random delay; its numbers come from seed=.  So
 *		it is, less often, at each lock that is taken or dropped, each
 *		sleep and each wake-up: noise_point()
 *	NAME	the choreography of race NAME (races/NAME/choreography): the
 *		first thread at point P waits until another one has passed
 *		point Q with the same key, or for the step's time at most
 *	A,B	several choreographies
 *
 * A wait that ended because Q was passed is a window that was reached.
 * /proc/drover/races shows the mode and counts points and windows; to write
 * a mode to it changes it.
 *
 * The choreographies are the same for the right kernel and for the one that
 * has the race: that is a variant, built with races/NAME/bug.patch, and
 * starts in the mode of its own name.
 */

#include "lib/compiler.h"
#include "lib/types.h"

enum point {
	POINT_none,
#define POINT(name, what) POINT_##name,
#include "debug/points.def"
#undef POINT
	NR_POINTS
};

#if LAB

/* The bugs that this kernel was built with, "a,b"; "" is the right one. */
extern const char kernel_variant[];

extern bool race_points_on; /* (a) any mode but off */
extern bool race_noise_on;  /* (a) noise */

#define race_point(name, key)						\
	do {								\
		if (unlikely(READ_ONCE(race_points_on)))		\
			race_reach(POINT_##name, (uintptr_t)(key));	\
	} while (0)

/* A place that has no name and no choreography. */
#define noise_point()							\
	do {								\
		if (unlikely(READ_ONCE(race_noise_on)))			\
			race_noise();					\
	} while (0)

/* Context: any, with any lock; may spin for as long as a STEP says, and
 * serves shootdowns meanwhile. */
void race_reach(enum point point, uintptr_t key);
void race_noise(void);

/* Every random choice of the races follows from @seed. */
void race_set_seed(uint64_t seed);
/* "off", "noise", or names of races with commas between; false: none of
 * them, and the mode is what it was. */
bool race_set_mode(const char *mode);

/* "right", or the bugs that this kernel was built with. */
const char *race_kernel(void);
/* Which kernel this is, and the windows of choreographies that were entered,
 * as /proc/drover/races has them: part of a panic's report. */
void race_report(void);

/* ---- for /proc/drover/races ---- */

bool race_makes_noise(void);
/* Races have numbers from 1 to nr_races; those of a choreography's steps
 * follow each other. */
extern const unsigned nr_races;
/* The choreography of @race is followed. */
bool race_is_followed(unsigned race);
const char *race_name(unsigned race);
/* The programs of tests/stress that see it, between blanks. */
const char *race_tests(unsigned race);
const char *point_name(enum point point);
uint64_t point_reached(enum point point);
/* The n-th STEP of the table: false behind the last one. */
struct step {
	unsigned race;
	enum point point, until;
	unsigned us;
};
bool race_step(unsigned n, struct step *step, uint64_t *waits, uint64_t *hits);

#else

#define race_point(name, key) ((void)sizeof(key))
#define noise_point() ((void)0)
#define race_report() ((void)0)

#endif
