/*
 * user/libleaks.c - waiting for what was lent; see libleaks.h.
 */
#include "libleaks.h"

#include <limits.h>
#include <unistd.h>

enum {
	LOOK_US = 20000,
	SETTLE_LOOKS = 250,	/* for what ends after it was reaped */
	FIRST_LOOKS = 25,	/* where there will be others */
	LEAK_SLACK = 96,	/* frames that caches may keep, in all: the first program fills them */
};

void leaks_wait(const struct counters *before, char *leak, size_t size)
{
	struct counters after;
	long frames, procs, threads, most = LONG_MIN;

	/* As long as something comes back, more may. */
	for (int looks = 0; looks < SETTLE_LOOKS; looks++) {
		if (!counters_read(&after))
			return;
		frames = counter_diff(before, &after, "frames_free");
		procs = counter_diff(before, &after, "procs");
		threads = counter_diff(before, &after, "threads");
		if (frames >= -LEAK_SLACK && procs <= 0 && threads <= 0)
			return;
		if (frames - procs - threads > most) {
			most = frames - procs - threads;
			looks = 0;
		}
		usleep(LOOK_US);
	}
	snprintf(leak, size,
		 "leaked %ld frames, %ld processes, %ld threads",
		 frames < 0 ? -frames : 0, procs, threads);
}

/* The places with more objects than @before, and how many more. */
static long grow(const struct objects *before, struct objects *grown)
{
	static struct objects now;
	long sum = 0;

	grown->nr = 0;
	objects_read(&now);
	for (int i = 0; i < now.nr; i++) {
		long more = objects_more(before, &now.site[i]);

		if (more <= 0)
			continue;
		grown->site[grown->nr] = now.site[i];
		grown->site[grown->nr++].count = more;
		sum += more;
	}
	return sum;
}

void leaks_wait_objects(const struct objects *before, struct objects *grown,
			bool patiently)
{
	int enough = patiently ? SETTLE_LOOKS : FIRST_LOOKS;
	long more, least = LONG_MAX;

	for (int looks = 0; looks < enough; looks++) {
		more = grow(before, grown);
		if (more == 0)
			return;
		if (more < least) {
			least = more;
			looks = 0;
		}
		usleep(LOOK_US);
	}
}

void leaks_keep(struct objects *grown, const struct objects *again)
{
	int nr = 0;

	for (int i = 0; i < grown->nr; i++)
		if (objects_find(again, &grown->site[i]))
			grown->site[nr++] = grown->site[i];
	grown->nr = nr;
}
