/*
 * tests/abi/sock_diag.c
 *
 * Claim    NETLINK_SOCK_DIAG tells of the sockets of TCP, UDP and AF_UNIX that there
 *          are, by family, protocol and state, or of one, who is its peer, what waits
 *          in it, and by which number its file is known; each once, in as many parts
 *          as are read, and of none that is closed; of TCP, which of them pass a filter
 *          that is a program, and one that could go astray is refused.
 * Method   Sockets of all kinds in all states, and what is said of each, by its number
 *          or its port.
 * Oracle   Linux, with inet_diag, tcp_diag, udp_diag and unix_diag.
 */
#define _GNU_SOURCE
#include "libnetlink.h"
#include "liboption.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { ALL = -1, MANY = 600, PATH_AT = 2, BOUND = 13 };

static int nl;
static char path[60];

static unsigned number_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		bail_out("fstat: %s", strerror(errno));
	return st.st_ino;
}

/* ---- asking ---- */

static struct inet_diag_req_v2 inet_request(int family, int protocol, unsigned states)
{
	struct inet_diag_req_v2 r = { .sdiag_family = family, .sdiag_protocol = protocol,
				      .idiag_states = states };

	return r;
}

static struct unix_diag_req unix_request(unsigned states, unsigned number)
{
	struct unix_diag_req r = { .sdiag_family = AF_UNIX, .udiag_states = states,
				   .udiag_ino = number,
				   .udiag_show = 0x7f,
				   .udiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } };

	return r;
}

/* What a dump says, message by message; NULL: it is over, with @dump_end. */
static struct nlmsghdr *next;
static int left, dump_end;

static bool start_dump(const void *body, unsigned n)
{
	struct asked a = request_of(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, body, n);

	left = 0;
	dump_end = 1;
	return ask_netlink(nl, &a);
}

static struct nlmsghdr *next_message(void)
{
	struct nlmsghdr *h;

	if (!NLMSG_OK(next, left) || left <= 0) {
		left = hear(nl, 0);
		next = &said.head;
		if (left <= 0)
			return NULL;
	}
	h = next;
	next = NLMSG_NEXT(next, left);
	if (h->nlmsg_type == SOCK_DIAG_BY_FAMILY)
		return h;
	dump_end = *(int *)NLMSG_DATA(h);
	return NULL;
}

/* The one that is told of by @number, or by its local @port if that is not 0. */
static struct nlmsghdr *find_inet(struct inet_diag_req_v2 r, unsigned number, int port)
{
	static union {
		struct nlmsghdr head;
		char bytes[1024];
	} found;
	struct nlmsghdr *h;
	int times = 0;

	start_dump(&r, sizeof(r));
	while ((h = next_message()) != NULL) {
		struct inet_diag_msg *m = NLMSG_DATA(h);

		if (port != 0 ? ntohs(m->id.idiag_sport) != port || m->idiag_inode != number
			      : m->idiag_inode != number)
			continue;
		memcpy(&found, h, h->nlmsg_len);
		times++;
	}
	return times == 1 ? &found.head : NULL;
}

static struct inet_diag_msg *inet_of(struct nlmsghdr *h)
{
	static struct inet_diag_msg none;

	return h != NULL ? NLMSG_DATA(h) : &none;
}

static int byte_in(struct nlmsghdr *h, unsigned body, int type)
{
	struct rtattr *a = h != NULL ? attribute(h, body, type) : NULL;

	return a != NULL && RTA_PAYLOAD(a) >= 1 ? *(unsigned char *)RTA_DATA(a) : -1;
}

/* ---- requests ---- */

static int refused(int type, int flags, const void *body, unsigned n)
{
	struct asked a = request_of(type, flags | NLM_F_ACK, body, n);

	return verdict(nl, &a);
}

