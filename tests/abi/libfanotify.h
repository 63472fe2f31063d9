#pragma once

/*
 * libfanotify.h - what tests of fanotify share.
 */

#include "../tap.h"

#include <fcntl.h>
#include <sys/fanotify.h>

static int mark(int fd, unsigned flags, uint64_t mask, const char *path)
{
	return fanotify_mark(fd, flags, mask, AT_FDCWD, path);
}

/* What an event's descriptor is open of, by its last name. */
TAP_UNUSED static const char *name_of(int fd)
{
	static char target[300];
	char link[40];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	return strrchr(target, '/') != NULL ? strrchr(target, '/') + 1 : target;
}
