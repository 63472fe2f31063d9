#pragma once

/*
 * libfds.h - descriptors on their way by a Unix socket: unix(7), cmsg(3).
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { FDS_ROOM = 256 };	/* bytes for what goes with a message */

union control {
	char bytes[FDS_ROOM];
	struct cmsghdr align;
};

/* A message of a byte, and @n descriptors with it; as sendmsg(). */
static inline int send_fds(int to, const int *fds, int n)
{
	union control control = { { 0 } };
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	return sendmsg(to, &msg, 0);
}