static void test_requests(void)
{
	struct inet_diag_req_v2 r = inet_request(45, 0, ALL);
	struct unix_diag_req u = unix_request(ALL, 0);

	is_int(refused(77, 0, &r, sizeof(r)), -EINVAL, "EINVAL: no such request");
	is_int(refused(SOCK_DIAG_BY_FAMILY, 0, &r, 1), -EINVAL, "EINVAL: too short for any");
	is_int(refused(SOCK_DIAG_BY_FAMILY, 0, &r, sizeof(r)), -ENOENT,
	       "ENOENT: a family of which nobody tells");
	r.sdiag_family = 99;
	is_int(refused(SOCK_DIAG_BY_FAMILY, 0, &r, sizeof(r)), -EINVAL, "EINVAL: no family");
	r.sdiag_family = AF_INET;
	is_int(refused(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &r, sizeof(r) - 4), -EINVAL,
	       "EINVAL: too short for the family");
	is_int(refused(SOCK_DIAG_BY_FAMILY, 0, &u, sizeof(u)), -EINVAL, "EINVAL: of no number");
	u.udiag_ino = 1;
	is_int(refused(SOCK_DIAG_BY_FAMILY, 0, &u, sizeof(u)), -ENOENT, "ENOENT: of one that is none");
	r = inet_request(AF_INET, 99, ALL);
	ok(start_dump(&r, sizeof(r)) && next_message() == NULL, "a protocol of which nobody tells");
	is_int(dump_end, -ENOENT, "ENOENT, where the dump ends");
}

/* ---- TCP ---- */

static int bound(int family, int type, int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	struct sockaddr *to = family == AF_INET ? (void *)&a : (void *)&a6;
	socklen_t len = family == AF_INET ? sizeof(a) : sizeof(a6);
	int fd = socket(family, type, 0);

	if (fd < 0 || bind(fd, to, len) < 0 || getsockname(fd, to, &len) < 0)
		bail_out("bind: %s", strerror(errno));
	*port = ntohs(family == AF_INET ? a.sin_port : a6.sin6_port);
	return fd;
}

static int connected(int family, int type, int listener)
{
	struct sockaddr_storage to;
	socklen_t len = sizeof(to);
	int fd = socket(family, type, 0);

	getsockname(listener, (void *)&to, &len);
	if (fd < 0 || connect(fd, (void *)&to, len) < 0)
		bail_out("connect: %s", strerror(errno));
	return fd;
}

static void test_listener(void)
{
	struct inet_diag_req_v2 r = inet_request(AF_INET, IPPROTO_TCP, ALL);
	int port, fd = bound(AF_INET, SOCK_STREAM, &port), client;
	struct inet_diag_msg *m;
	struct nlmsghdr *h;

	is_int(inet_of(find_inet(r, number_of(fd), 0))->idiag_state, TCP_CLOSE,
	       "one that is bound, and no more");
	r.idiag_states = ~(1 << BOUND);
	ok(find_inet(r, number_of(fd), 0) == NULL, "is told of to who asks for such");
	r.idiag_states = ALL;
	listen(fd, 5);
	h = find_inet(r, number_of(fd), port);
	m = inet_of(h);
	ok(h != NULL && h->nlmsg_flags & NLM_F_MULTI, "a listener is, in a part of a dump");
	is_int(m->idiag_family, AF_INET, "of its family");
	is_int(m->idiag_state, TCP_LISTEN, "in its state");
	is_int(m->idiag_rqueue, 0, "with nobody who waits");
	is_int(m->idiag_wqueue, 5, "of as many as may");
	ok(m->id.idiag_src[0] == htonl(INADDR_LOOPBACK) && m->id.idiag_dport == 0, "at its address");
	is_int(m->idiag_uid, getuid(), "whose it is");
	is_int(byte_in(h, sizeof(*m), INET_DIAG_SHUTDOWN), 0, "nothing is shut");
	client = connected(AF_INET, SOCK_STREAM, fd);
	is_int(inet_of(find_inet(r, number_of(fd), port))->idiag_rqueue, 1, "somebody waits");
	m = inet_of(find_inet(r, 0, port));
	is_int(m->idiag_state, TCP_ESTABLISHED, "who has no number, for nobody has accepted him");
	r.idiag_states = 1 << TCP_ESTABLISHED;
	ok(find_inet(r, number_of(fd), port) == NULL, "by state");
	r.idiag_states = ALL;
	r.id.idiag_sport = htons(port + 1);
	ok(find_inet(r, number_of(fd), port) == NULL, "by another port");
	r.id.idiag_sport = htons(port);
	ok(find_inet(r, number_of(fd), port) != NULL, "by its own");
	r = inet_request(AF_INET6, IPPROTO_TCP, ALL);
	ok(find_inet(r, number_of(fd), port) == NULL, "not with another family");
	close(client);
	r = inet_request(AF_INET, IPPROTO_TCP, ALL);
	port = number_of(fd);
	close(fd);
	ok(find_inet(r, port, 0) == NULL, "nor when it is closed");
}

