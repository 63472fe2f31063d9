/*
 * fs/proc/races.c - /proc/drover/races: which kernel this is, the mode of
 * the race points, and how often points and windows were reached.
 *
 *	kernel right, or the names of its bugs with commas between
 *	mode MODE
 *	window RACE POINT UNTIL WAITS HITS
 *	point NAME COUNT
 *
 * Points that were never reached are left out.  To write a mode
 * sets it.  /proc/drover/bugs says which choreography is for which tests.
 */
#include "fs/proc/procfs_internal.h"

#include "debug/race.h"
#include "lib/errno.h"

#if LAB

static void write_windows(struct text *t)
{
	struct step step;
	uint64_t waits, hits;

	for (unsigned n = 0; race_step(n, &step, &waits, &hits); n++)
		text_printf(t, "window %s %s %s %lu %lu\n",
			    race_name(step.race), point_name(step.point),
			    point_name(step.until), waits, hits);
}

static void write_mode(struct text *t)
{
	const char *between = "mode ";

	if (race_makes_noise())
		text_printf(t, "mode noise\n");
	else if (!READ_ONCE(race_points_on))
		text_printf(t, "mode off\n");
	for (unsigned r = 1; r <= nr_races; r++) {
		if (!race_is_followed(r))
			continue;
		text_printf(t, "%s%s", between, race_name(r));
		between = ",";
	}
	if (*between == ',')
		text_printf(t, "\n");
}

static void write_points(struct text *t)
{
	for (unsigned p = POINT_none + 1; p < NR_POINTS; p++)
		if (point_reached(p) != 0)
			text_printf(t, "point %s %lu\n", point_name(p),
				    point_reached(p));
}

int procfs_show_races(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "kernel %s\n", race_kernel());
	write_mode(t);
	write_windows(t);
	write_points(t);
	return 0;
}

/* Each race with a choreography, and the tests that it is for. */
int procfs_show_bugs(struct text *t, const struct procfs_entry *e UNUSED)
{
	struct step step;
	uint64_t waits, hits;
	unsigned last = 0;

	for (unsigned n = 0; race_step(n, &step, &waits, &hits); n++) {
		if (step.race != last)
			text_printf(t, "%s %s\n", race_name(step.race),
				    race_tests(step.race));
		last = step.race;
	}
	return 0;
}

int procfs_store_races(const char *word,
		       const struct procfs_entry *e UNUSED)
{
	return race_set_mode(word) ? 0 : -EINVAL;
}

#endif
