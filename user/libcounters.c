/*
 * user/libcounters.c - reading /proc/drover/counters; see libcounters.h.
 */
#include "libcounters.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The whole file, NUL-terminated; it is a few kilobytes. */
static bool read_all(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	if (fd < 0)
		return false;
	while ((n = read(fd, text + used, size - 1 - used)) > 0)
		used += n;
	close(fd);
	text[used] = '\0';
	return n == 0;
}

static void parse_line(struct counter *c, char *line)
{
	char *next, *p = strchr(line, ' ');

	*p++ = '\0';
	snprintf(c->name, sizeof(c->name), "%s", line);
	c->total = strtol(p, &p, 10);
	for (c->nr_harts = 0; c->nr_harts < MAX_HARTS; c->nr_harts++) {
		long value = strtol(p, &next, 10);

		if (next == p)
			break;
		c->hart[c->nr_harts] = value;
		p = next;
	}
}

bool counters_read(struct counters *all)
{
	static __thread char text[64 * 1024];
	char *line, *rest = text;

	all->nr = 0;
	if (!read_all("/proc/drover/counters", text, sizeof(text)))
		return false;
	while ((line = strsep(&rest, "\n")) && all->nr < MAX_COUNTERS)
		if (strchr(line, ' '))
			parse_line(&all->counter[all->nr++], line);
	return true;
}

const struct counter *counter_find(const struct counters *all,
				   const char *name)
{
	for (int i = 0; i < all->nr; i++)
		if (strcmp(all->counter[i].name, name) == 0)
			return &all->counter[i];
	return NULL;
}

long counter_value(const struct counters *all, const char *name)
{
	const struct counter *c = counter_find(all, name);

	return c ? c->total : 0;
}

long counter_diff(const struct counters *before, const struct counters *after,
		  const char *name)
{
	return counter_value(after, name) - counter_value(before, name);
}

long counter_diff_prefix(const struct counters *before,
			 const struct counters *after, const char *prefix)
{
	long sum = 0;

	for (int i = 0; i < after->nr; i++) {
		const struct counter *c = &after->counter[i];

		if (strncmp(c->name, prefix, strlen(prefix)) == 0)
			sum += c->total - counter_value(before, c->name);
	}
	return sum;
}