static void test_connection(int family)
{
	struct inet_diag_req_v2 r = inet_request(family, IPPROTO_TCP, ALL);
	int port, fd = bound(family, SOCK_STREAM, &port), client, end;
	struct inet_diag_msg *m, there;
	struct nlmsghdr *h;

	listen(fd, 5);
	client = connected(family, SOCK_STREAM, fd);
	end = accept(fd, NULL, NULL);
	m = inet_of(find_inet(r, number_of(end), port));
	is_int(m->idiag_state, TCP_ESTABLISHED, "one that was accepted");
	there = *m;
	m = inet_of(find_inet(r, number_of(client), 0));
	ok(m->id.idiag_dport == htons(port) && m->id.idiag_sport == there.id.idiag_dport &&
		   memcmp(m->id.idiag_src, there.id.idiag_dst, 16) == 0,
	   "its other end");
	ok(memcmp(m->id.idiag_cookie, there.id.idiag_cookie, 8) != 0, "has another cookie");
	if (write(client, "hello", 5) != 5)
		bail_out("write: %s", strerror(errno));
	is_int(inet_of(find_inet(r, number_of(end), port))->idiag_rqueue, 5, "bytes that nobody has read");
	r.idiag_ext = 1 << (INET_DIAG_CONG - 1) | 1 << (INET_DIAG_SKMEMINFO - 1) |
		      1 << (INET_DIAG_TOS - 1) | 1 << (INET_DIAG_INFO - 1);
	h = find_inet(r, number_of(end), port);
	ok(h && attribute(h, sizeof(*m), INET_DIAG_CONG) && attribute(h, sizeof(*m), INET_DIAG_TOS) &&
		   attribute(h, sizeof(*m), INET_DIAG_SKMEMINFO),
	   "attributes that are asked for");
	is_int(byte_in(h, sizeof(*m), INET_DIAG_INFO), TCP_ESTABLISHED, "and what TCP says of itself");
	shutdown(client, SHUT_WR);
	h = find_inet(r, number_of(client), 0);
	ok(inet_of(h)->idiag_state == TCP_FIN_WAIT2 || inet_of(h)->idiag_state == TCP_FIN_WAIT1,
	   "who has ended");
	is_int(byte_in(h, sizeof(*m), INET_DIAG_SHUTDOWN), 2, "writes no more");
	h = find_inet(r, number_of(end), port);
	is_int(inet_of(h)->idiag_state, TCP_CLOSE_WAIT, "and his peer knows");
	is_int(byte_in(h, sizeof(*m), INET_DIAG_SHUTDOWN), 1, "that nothing more comes");
	is_int(byte_in(find_inet(r, number_of(fd), port), sizeof(*m), INET_DIAG_SKV6ONLY),
	       family == AF_INET6 ? 1 : -1, "who listens at one address of IPv6 takes no IPv4");
	close(end);
	close(client);
	close(fd);
}

