/*
 * frame_count.c - the users of a page are counted, by several harts at once.
 *
 * Claim:  a page is kept while one process has it, and given back with the
 *         last one.
 * Method: several processes, which share their pages, fork children in pairs
 *         and then write over every page, so that the old ones belong to the
 *         pair alone. Both exit at the same moment.
 * Oracle: a page holds what its process knows. When all are gone, MemFree is
 *         back where it was (on drover, where nothing else moves it).
 * -X:     MAP_SHARED.
 */
#include "libstress.h"

enum { PAGES = 32, PAIRS = 4, LEAK_PAGES = 64 };

static volatile long (*pages)[PAGE / sizeof(long)];
static struct meeting *meetings;	/* shared memory: one a process */

static void check_pages(long value)
{
	for (int p = 0; p < PAGES; p++)
		stress_check(pages[p][0] == value,
			     "page %d holds %ld, not %ld", p, pages[p][0], value);
}

/* Upwards, when some are copied by one fault, and downwards, when each has its
 * own: both have to give back what they hold. */
static void write_pages(long value)
{
	for (int p = 0; p < PAGES; p++)
		pages[value % 2 == 0 ? p : PAGES - 1 - p][0] = value;
}

static void fork_pair(struct meeting *meeting, long value)
{
	for (int i = 0; i < 2; i++) {
		if (tap_fork() == 0) {
			meet(meeting, 3);
			check_pages(value);
			_exit(0);
		}
	}
	write_pages(value + 1);
	meet(meeting, 3);
	stress_reap();
	check_pages(value + 1);
}

static long free_pages(void)
{
	return read_value("/proc/meminfo", "MemFree:") / (PAGE / 1024);
}

/* What a process leaves goes a moment after it has been reaped. */
static long settled_free_pages(long want)
{
	struct stress_seen seen = { 0 };
	long now = free_pages();

	while (now < want && !stress_stands(&seen, now)) {
		stress_pause_ms(WATCH_MS);
		now = free_pages();
	}
	return now;
}

int main(int argc, char **argv)
{
	long most = 0, now;

	stress_begin(argc, argv, 2, "pages stay with their users and go with them");
	pages = stress_map(PAGES * PAGE, stress_private());
	meetings = stress_map(PAGE, MAP_SHARED);
	for (long round = 1; stress_go_on(); round++) {
		write_pages(round);
		for (int i = 0; i < stress.threads; i++) {
			if (tap_fork() == 0) {
				for (int pair = 0; pair < PAIRS; pair++)
					fork_pair(&meetings[i], round + pair);
				_exit(0);
			}
		}
		stress_reap();
		check_pages(round);
		now = on_drover() ? settled_free_pages(most - LEAK_PAGES) : most;
		stress_check(now >= most - LEAK_PAGES,
			     "%ld frames are missing", most - now);
		if (now > most)
			most = now;
		stress_round();
	}
	return stress_end();
}
