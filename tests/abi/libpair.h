#pragma once

/*
 * libpair.h - a pair of sockets of AF_UNIX.
 */

#include "../tap.h"

#include <sys/socket.h>

static int sv[2];

static void new_pair(int type)
{
	if (socketpair(AF_UNIX, type, 0, sv) < 0)
		bail_out("socketpair: %s", strerror(errno));
}

static void close_both(void)
{
	close(sv[0]);
	close(sv[1]);
}
