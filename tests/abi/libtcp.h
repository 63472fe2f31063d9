#pragma once

/*
 * libtcp.h - the two ends of a connection over the loopback.
 *
 * Linux sends packets there: what one end has done shows at the other when
 * those have come, so tests wait for it.
 */

#include "liboption.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

static int client, server;

TAP_UNUSED static void connect_both(void)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(a);

	client = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (void *)&a, len) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (void *)&a, &len) < 0 ||
	    connect(client, (void *)&a, len) < 0)
		bail_out("a connection: %s", strerror(errno));
	server = accept(listener, NULL, NULL);
	if (server < 0)
		bail_out("accept: %s", strerror(errno));
	close(listener);
}

TAP_UNUSED static void close_both(void)
{
	close(client);
	close(server);
}

/* Of those that are asked for, and those that nobody asks for. */
TAP_UNUSED static short events_of(int fd, short asked)
{
	struct pollfd p = { .fd = fd, .events = asked };

	poll(&p, 1, 0);
	return p.revents;
}

/* Until poll() says all of @events. */
TAP_UNUSED static bool becomes(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	while (poll(&p, 1, -1) == 1)
		if ((p.revents & events) == events)
			return true;
	return false;
}