static void test_one(void)
{
	int port, fd = bound(AF_INET, SOCK_STREAM, &port);
	struct inet_diag_req_v2 r = inet_request(AF_INET, IPPROTO_TCP, ALL);
	struct asked a;

	listen(fd, 5);
	r.id = inet_of(find_inet(r, number_of(fd), port))->id;
	a = request_of(SOCK_DIAG_BY_FAMILY, 0, &r, sizeof(r));
	ask_netlink(nl, &a);
	ok(hear(nl, 0) > 0 && said.head.nlmsg_type == SOCK_DIAG_BY_FAMILY &&
		   !(said.head.nlmsg_flags & NLM_F_MULTI) &&
		   inet_of(&said.head)->idiag_inode == number_of(fd),
	   "one by what it is");
	r.id.idiag_cookie[0]++;
	is_int(refused(SOCK_DIAG_BY_FAMILY, 0, &r, sizeof(r)), -ENOENT, "ENOENT: another cookie");
	r.id.idiag_cookie[0] = r.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	r.id.idiag_sport = htons(port == 65535 ? 1 : port + 1);
	is_int(refused(SOCK_DIAG_BY_FAMILY, 0, &r, sizeof(r)), -ENOENT, "ENOENT: another port");
	close(fd);
}

/* ---- filters ---- */

/* One step: where to go if it holds, and if not. */
#define STEP(code, yes, no) { INET_DIAG_BC_##code, yes, no }

/* A dump of TCP's with a filter: is that of @number told of?  -1: it is refused, with
 * @dump_end. */
static int passes(int family, unsigned number, const void *filter, unsigned n)
{
	struct inet_diag_req_v2 r = inet_request(family, IPPROTO_TCP, ALL);
	struct asked a = request_of(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &r, sizeof(r));
	struct nlmsghdr *h;
	int found = 0;

	add_attribute(&a, INET_DIAG_REQ_BYTECODE, filter, n);
	left = 0;
	dump_end = 1;
	ask_netlink(nl, &a);
	while ((h = next_message()) != NULL)
		found += inet_of(h)->idiag_inode == number;
	return dump_end < 0 ? -1 : found;
}

/* A comparison with a port, as the whole filter. */
static int by_port(unsigned number, int code, int port)
{
	struct inet_diag_bc_op ops[2] = { { code, 8, 12 }, { 0, 0, port } };

	return passes(AF_INET, number, ops, sizeof(ops));
}

struct by_host {
	struct inet_diag_bc_op op;
	struct inet_diag_hostcond host;
	unsigned addr[4];
};

static int by_host(int family, unsigned number, struct by_host f, unsigned words)
{
	unsigned n = sizeof(f.op) + sizeof(f.host) + 4 * words;

	f.op.yes = n;
	f.op.no = n + 4;
	return passes(family, number, &f, n);
}

static void refuses(const char *why, const void *filter, unsigned n)
{
	is_int(passes(AF_INET, 0, filter, n), -1, "refused: %s", why);
	is_int(dump_end, -EINVAL, "EINVAL");
}

static void test_ports(unsigned number, int port)
{
	struct inet_diag_bc_op either[] = { STEP(S_EQ, 8, 12), { 0, 0, 1 }, STEP(JMP, 4, 12),
					    STEP(S_EQ, 8, 12), { 0, 0, port } };
	struct inet_diag_bc_op automatic = STEP(AUTO, 4, 8), nop = STEP(NOP, 4, 0);

	is_int(by_port(number, INET_DIAG_BC_S_EQ, port), 1, "its own port");
	is_int(by_port(number, INET_DIAG_BC_S_EQ, port - 1), 0, "another");
	is_int(by_port(number, INET_DIAG_BC_S_GE, port), 1, "from it on");
	is_int(by_port(number, INET_DIAG_BC_S_GE, port + 1), 0, "beyond it");
	is_int(by_port(number, INET_DIAG_BC_S_LE, port), 1, "up to it");
	is_int(by_port(number, INET_DIAG_BC_S_LE, port - 1), 0, "below it");
	is_int(by_port(number, INET_DIAG_BC_D_EQ, 0), 1, "it has no peer");
	is_int(by_port(number, INET_DIAG_BC_D_GE, 1), 0, "whose port were so large");
	is_int(by_port(number, INET_DIAG_BC_D_LE, port), 1, "or so small");
	is_int(passes(AF_INET, number, either, sizeof(either)), 1, "either of two");
	is_int(passes(AF_INET, number, &automatic, 4), 1, "bind() to any: the kernel chose");
	is_int(passes(AF_INET, number, &nop, 4), 1, "what says nothing");
}

