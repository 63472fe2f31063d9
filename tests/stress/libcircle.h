#pragma once

/*
 * libcircle.h - a socket that only a message in its own queue holds.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "../libfds.h"
#include "libstress.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { FDS = 2 };		/* that one message carries at most */

static void pass_fds(int to, const int *fds, int n)
{
	if (send_fds(to, fds, n) != 1)
		bail_out("sendmsg: %s", strerror(errno));
}

static int new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (fd < 0)
		bail_out("socket: %s", strerror(errno));
	return fd;
}

static void new_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		bail_out("socketpair: %s", strerror(errno));
}

/* A socket that holds itself, and the end of a pipe, whose other is *@end. */
static int make_circle(int *end)
{
	int pair[2], p[2];

	new_pair(pair);
	if (pipe(p) < 0)
		bail_out("pipe: %s", strerror(errno));
	pass_fds(pair[1], (int[FDS]){ pair[0], p[1] }, FDS);
	close(p[1]);
	close(pair[1]);
	if (stress.wrong)
		dup(pair[0]);
	*end = p[0];
	return pair[0];
}

static bool has_ended(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int looks = STUCK_LOOKS;
	char c;

	while (poll(&p, 1, WATCH_MS) == 0)
		if (looks-- == 0)
			return false;
	return read(fd, &c, 1) == 0;
}
