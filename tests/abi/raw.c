/*
 * tests/abi/raw.c
 *
 * Claim    A raw socket of IPv4 sends packets of its protocol, by a header of the
 *          kernel's or of its own, and gets all those of its protocol that are for
 *          its address and from its peer, with their headers. The machine answers
 *          echo requests. Who may not have any is told.
 * Method   Sockets of the echo protocol, and of one that nobody speaks.
 * Oracle   Linux, as root.
 */
#define _GNU_SOURCE
#include "liboption.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>

enum { NOBODYS = 253, NOBODY = 65534, FILTER_ICMP = 1 };

static struct {
	struct iphdr ip;
	char rest[70000];
} packet;

/* Who has sent it. */
static struct sockaddr_in from;

static struct sockaddr_in address(const char *text)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_addr.s_addr = inet_addr(text) };
}

static int new_raw(int protocol)
{
	int fd = socket(AF_INET, SOCK_RAW, protocol);

	if (fd < 0)
		bail_out("socket: %s", strerror(errno));
	return fd;
}

static int bound(int protocol, const char *to)
{
	struct sockaddr_in a = address(to);
	int fd = new_raw(protocol);

	is_int(bind(fd, (void *)&a, sizeof(a)), 0, "bind to %s", to);
	return fd;
}

static int send_to(int fd, const char *to, const void *bytes, size_t n)
{
	struct sockaddr_in a = address(to);

	return sendto(fd, bytes, n, 0, (void *)&a, sizeof(a));
}

static int receive(int fd)
{
	socklen_t len = sizeof(from);
	ssize_t n;

	memset(&packet, 0, sizeof(packet));
	n = recvfrom(fd, &packet, sizeof(packet), MSG_DONTWAIT, (void *)&from, &len);
	return n < 0 ? -errno : (int)n;
}

/* The next one, when it has come. */
static int wait_for(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	poll(&p, 1, -1);
	return receive(fd);
}