static void test_hosts(unsigned number, int port)
{
	struct by_host f = { { INET_DIAG_BC_S_COND, 0, 0 },
			     { .family = AF_INET, .prefix_len = 32, .port = -1 },
			     { htonl(INADDR_LOOPBACK) } };

	is_int(by_host(AF_INET, number, f, 1), 1, "its own address");
	f.host.port = port;
	is_int(by_host(AF_INET, number, f, 1), 1, "and port");
	f.host.port = port - 1;
	is_int(by_host(AF_INET, number, f, 1), 0, "or another");
	f.host.port = -1;
	f.addr[0] = htonl(INADDR_LOOPBACK + 1);
	is_int(by_host(AF_INET, number, f, 1), 0, "another address");
	f.host.prefix_len = 30;
	is_int(by_host(AF_INET, number, f, 1), 1, "which begins like it");
	f.addr[0] = htonl(INADDR_LOOPBACK + 4);
	is_int(by_host(AF_INET, number, f, 1), 0, "or does not");
	f.host.prefix_len = 0;
	is_int(by_host(AF_INET, number, f, 1), 1, "or need not");
	f.op.code = INET_DIAG_BC_D_COND;
	f.host.prefix_len = 32;
	is_int(by_host(AF_INET, number, f, 1), 0, "its peer's");
	f.op.code = INET_DIAG_BC_S_COND;
	f.host.family = AF_UNSPEC;
	f.host.prefix_len = 0;
	f.host.port = port;
	is_int(by_host(AF_INET, number, f, 0), 1, "of any family");
	f.host.family = AF_INET6;
	is_int(by_host(AF_INET, number, f, 4), 0, "of another one");
}

/* One of IPv6 that has an address of IPv4. */
static void test_mapped(int port)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct by_host f = { { INET_DIAG_BC_D_COND, 0, 0 },
			     { .family = AF_INET, .prefix_len = 32, .port = port },
			     { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	unsigned loopback = htonl(INADDR_LOOPBACK);

	to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&to.sin6_addr.s6_addr[12], &loopback, 4);
	if (connect(fd, (void *)&to, sizeof(to)) < 0)
		bail_out("connect: %s", strerror(errno));
	is_int(by_host(AF_INET6, number_of(fd), f, 1), 1, "IPv4 by way of IPv6");
	f.host.family = AF_INET6;
	f.host.prefix_len = 128;
	memcpy(f.addr, &to.sin6_addr, 16);
	is_int(by_host(AF_INET6, number_of(fd), f, 4), 1, "written as that");
	f.addr[3]++;
	is_int(by_host(AF_INET6, number_of(fd), f, 4), 0, "to another");
	close(fd);
}

