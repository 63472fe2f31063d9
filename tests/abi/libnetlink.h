#pragma once

/*
 * libnetlink.h - asking the kernel by netlink, and what it says.
 */

#include "../tap.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

enum { NOBODY = 65534 };

/* A request: what follows the header depends on its type. */
struct asked {
	struct nlmsghdr head;
	char body[256];
};

/* What was received last, and from whom. */
static union {
	struct nlmsghdr head;
	char bytes[16384];
} said;
static ssize_t said_bytes;
static struct sockaddr_nl said_by;

static int new_netlink(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, protocol);

	if (fd < 0)
		bail_out("socket: %s", strerror(errno));
	return fd;
}

TAP_UNUSED static int bind_netlink(int fd, unsigned port, unsigned groups)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_pid = port,
				 .nl_groups = groups };

	return bind(fd, (void *)&a, sizeof(a));
}

TAP_UNUSED static unsigned port_of(int fd)
{
	struct sockaddr_nl a = { 0 };
	socklen_t len = sizeof(a);

	if (getsockname(fd, (void *)&a, &len) < 0 || len != sizeof(a) ||
	    a.nl_family != AF_NETLINK)
		return 0;
	return a.nl_pid;
}

/* How many bytes, or -errno. */
TAP_UNUSED static int hear(int fd, int flags)
{
	socklen_t len = sizeof(said_by);

	memset(&said, 0, sizeof(said));
	said_bytes = recvfrom(fd, &said, sizeof(said), flags, (void *)&said_by, &len);
	return said_bytes < 0 ? -errno : (int)said_bytes;
}

/* @body of @n bytes; the rest of the message is attributes that were put there. */
TAP_UNUSED static struct asked request_of(int type, int flags, const void *body,
					  unsigned n)
{
	static unsigned seq = 1000;
	struct asked a = { .head = { .nlmsg_len = NLMSG_LENGTH(n),
				     .nlmsg_type = type,
				     .nlmsg_flags = NLM_F_REQUEST | flags,
				     .nlmsg_seq = ++seq } };

	memcpy(a.body, body, n);
	return a;
}

TAP_UNUSED static void add_attribute(struct asked *a, int type, const void *data,
				     unsigned n)
{
	struct rtattr rta = { .rta_type = type, .rta_len = RTA_LENGTH(n) };
	unsigned at = NLMSG_ALIGN(a->head.nlmsg_len);

	memcpy((char *)a + at, &rta, sizeof(rta));
	memcpy((char *)a + at + RTA_LENGTH(0), data, n);
	a->head.nlmsg_len = at + RTA_LENGTH(n);
}

TAP_UNUSED static int ask_netlink(int fd, const struct asked *a)
{
	return send(fd, a, a->head.nlmsg_len, 0) == (ssize_t)a->head.nlmsg_len;
}

/* What an acknowledgement says of @a: 0, a negative number, or 1: it is none. */
TAP_UNUSED static int verdict(int fd, const struct asked *a)
{
	struct nlmsgerr *e = NLMSG_DATA(&said.head);

	if (!ask_netlink(fd, a) || hear(fd, 0) < (int)NLMSG_LENGTH(sizeof(*e)))
		return 1;
	if (said.head.nlmsg_type != NLMSG_ERROR ||
	    said.head.nlmsg_seq != a->head.nlmsg_seq)
		return 1;
	return e->error;
}

/* The attribute of @type behind @body bytes of @h; NULL: it has none. */
TAP_UNUSED static struct rtattr *attribute(struct nlmsghdr *h, unsigned body, int type)
{
	struct rtattr *a = (void *)((char *)NLMSG_DATA(h) + NLMSG_ALIGN(body));
	int left = (int)h->nlmsg_len - (int)NLMSG_SPACE(body);

	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;
	return NULL;
}

TAP_UNUSED static unsigned number_in(struct nlmsghdr *h, unsigned body, int type)
{
	struct rtattr *a = attribute(h, body, type);

	return a && RTA_PAYLOAD(a) >= 4 ? *(unsigned *)RTA_DATA(a) : ~0U;
}

TAP_UNUSED static bool has_bytes(struct nlmsghdr *h, unsigned body, int type,
				 const void *bytes, unsigned n)
{
	struct rtattr *a = attribute(h, body, type);

	return a && RTA_PAYLOAD(a) == n && memcmp(RTA_DATA(a), bytes, n) == 0;
}

/* How a child ends that does what @fn does as nobody, or with what bail_out() says. */
TAP_UNUSED static int as_nobody(int (*fn)(void))
{
	pid_t pid = tap_fork();
	int status;

	if (pid == 0) {
		if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
			_exit(99);
		_exit(fn());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
