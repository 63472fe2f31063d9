#pragma once

/*
 * objects.h - who has the kernel's objects, by where they were taken.
 *
 *	struct objects before, after;
 *	objects_read(&before);
 *	...
 *	objects_read(&after);
 *	for (int i = 0; i < after.nr; i++)
 *		more = objects_more(&before, &after.site[i]);
 *
 * /proc/drover/objects has a line for each place. Only drover's lab build has the
 * file; elsewhere objects_read() is false, and there are none.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MAX_SITES = 1024 };

struct object_site {
	long count;
	char cache[24], place[72];
};

struct objects {
	int nr;
	struct object_site site[MAX_SITES];
};

static inline bool objects_read(struct objects *all)
{
	FILE *file = fopen("/proc/drover/objects", "re");
	char line[200];

	all->nr = 0;
	while (file && all->nr < MAX_SITES && fgets(line, sizeof(line), file)) {
		struct object_site *site = &all->site[all->nr];

		all->nr += sscanf(line, "%ld %23s %71s", &site->count, site->cache,
				  site->place) == 3;
	}
	if (file)
		fclose(file);
	return file != NULL;
}

/* What @all says of the place of @like; NULL: nothing is from there. */
static inline const struct object_site *
objects_find(const struct objects *all, const struct object_site *like)
{
	for (int i = 0; i < all->nr; i++)
		if (strcmp(all->site[i].place, like->place) == 0 &&
		    strcmp(all->site[i].cache, like->cache) == 0)
			return &all->site[i];
	return NULL;
}

/* How many more there are from @now's place than there were. */
static inline long objects_more(const struct objects *before,
				const struct object_site *now)
{
	const struct object_site *then = objects_find(before, now);

	return now->count - (then ? then->count : 0);
}