static void test_refused(void)
{
	struct inet_diag_bc_op none = STEP(NOP, 4, 0), far = STEP(AUTO, 4, 12),
			       still = STEP(AUTO, 4, 0), odd = STEP(AUTO, 4, 6),
			       beyond = STEP(NOP, 8, 0), unknown = { 77, 4, 4 },
			       half = STEP(S_EQ, 4, 4);
	struct inet_diag_bc_op inside[] = { STEP(AUTO, 4, 8), STEP(S_EQ, 8, 8), { 0, 0, 1 } };
	struct by_host f = { { INET_DIAG_BC_S_COND, 12, 16 },
			     { .family = AF_INET, .prefix_len = 33, .port = -1 }, { 0 } };

	refuses("nothing", &none, 0);
	refuses("less than a step", &none, 3);
	refuses("more than a step", &(struct inet_diag_bc_op[]){ none, none }, 6);
	refuses("farther than out", &far, sizeof(far));
	refuses("nowhere", &still, sizeof(still));
	refuses("between two", &odd, sizeof(odd));
	refuses("out where it holds", &beyond, sizeof(beyond));
	refuses("no such step", &unknown, sizeof(unknown));
	refuses("a port that is not there", &half, sizeof(half));
	refuses("into a port", inside, sizeof(inside));
	f.op.yes = 16;
	f.op.no = 20;
	refuses("more bits than there are", &f, 16);
	f.host.prefix_len = 32;
	refuses("an address that is not there", &f, 12);
	f.host.family = AF_UNIX;
	refuses("no family", &f, 16);
}

static void test_filters(void)
{
	int port, fd = bound(AF_INET, SOCK_STREAM, &port);

	listen(fd, 5);
	test_ports(number_of(fd), port);
	test_hosts(number_of(fd), port);
	test_mapped(port);
	test_refused();
	close(fd);
}

/* ---- UDP ---- */

static void test_udp(int family)
{
	struct inet_diag_req_v2 r = inet_request(family, IPPROTO_UDP, ALL);
	int port, fd = socket(family, SOCK_DGRAM, 0), client;
	struct inet_diag_msg *m;

	ok(find_inet(r, number_of(fd), 0) == NULL, "one without a port is not told of");
	close(fd);
	fd = bound(family, SOCK_DGRAM, &port);
	m = inet_of(find_inet(r, number_of(fd), port));
	is_int(m->idiag_state, TCP_CLOSE, "one that has nobody");
	is_int(m->idiag_rqueue, 0, "and nothing");
	client = connected(family, SOCK_DGRAM, fd);
	m = inet_of(find_inet(r, number_of(client), 0));
	ok(m->idiag_state == TCP_ESTABLISHED && m->id.idiag_dport == htons(port), "one that has");
	if (write(client, "hello", 5) != 5)
		bail_out("write: %s", strerror(errno));
	ok(inet_of(find_inet(r, number_of(fd), port))->idiag_rqueue >= 5, "something has come");
	r = inet_request(family, IPPROTO_TCP, ALL);
	ok(find_inet(r, number_of(fd), port) == NULL, "which is not TCP's");
	close(client);
	close(fd);
}

/* ---- AF_UNIX ---- */

/* What is said of @fd alone; NULL: nothing. */
static struct nlmsghdr *ask_unix(int fd)
{
	struct unix_diag_req r = unix_request(ALL, number_of(fd));
	struct asked a = request_of(SOCK_DIAG_BY_FAMILY, 0, &r, sizeof(r));

	ask_netlink(nl, &a);
	hear(nl, 0);
	return said.head.nlmsg_type == SOCK_DIAG_BY_FAMILY ? &said.head : NULL;
}

static struct unix_diag_msg *unix_of(struct nlmsghdr *h)
{
	static struct unix_diag_msg none;

	return h != NULL ? NLMSG_DATA(h) : &none;
}

static unsigned word_in(struct nlmsghdr *h, int type, unsigned at)
{
	struct rtattr *a = h ? attribute(h, sizeof(struct unix_diag_msg), type) : NULL;

	return a && RTA_PAYLOAD(a) >= 4 * (at + 1) ? ((unsigned *)RTA_DATA(a))[at] : ~0U;
}

static bool unix_name_is(struct nlmsghdr *h, const void *name, unsigned n)
{
	return h && has_bytes(h, sizeof(struct unix_diag_msg), UNIX_DIAG_NAME, name, n);
}

