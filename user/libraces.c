/*
 * user/libraces.c - reading and setting drover's race points; see libraces.h.
 */
#include "libraces.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	NAMES = 200,		/* of the bugs of a kernel, with commas between */
	POINT_NAME = 40,
};

#define RACES "/proc/drover/races"
#define BUGS "/proc/drover/bugs"
#define TRACE "/proc/drover/trace"

/* "right", or the bugs it was built with; empty where there is no such file. */
static void read_kernel(char name[NAMES])
{
	FILE *file = fopen(RACES, "r");

	name[0] = '\0';
	if (!file)
		return;
	if (fscanf(file, "kernel %199s", name) != 1)
		name[0] = '\0';
	fclose(file);
}

bool races_are_free(void)
{
	char kernel[NAMES];

	read_kernel(kernel);
	return strcmp(kernel, "right") == 0;
}

void races_set_mode(const char *mode)
{
	int fd = open(RACES, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, mode, strlen(mode)) < 0)
		perror("run-tests: " RACES);
	if (fd >= 0)
		close(fd);
}

/* One line of the file is a bug, then its tests. Cuts it into words. */
static bool is_for(char *line, const char *test)
{
	char *rest = line, *word = strsep(&rest, " \n");

	while ((word = strsep(&rest, " \n")))
		if (strcmp(word, test) == 0)
			return true;
	return false;
}

int races_modes(const char *test, char modes[MAX_MODES][MODE_NAME])
{
	FILE *file = fopen(BUGS, "r");
	char line[400];
	int n = 0;

	strcpy(modes[n++], "noise");
	while (file && n < MAX_MODES && fgets(line, sizeof(line), file))
		if (is_for(line, test))
			snprintf(modes[n++], MODE_NAME, "%.*s", MODE_NAME - 1, line);
	if (file)
		fclose(file);
	return n;
}

static bool is_listed(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (; names; names = strchr(names, ',')) {
		names += *names == ',';
		if (strncmp(names, name, len) == 0 && strchr(",", names[len]))
			return true;
	}
	return false;
}

/* @line is of RACES, as kernel/fs/proc/races.c has it; other lines are left out. */
static void print_window(const char *line, const char *kernel)
{
	char race[MODE_NAME], point[POINT_NAME], until[POINT_NAME];
	long waits, hits;

	if (sscanf(line, "window %39s %39s %39s %ld %ld", race, point, until,
		   &waits, &hits) != 5 || !is_listed(kernel, race))
		return;
	if (strcmp(until, "none") == 0)
		printf("# window of %s: threads held for a while at %s: %ld\n",
		       race, point, hits);
	else
		printf("# window of %s: threads held at %s until %s: %ld, and it came: %ld\n",
		       race, point, until, waits, hits);
}

void races_print_windows(void)
{
	FILE *file = fopen(RACES, "r");
	char line[NAMES + 10], kernel[NAMES];

	read_kernel(kernel);
	while (file && fgets(line, sizeof(line), file))
		print_window(line, kernel);
	if (file)
		fclose(file);
}

bool races_missed(const char *mode, char *text, size_t size)
{
	FILE *file = fopen(RACES, "r");
	char line[200], bug[MODE_NAME], point[POINT_NAME], until[POINT_NAME];
	size_t used = strlen(text);
	bool missed = false;
	long hits;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "window %39s %39s %39s %*d %ld", bug, point,
			   until, &hits) != 4 ||
		    strcmp(bug, mode) != 0 || hits != 0)
			continue;
		snprintf(text + used, size - used, " %s (%s until %s)", bug,
			 point, until);
		used = strlen(text);
		missed = true;
	}
	if (file)
		fclose(file);
	return missed;
}

static void write_trace(const char *fmt, const char *text)
{
	int fd = open(TRACE, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(fd, fmt, text);
	close(fd);
}

void trace_print(const char *why)
{
	char line[400], kernel[NAMES];
	FILE *file;

	read_kernel(kernel);
	if (*kernel)
		printf("# kernel %s\n", kernel);
	write_trace("stop %.150s", why);
	file = fopen(TRACE, "r");
	while (file && fgets(line, sizeof(line), file))
		printf("# %s", line);
	if (file)
		fclose(file);
}

void trace_restart(void)
{
	write_trace("start", "");
}
