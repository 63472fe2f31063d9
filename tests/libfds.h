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

/* A message of a byte, and @n descriptors with it; @how and result as sendmsg(). */
static inline int send_fds_how(int to, const int *fds, int n, int how)
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
	return sendmsg(to, &msg, how);
}

static inline int send_fds(int to, const int *fds, int n)
{
	return send_fds_how(to, fds, n, 0);
}

/*
 * How many came with a message of a few bytes, into room for @room; -1: no message.
 * @how as for recvmsg(); *@flags, if there is one: what it says.
 */
static inline int receive_fds(int from, int *fds, int room, int how, int *flags)
{
	union control control = { { 0 } };
	struct iovec iov = { (char[8]){ 0 }, 8 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = room == 0 ? 0 : CMSG_LEN(room * sizeof(int)) };
	struct cmsghdr *c;
	int n;

	if (recvmsg(from, &msg, how) <= 0)
		return -1;
	if (flags != NULL)
		*flags = msg.msg_flags;
	c = CMSG_FIRSTHDR(&msg);
	if (c == NULL || c->cmsg_type != SCM_RIGHTS)
		return 0;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	return n;
}