static int bound_unix(int type, const void *name, unsigned n)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	memcpy(a.sun_path, name, n);
	if (fd < 0 || bind(fd, (void *)&a, PATH_AT + n) < 0)
		bail_out("bind: %s", strerror(errno));
	return fd;
}

static void test_unix_listener(void)
{
	int fd = bound_unix(SOCK_STREAM, path, strlen(path)), client, end;
	struct nlmsghdr *h = ask_unix(fd);
	struct stat st;

	stat(path, &st);
	ok(unix_of(h)->udiag_type == SOCK_STREAM && unix_of(h)->udiag_state == TCP_CLOSE,
	   "a socket that has a name and no more");
	ok(unix_name_is(h, path, strlen(path) + 1), "its name is a path, with its end");
	is_int(word_in(h, UNIX_DIAG_VFS, 0), (unsigned)st.st_ino, "whose inode is told");
	is_int(word_in(h, UNIX_DIAG_UID, 0), getuid(), "and whose it is");
	is_int(word_in(h, UNIX_DIAG_PEER, 0), ~0U, "it has no peer");
	listen(fd, 7);
	h = ask_unix(fd);
	is_int(unix_of(h)->udiag_state, TCP_LISTEN, "it listens");
	ok(word_in(h, UNIX_DIAG_RQLEN, 0) == 0 && word_in(h, UNIX_DIAG_RQLEN, 1) == 7,
	   "for so many, and has nobody");
	client = connected(AF_UNIX, SOCK_STREAM, fd);
	h = ask_unix(fd);
	is_int(word_in(h, UNIX_DIAG_RQLEN, 0), 1, "and somebody");
	is_int(word_in(h, UNIX_DIAG_ICONS, 0), number_of(client), "who it is");
	is_int(word_in(ask_unix(client), UNIX_DIAG_PEER, 0), 0, "whose peer has no number yet");
	end = accept(fd, NULL, NULL);
	h = ask_unix(client);
	is_int(word_in(h, UNIX_DIAG_PEER, 0), number_of(end), "and then one");
	is_int(unix_of(h)->udiag_state, TCP_ESTABLISHED, "connected");
	ok(unix_name_is(ask_unix(end), path, strlen(path) + 1), "which is where it was found");
	close(end);
	is_int(word_in(ask_unix(client), UNIX_DIAG_PEER, 0), 0, "when it is closed it has none");
	close(client);
	close(fd);
	unlink(path);
}

static void test_unix_pair(void)
{
	struct unix_diag_req r;
	struct nlmsghdr *h;
	int fds[2], fd;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		bail_out("socketpair: %s", strerror(errno));
	is_int(write(fds[0], "hello", 5), 5, "bytes to the other end");
	h = ask_unix(fds[1]);
	is_int(word_in(h, UNIX_DIAG_RQLEN, 0), 5, "are there");
	ok(word_in(h, UNIX_DIAG_RQLEN, 1) == 0, "of which it has sent none");
	ok(word_in(ask_unix(fds[0]), UNIX_DIAG_RQLEN, 1) >= 5, "nobody has read them");
	ok(word_in(h, UNIX_DIAG_MEMINFO, SK_MEMINFO_SNDBUF) > 0, "how much may be sent");
	ok(!unix_name_is(h, "", 0) && !attribute(h, sizeof(struct unix_diag_msg), UNIX_DIAG_NAME),
	   "it has no name");
	shutdown(fds[0], SHUT_WR);
	is_int(byte_in(ask_unix(fds[0]), sizeof(struct unix_diag_msg), UNIX_DIAG_SHUTDOWN), 2,
	       "who has ended");
	is_int(byte_in(ask_unix(fds[1]), sizeof(struct unix_diag_msg), UNIX_DIAG_SHUTDOWN), 1,
	       "and who knows");
	h = ask_unix(fds[1]);
	r = unix_request(ALL, number_of(fds[1]));
	memcpy(r.udiag_cookie, unix_of(h)->udiag_cookie, sizeof(r.udiag_cookie));
	r.udiag_cookie[0]++;
	is_int(refused(SOCK_DIAG_BY_FAMILY, 0, &r, sizeof(r)), -ESTALE, "ESTALE: another cookie");
	close(fds[0]);
	close(fds[1]);
	fd = bound_unix(SOCK_DGRAM, "\0sock_diag", 10);
	h = ask_unix(fd);
	ok(unix_name_is(h, "\0sock_diag", 10), "a name that is no path");
	is_int(word_in(h, UNIX_DIAG_VFS, 0), ~0U, "has no inode");
	is_int(unix_of(h)->udiag_type, SOCK_DGRAM, "of datagrams");
	close(fd);
}

