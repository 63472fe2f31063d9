#pragma once

/*
 * libprogram.h - a test's own program as a file, whose owner and mode it may
 * change.
 */

#include "tap.h"

#include <fcntl.h>
#include <sys/stat.h>

static void copy_own_program(const char *path, mode_t mode)
{
	static char buf[1 << 16];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)n) != n)
			bail_out("%s: %s", path, strerror(errno));
	/* Writing takes set-id bits away: the mode comes last. */
	if (n < 0 || close(from) < 0 || close(to) < 0 || chmod(path, mode) < 0)
		bail_out("%s: %s", path, strerror(errno));
}
