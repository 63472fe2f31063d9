/*
 * tests/abi/ping.c
 *
 * Claim    Who is in a group of net.ipv4.ping_group_range may have a datagram socket of
 *          ICMP or ICMPv6, root or not, and nobody else. It sends echo requests that
 *          have its number, and gets the answers to those, and nothing else.
 * Method   Sockets of either family, while the range is one or another.
 * Oracle   Linux, as root.
 */
#define _GNU_SOURCE
#include "liboption.h"

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#define RANGE "/proc/sys/net/ipv4/ping_group_range"

enum { ECHO = 8, REPLY = 0, ECHO6 = 128, REPLY6 = 129, NOBODY = 65534, GROUP = 4242,
       ASKED = 24 };

/* An address of either family. */
union where {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct echo {
	unsigned char type, code;
	unsigned short checksum, id, sequence;
	char bytes[70000];
};

static struct echo said;
static union where from;
static int family;

/* ---- who may ---- */

static char old_range[64];

static int write_range(const char *text)
{
	int fd = open(RANGE, O_WRONLY), n;

	if (fd < 0)
		bail_out("%s: %s", RANGE, strerror(errno));
	n = (int)write(fd, text, strlen(text));
	n = n < 0 ? -errno : n;
	close(fd);
	return n;
}

static const char *read_range(void)
{
	static char text[64];
	int fd = open(RANGE, O_RDONLY), n = (int)read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static int new_ping(void)
{
	return socket(family, SOCK_DGRAM,
		      family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

/* What socket() says to one in @group, and in @other besides. */
static int asked_by(unsigned group, unsigned other)
{
	pid_t pid = tap_fork();
	gid_t also = other;
	int status;

	if (pid == 0) {
		if (setgroups(1, &also) != 0 || setgid(group) != 0 || setuid(NOBODY) != 0)
			_exit(99);
		_exit(new_ping() >= 0 ? 0 : errno);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_rights(void)
{
	write_range("1 0");
	fails(new_ping(), EACCES, "nobody may, and root is asked, too");
	write_range("4242 4243");
	is_int(asked_by(GROUP, 7), 0, "who is in the group may");
	is_int(asked_by(7, GROUP + 1), 0, "also by a further group");
	is_int(asked_by(GROUP - 1, GROUP + 2), EACCES, "EACCES: who is in others");
	write_range("0 2147483647");
	is_int(asked_by(NOBODY, NOBODY), 0, "all may");
	fails(socket(family, SOCK_DGRAM, family == AF_INET ? IPPROTO_ICMPV6 : IPPROTO_ICMP),
	      EPROTONOSUPPORT, "but not what the other family has");
	fails(socket(family, SOCK_STREAM, family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6),
	      EPROTONOSUPPORT, "nor a stream");
}

static void test_range(void)
{
	write_range("5 9");
	ok(strcmp(read_range(), "5\t9\n") == 0, "the range is what was written");
	write_range("7 3");
	ok(strcmp(read_range(), "1\t0\n") == 0, "none is always the same");
	is_int(write_range("-1 5"), -EINVAL, "EINVAL: less than nothing");
	is_int(write_range("0 4294967295"), -EINVAL, "EINVAL: more than there are");
	is_int(write_range("x"), -EINVAL, "EINVAL: no number");
	ok(strcmp(read_range(), "1\t0\n") == 0, "and all stays as it was");
}

/* ---- addresses ---- */

/* The @n'th of this machine, and a number; n: 0 any. */
static union where at(int n, int number)
{
	union where w = { .any.sa_family = family };

	if (family == AF_INET) {
		w.v4.sin_addr.s_addr = n == 0 ? INADDR_ANY : htonl(INADDR_LOOPBACK + n - 1);
		w.v4.sin_port = htons(number);
	} else {
		w.v6.sin6_addr = n == 0 ? in6addr_any : in6addr_loopback;
		w.v6.sin6_port = htons(number);
	}
	return w;
}

static socklen_t length(void)
{
	return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static int bind_to(int fd, int n, int number)
{
	union where w = at(n, number);

	return bind(fd, &w.any, length());
}

static int number_of(int fd)
{
	union where w = { .any.sa_family = 0 };
	socklen_t len = sizeof(w);

	if (getsockname(fd, &w.any, &len) != 0 || len != length())
		return -1;
	return ntohs(family == AF_INET ? w.v4.sin_port : w.v6.sin6_port);
}

static void test_bind(void)
{
	int one = new_ping(), two = new_ping();
	union where w = at(1, 900);

	is_int(number_of(one), 0, "it has no number");
	fails(bind(one, &w.any, 8), EINVAL, "EINVAL: less than an address");
	w.any.sa_family = AF_UNIX;
	fails(bind(one, &w.any, length()), EAFNOSUPPORT, "EAFNOSUPPORT: of another family");
	w = at(1, 900);
	if (family == AF_INET)
		w.v4.sin_addr.s_addr = inet_addr("192.0.2.9");
	else
		inet_pton(AF_INET6, "2001:db8::9", &w.v6.sin6_addr);
	fails(bind(one, &w.any, length()), EADDRNOTAVAIL, "EADDRNOTAVAIL: not here");
	is_int(bind_to(one, 1, 900), 0, "any number may be chosen");
	is_int(number_of(one), 900, "and is had");
	fails(bind_to(one, 1, 901), EINVAL, "EINVAL: once");
	is_int(option(two, SOL_SOCKET, SO_REUSEADDR), 1, "others may have it, too");
	set_option(two, SOL_SOCKET, SO_REUSEADDR, 0);
	fails(bind_to(two, 1, 900), EADDRINUSE, "EADDRINUSE: unless one does not want that");
	is_int(bind_to(two, 1, 0), 0, "bind to whichever");
	ok(number_of(two) > 0 && number_of(two) != 900, "is one that is free");
	close(one);
	close(two);
}

/* ---- echoes ---- */

static struct echo request(int sequence)
{
	struct echo e = { .type = family == AF_INET ? ECHO : ECHO6,
			  .id = htons(0x5555), .sequence = htons(sequence) };

	strcpy(e.bytes, "are you there?");
	return e;
}

static int send_to(int fd, int n, const struct echo *e, int bytes)
{
	union where w = at(n, 0);

	return sendto(fd, e, bytes, 0, &w.any, length());
}

static int receive(int fd, int flags)
{
	socklen_t len = sizeof(from);
	ssize_t n;

	memset(&said, 0, sizeof(said));
	n = recvfrom(fd, &said, sizeof(said), flags, &from.any, &len);
	return n < 0 ? -errno : (int)n;
}

static int wait_for(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	poll(&p, 1, -1);
	return receive(fd, MSG_DONTWAIT);
}

static bool is_from(int n)
{
	union where w = at(n, 0);

	if (from.any.sa_family != family)
		return false;
	return family == AF_INET ?
		       from.v4.sin_addr.s_addr == w.v4.sin_addr.s_addr && from.v4.sin_port == 0 :
		       memcmp(&from.v6.sin6_addr, &w.v6.sin6_addr, 16) == 0 &&
			       from.v6.sin6_port == 0;
}

static void test_echo(void)
{
	int fd = new_ping(), other = new_ping();
	struct echo e = request(1);

	bind_to(other, 0, 0);
	is_int(send_to(fd, 1, &e, ASKED), ASKED, "a request");
	ok(number_of(fd) > 0, "and who has sent has a number");
	is_int(wait_for(fd), ASKED, "an answer of as many bytes, without a header of IP");
	ok(said.type == (family == AF_INET ? REPLY : REPLY6) && said.code == 0, "it is one");
	is_int(ntohs(said.id), number_of(fd), "with that number");
	is_int(ntohs(said.sequence), 1, "of that request");
	ok(strcmp(said.bytes, e.bytes) == 0, "and its bytes");
	ok(is_from(1), "from where it was sent to");
	is_int(receive(fd, MSG_DONTWAIT), -EAGAIN, "there is one");
	is_int(receive(other, MSG_DONTWAIT), -EAGAIN, "and none for others");
	e = request(2);
	if (family == AF_INET)
		is_int(send_to(fd, 0, &e, 8), 8, "to nobody is to oneself, and a header is enough");
	else
		is_int(send_to(fd, 1, &e, 8), 8, "a header is enough");
	is_int(wait_for(fd), 8, "for an answer");
	is_int(send_to(fd, 1, &e, ASKED), ASKED, "one more");
	is_int(recv(fd, &said, 10, MSG_TRUNC), 10, "it is cut, and no more is told");
	close(fd);
	close(other);
}

static void test_long(void)
{
	static struct echo e;
	int fd = new_ping();

	e = request(3);
	memset(e.bytes, 'x', 30000);
	is_int(send_to(fd, 1, &e, 30008), 30008, "a long request");
	is_int(wait_for(fd), 30008, "has a long answer");
	ok(memcmp(e.bytes, said.bytes, 30000) == 0, "of the same bytes");
	fails(send_to(fd, 1, &e, 65536), EMSGSIZE, "EMSGSIZE: too long");
	close(fd);
}

static void test_errors(void)
{
	int fd = new_ping();
	struct echo e = request(1);
	union where w = at(1, 0);

	fails(send_to(fd, 1, &e, 7), EINVAL, "EINVAL: less than a header");
	fails(send(fd, &e, ASKED, 0), EDESTADDRREQ, "EDESTADDRREQ: to whom?");
	fails(sendto(fd, &e, ASKED, MSG_OOB, &w.any, length()), EOPNOTSUPP, "EOPNOTSUPP: urgent");
	e.code = 1;
	fails(send_to(fd, 1, &e, ASKED), EINVAL, "EINVAL: of another code");
	e = request(1);
	e.type = family == AF_INET ? REPLY : REPLY6;
	fails(send_to(fd, 1, &e, ASKED), EINVAL, "EINVAL: no request");
	e = request(1);
	fails(sendto(fd, &e, ASKED, 0, &w.any, 8), EINVAL, "EINVAL: less than an address");
	w.any.sa_family = AF_UNIX;
	fails(sendto(fd, &e, ASKED, 0, &w.any, length()), EAFNOSUPPORT, "EAFNOSUPPORT: of another family");
	fails(recv(fd, &e, sizeof(e), MSG_OOB), EOPNOTSUPP, "EOPNOTSUPP: urgent bytes");
	fails(listen(fd, 1), EOPNOTSUPP, "EOPNOTSUPP: nobody listens");
	is_int(receive(fd, MSG_DONTWAIT), -EAGAIN, "and nothing was sent");
	close(fd);
}

static void test_connect(void)
{
	int fd = new_ping();
	struct echo e = request(5);
	union where w = at(1, 1025);
	socklen_t len = sizeof(w);

	is_int(connect(fd, &w.any, length()), 0, "connect");
	ok(number_of(fd) > 0, "gives a number");
	is_int(send(fd, &e, ASKED, 0), ASKED, "to whom one is connected");
	is_int(wait_for(fd), ASKED, "who answers");
	is_int(getpeername(fd, &w.any, &len), 0, "getpeername");
	is_int(shutdown(fd, SHUT_WR), 0, "shutdown");
	fails(send(fd, &e, ASKED, MSG_NOSIGNAL), EPIPE, "EPIPE: nothing more is sent");
	close(fd);
}

/* What comes beside the answer, if it is asked for. */
static void test_hops(void)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &said, sizeof(said) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = (void *)control;
	struct echo e = request(7);
	int fd = new_ping(), level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int name = family == AF_INET ? IP_RECVTTL : IPV6_RECVHOPLIMIT;

	send_to(fd, 1, &e, ASKED);
	ok(recvmsg(fd, &m, 0) == ASKED && m.msg_controllen == 0, "nothing comes beside an answer");
	is_int(set_option(fd, level, name, 1), 0, "how far it has come may be asked for");
	is_int(option(fd, level, name), 1, "which is kept");
	m.msg_controllen = sizeof(control);
	send_to(fd, 1, &e, ASKED);
	ok(recvmsg(fd, &m, 0) == ASKED && m.msg_controllen == sizeof(control), "and is there");
	ok(c->cmsg_level == level && c->cmsg_len == CMSG_LEN(sizeof(int)) &&
		   c->cmsg_type == (family == AF_INET ? IP_TTL : IPV6_HOPLIMIT),
	   "as the family has it");
	is_int(*(int *)(void *)CMSG_DATA(c), 64, "it could have gone far");
	m.msg_controllen = sizeof(*c) - 1;
	send_to(fd, 1, &e, ASKED);
	ok(recvmsg(fd, &m, 0) == ASKED && (m.msg_flags & MSG_CTRUNC), "where there is room");
	close(fd);
}

/* ---- who is gone ---- */

static void test_closed(void)
{
	int one = new_ping(), two;
	struct echo e = request(1);

	bind_to(one, 0, 901);
	send_to(one, 1, &e, ASKED);
	close(one);
	two = new_ping();
	is_int(bind_to(two, 0, 901), 0, "who has closed his gives the number up");
	is_int(receive(two, MSG_DONTWAIT), -EAGAIN, "what was for him is not for the next");
	close(two);
}

static void test_family(int of)
{
	family = of;
	diag("%s", of == AF_INET ? "IPv4" : "IPv6");
	test_rights();
	test_bind();
	test_echo();
	test_long();
	test_errors();
	test_connect();
	test_hops();
	test_closed();
}

/* ---- of IPv4: raw sockets; of IPv6: addresses of IPv4 ---- */

static void test_raw(void)
{
	int fd, raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	struct echo e;

	family = AF_INET;
	fd = new_ping();
	e = request(1);
	send_to(fd, 1, &e, ASKED);
	is_int(wait_for(raw), 20 + ASKED, "a raw socket gets the request");
	is_int(((unsigned char *)&said)[20], ECHO, "as it is");
	is_int(wait_for(raw), 20 + ASKED, "and the answer");
	is_int(((unsigned char *)&said)[20], REPLY, "as well");
	close(fd);
	close(raw);
}

static void test_mapped(void)
{
	struct echo e;
	union where w;
	int fd;

	family = AF_INET6;
	fd = new_ping();
	e = request(1);
	w = at(1, 0);
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &w.v6.sin6_addr);
	fails(sendto(fd, &e, ASKED, 0, &w.any, length()), EINVAL, "EINVAL: IPv4 is not spoken here");
	fails(bind(fd, &w.any, length()), EINVAL, "EINVAL: nor is it");
	close(fd);
}

int main(void)
{
	if (under_qemu_user() || getuid() != 0) {
		puts("1..0 # SKIP it is the machine's setting that would change");
		return 0;
	}
	plan(136);
	snprintf(old_range, sizeof(old_range), "%s", read_range());
	test_family(AF_INET);
	test_family(AF_INET6);
	test_raw();
	test_mapped();
	test_range();
	write_range(old_range);
	return done_testing();
}