/* ---- many ---- */

static int fds[MANY];

static int index_of(unsigned number)
{
	static unsigned numbers[MANY];

	for (int i = 0; i < MANY; i++) {
		if (numbers[i] == 0)
			numbers[i] = number_of(fds[i]);
		if (numbers[i] == number)
			return i;
	}
	return -1;
}

/* How many there are of ours; -1: one more than once. */
static int count(void)
{
	static bool seen[MANY];
	struct nlmsghdr *h;
	int n = 0;

	memset(seen, 0, sizeof(seen));
	while ((h = next_message()) != NULL) {
		int i = index_of(unix_of(h)->udiag_ino);

		if (i < 0)
			continue;
		if (seen[i])
			return -1;
		seen[i] = true;
		n++;
	}
	return n;
}

static void test_many(void)
{
	struct unix_diag_req r = unix_request(ALL, 0);

	for (int i = 0; i < MANY; i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		if (fds[i] < 0)
			bail_out("socket: %s", strerror(errno));
	}
	set_option(nl, SOL_SOCKET, SO_RCVBUF, 1);
	start_dump(&r, sizeof(r));
	is_int(count(), MANY, "all are told of, once, however little has room");
	is_int(dump_end, 0, "and that it is over");
	r.udiag_states = 1 << TCP_LISTEN;
	start_dump(&r, sizeof(r));
	is_int(count(), 0, "none of which is in another state");
	r.udiag_states = ALL;
	start_dump(&r, sizeof(r));
	next_message();
	close(nl);
	nl = new_netlink(NETLINK_SOCK_DIAG);
	start_dump(&r, sizeof(r));
	is_int(count(), MANY, "another, when who asked for the first has closed his socket");
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
}

static void test_busy(void)
{
	struct unix_diag_req r = unix_request(ALL, 0);
	struct asked a;
	int busy = 0;

	for (int i = 0; i < MANY; i++)
		fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
	set_option(nl, SOL_SOCKET, SO_RCVBUF, 1);
	start_dump(&r, sizeof(r));
	set_option(nl, SOL_SOCKET, SO_RCVBUF, 1 << 16);
	a = request_of(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &r, sizeof(r));
	ask_netlink(nl, &a);
	while (hear(nl, MSG_DONTWAIT) > 0)
		if (said.head.nlmsg_type == NLMSG_ERROR)
			busy = *(int *)NLMSG_DATA(&said.head);
	is_int(busy, -EBUSY, "EBUSY: one dump at a time");
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
}

int main(void)
{
	if (skip_under_qemu(1, "it knows no NETLINK_SOCK_DIAG"))
		return done_testing();
	snprintf(path, sizeof(path), "/tmp/sock_diag-%d", getpid());
	nl = new_netlink(NETLINK_SOCK_DIAG);
	test_requests();
	test_listener();
	test_connection(AF_INET);
	test_connection(AF_INET6);
	test_one();
	test_filters();
	test_udp(AF_INET);
	test_udp(AF_INET6);
	test_unix_listener();
	test_unix_pair();
	test_many();
	test_busy();
	close(nl);
	return done_testing();
}