static uint16_t checksum(const void *bytes, int n)
{
	const uint16_t *word = bytes;
	uint32_t sum = 0;

	for (int i = 0; i < n / 2; i++)
		sum += word[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* ---- who may ---- */

static void test_rights(void)
{
	int udp = socket(AF_INET, SOCK_DGRAM, 0), status;
	pid_t pid = tap_fork();

	if (pid == 0) {
		if (setuid(NOBODY) != 0)
			_exit(2);
		_exit(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0 && errno == EPERM ?
			      0 : 1);
	}
	waitpid(pid, &status, 0);
	is_exit(status, 0, "EPERM, but for root");
	fails(socket(AF_INET, SOCK_RAW, 0), EPROTONOSUPPORT, "no protocol");
	fails(socket(AF_INET, SOCK_RAW, 263), EINVAL, "none that there could be");
	fails(set_option(udp, IPPROTO_IP, IP_HDRINCL, 1), ENOPROTOOPT,
	      "a socket of UDP has no headers");
	close(udp);
}

/* ---- echo ---- */

static struct icmphdr *echo(void)
{
	return (void *)packet.rest;
}

static void send_echo(int fd, int id, int wrong)
{
	struct {
		struct icmphdr head;
		char bytes[32];
	} request = { .head = { .type = ICMP_ECHO }, .bytes = "are you there" };

	request.head.un.echo.id = htons(id);
	request.head.checksum = checksum(&request, sizeof(request)) + wrong;
	is_int(send_to(fd, "127.0.0.1", &request, sizeof(request)), sizeof(request),
	       "an echo request");
}

/* A packet of @n bytes behind its header, all of whose sums are right. */
static void check_packet(int got, int n, const char *what)
{
	is_int(got, (int)sizeof(struct iphdr) + n, "%s", what);
	ok(packet.ip.version == 4 && packet.ip.ihl == 5, "begins with its header");
	is_int(ntohs(packet.ip.tot_len), got, "which says how long it is");
	is_int(checksum(&packet.ip, sizeof(packet.ip)), 0, "and has its sum");
}

static void check_echo(int fd, int type, int id)
{
	check_packet(wait_for(fd), 40, type == ICMP_ECHO ? "it comes to who has sent it" :
							   "and the answer");
	is_int(packet.ip.protocol, IPPROTO_ICMP, "is of ICMP");
	is_int(packet.ip.ttl, 64, "goes far");
	is_int(echo()->type, type, "is what it is");
	is_int(ntohs(echo()->un.echo.id), id, "by its number");
	is_int(checksum(echo(), 40), 0, "its own sum is right, too");
	ok(strcmp(packet.rest + sizeof(struct icmphdr), "are you there") == 0,
	   "and so is the rest");
	is_int(ntohl(from.sin_addr.s_addr), INADDR_LOOPBACK, "from here");
	is_int(from.sin_port, 0, "and no port");
}

static void test_echo(void)
{
	int fd = new_raw(IPPROTO_ICMP), filtered = new_raw(IPPROTO_ICMP);
	int other = new_raw(NOBODYS);

	is_int(set_option(filtered, SOL_RAW, FILTER_ICMP, ~(1 << ICMP_ECHOREPLY)), 0,
	       "ICMP_FILTER");
	if (!skip_under_qemu(1, "no options of SOL_RAW"))
		is_int(option(filtered, SOL_RAW, FILTER_ICMP), ~(1 << ICMP_ECHOREPLY),
		       "is set");
	fails(set_option(other, SOL_RAW, FILTER_ICMP, 0), EOPNOTSUPP, "of ICMP alone");
	send_echo(fd, 77, 0);
	check_echo(fd, ICMP_ECHO, 77);
	check_echo(fd, ICMP_ECHOREPLY, 77);
	check_echo(filtered, ICMP_ECHOREPLY, 77);
	is_int(receive(filtered), -EAGAIN, "nothing else");
	send_echo(fd, 78, 1);
	wait_for(fd);
	is_int(ntohs(echo()->un.echo.id), 78, "one with a wrong sum comes");
	send_echo(fd, 79, 0);
	check_echo(fd, ICMP_ECHO, 79);
	check_echo(filtered, ICMP_ECHOREPLY, 79);
	is_int(receive(other), -EAGAIN, "who has another protocol gets none of it");
	close(fd);
	close(filtered);
	close(other);
}

/* ---- names ---- */

static void test_names(void)
{
	int one = bound(NOBODYS, "127.0.0.1"), two = bound(NOBODYS, "127.0.0.2");
	int any = new_raw(NOBODYS);
	struct sockaddr_in a = address("192.0.2.1");
	socklen_t len = sizeof(a);
	char byte;

	fails(bind(any, (void *)&a, sizeof(a)), EADDRNOTAVAIL, "not our address");
	fails(bind(any, (void *)&a, 3), EINVAL, "too short");
	is_int(getsockname(two, (void *)&a, &len), 0, "getsockname");
	is_int(ntohs(a.sin_port), NOBODYS, "the protocol is the port");
	is_int(ntohl(a.sin_addr.s_addr), INADDR_LOOPBACK + 1, "and the address what it is");
	is_int(send_to(one, "127.0.0.2", "hello", 5), 5, "from one to two");
	check_packet(wait_for(two), 5, "it comes");
	is_int(ntohl(packet.ip.saddr), INADDR_LOOPBACK, "from one");
	is_int(ntohl(packet.ip.daddr), INADDR_LOOPBACK + 1, "to two");
	is_int(wait_for(any), 25, "who has no address gets it, too");
	is_int(receive(one), -EAGAIN, "who has another one does not");

	fails(send(any, "x", 1, 0), EDESTADDRREQ, "to whom?");
	a = address("127.0.0.2");
	is_int(connect(any, (void *)&a, sizeof(a)), 0, "connect");
	is_int(send(any, "x", 1, 0), 1, "send");
	is_int(wait_for(two), 21, "it comes");
	is_int(send_to(one, "127.0.0.1", "a", 1), 1, "from somebody else");
	is_int(wait_for(one), 21, "comes to others");
	is_int(send_to(two, "127.0.0.1", "ab", 2), 2, "from the peer");
	is_int(wait_for(any), 22, "comes");
	is_int(receive(any), -EAGAIN, "alone");
	is_int(recv(one, &byte, 1, MSG_TRUNC), 22, "MSG_TRUNC");
	a.sin_family = AF_UNSPEC;
	is_int(connect(any, (void *)&a, sizeof(a)), 0, "no peer any more");
	fails(send(any, "x", 1, 0), EDESTADDRREQ, "to whom?");
	close(any);
	close(one);
	close(two);
}

/* ---- headers ---- */

static void test_header(void)
{
	int to = new_raw(NOBODYS), fd = new_raw(IPPROTO_RAW);
	struct {
		struct iphdr ip;
		char bytes[4];
	} own = {
		.ip = { .version = 4, .ihl = 5, .ttl = 9, .protocol = NOBODYS,
			.daddr = htonl(INADDR_LOOPBACK) },
		.bytes = "own",
	};

	is_int(option(to, IPPROTO_IP, IP_HDRINCL), 0, "IP_HDRINCL");
	is_int(option(fd, IPPROTO_IP, IP_HDRINCL), 1, "is set for IPPROTO_RAW");
	is_int(send_to(fd, "127.0.0.1", &own, sizeof(own)), sizeof(own), "a header of one's own");
	check_packet(wait_for(to), 4, "it comes");
	is_int(packet.ip.ttl, 9, "as it is");
	is_int(ntohl(packet.ip.saddr), INADDR_LOOPBACK, "but for what was left out");
	own.ip.saddr = htonl(INADDR_LOOPBACK + 6);
	is_int(send_to(fd, "127.0.0.1", &own, sizeof(own)), sizeof(own), "and from whom one likes");
	check_packet(wait_for(to), 4, "it comes");
	is_int(ntohl(from.sin_addr.s_addr), INADDR_LOOPBACK + 6, "from there");
	fails(send_to(fd, "127.0.0.1", &own, sizeof(own.ip) - 1), EINVAL, "less than a header");
	own.ip.ihl = 15;
	fails(send_to(fd, "127.0.0.1", &own, sizeof(own)), EINVAL, "one that is longer than all");
	own.ip.ihl = 5;
	own.ip.version = 5;
	is_int(send_to(fd, "127.0.0.1", &own, sizeof(own)), sizeof(own), "one of something else");
	is_int(set_option(to, IPPROTO_IP, IP_TTL, 7), 0, "IP_TTL");
	is_int(set_option(to, IPPROTO_IP, IP_TOS, 16), 0, "IP_TOS");
	is_int(send_to(to, "127.0.0.1", "x", 1), 1, "the kernel's header");
	check_packet(wait_for(to), 1, "comes next");
	is_int(packet.ip.ttl, 7, "with its TTL");
	is_int(packet.ip.tos, 16, "and its TOS");
	close(fd);
	close(to);
}

static void test_long(void)
{
	int fd = new_raw(NOBODYS);
	static char big[70000];

	memset(big, 'x', sizeof(big));
	is_int(set_option(fd, SOL_SOCKET, SO_RCVBUF, 1 << 20), 0, "SO_RCVBUF");
	is_int(send_to(fd, "127.0.0.1", big, 65515), 65515, "as long as can be");
	check_packet(wait_for(fd), 65515, "it comes");
	ok(memcmp(packet.rest, big, 65515) == 0, "as it was");
	fails(send_to(fd, "127.0.0.1", big, 65516), EMSGSIZE, "and no longer");
	fails(send_to(fd, "127.0.0.1", big, 70000), EMSGSIZE, "much longer");
	is_int(send_to(fd, "127.0.0.1", big, 0), 0, "nothing");
	check_packet(wait_for(fd), 0, "is a header");
	close(fd);
}

int main(void)
{
	test_rights();
	test_echo();
	test_names();
	test_header();
	test_long();
	return done_testing();
}
