#pragma once

/*
 * libmaps.h - reading /proc/self/maps, the kernel's own list of mappings.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct mapping {
	unsigned long start, end;
	char rights[8];		/* "rw-p" */
	char name[128];		/* "" for anonymous memory */
};

enum { MAPS_MAX = 256 };

/* The mappings that touch [@start, @end); their number, -1 without /proc. */
static inline int maps_between(const void *start, const void *end,
			       struct mapping *maps)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[400];
	int n = 0;

	if (!f)
		return -1;
	while (n < MAPS_MAX && fgets(line, sizeof(line), f)) {
		struct mapping *m = &maps[n];

		m->name[0] = '\0';
		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %127[^\n]", &m->start,
			   &m->end, m->rights, m->name) < 3)
			continue;
		if (m->start < (unsigned long)end &&
		    m->end > (unsigned long)start)
			n++;
	}
	fclose(f);
	return n;
}

/* True when [@start, @end) is one mapping with exactly these rights. */
static inline bool maps_is_one(const void *start, const void *end,
			       const char *rights)
{
	struct mapping maps[MAPS_MAX];

	return maps_between(start, end, maps) == 1 &&
	       maps[0].start <= (unsigned long)start &&
	       maps[0].end >= (unsigned long)end &&
	       strcmp(maps[0].rights, rights) == 0;
}
