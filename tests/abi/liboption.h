#pragma once

/*
 * liboption.h - options of sockets that are numbers.
 */

#include "../tap.h"

#include <sys/socket.h>

/* Its value, or -errno. */
TAP_UNUSED static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, level, name, &value, &len) < 0 ? -errno : value;
}

TAP_UNUSED static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}
