/*
 * libevents.c - reading /proc/drover/counters; see libevents.h.
 *
 * A line is a counter: its name, the total, then a column per hart, which are
 * passed over. The kernel prints the same counters in the same order each
 * time, so the names are read once.
 */
#include "libevents.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[24 * 1024];
static char names[MAX_EVENTS][EVENT_NAME];
static int nr_names;

static bool read_text(void)
{
	int fd = open("/proc/drover/counters", O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	if (fd < 0)
		return false;
	while ((n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += n;
	close(fd);
	text[used] = '\0';
	return n == 0;
}

static char *end_of_line(char *p)
{
	char *end = strchr(p, '\n');

	return end ? end + 1 : p + strlen(p);
}

static void read_names(void)
{
	for (char *p = text; *p && nr_names < MAX_EVENTS; p = end_of_line(p)) {
		size_t length = strcspn(p, " \n");

		if (length >= EVENT_NAME)
			length = EVENT_NAME - 1;
		memcpy(names[nr_names++], p, length);
	}
}

bool events_available(void)
{
	if (nr_names == 0 && read_text())
		read_names();
	return nr_names > 0;
}

void events_read(struct events *all)
{
	char *p = text;

	if (!events_available() || !read_text())
		return;
	for (int i = 0; i < nr_names && *p; i++, p = end_of_line(p))
		all->total[i] = strtol(p + strcspn(p, " \n"), NULL, 10);
}

void events_add(struct events *sum, const struct events *before,
		const struct events *after)
{
	for (int i = 0; i < nr_names; i++)
		sum->total[i] += after->total[i] - before->total[i];
}

long events_sum(const struct events *all, const char *prefix)
{
	long sum = 0;

	for (int i = 0; i < nr_names; i++)
		if (strncmp(names[i], prefix, strlen(prefix)) == 0)
			sum += all->total[i];
	return sum;
}

const char *events_name(int n)
{
	return n < nr_names ? names[n] : NULL;
}
