/*
 * tests/abi/inet.c
 *
 * Claim    TCP and UDP between programs of one machine, over IPv4 and IPv6:
 *          names, ports, connections, ends, refusals, options.
 * Method   Both ends in one process, at ports that the system chooses; a child
 *          where something waits.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "liboption.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static struct sockaddr_in6 loopback6(int port)
{
	return (struct sockaddr_in6){
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
}

static int bind4(int fd, int port)
{
	struct sockaddr_in a = loopback(port);

	return bind(fd, (void *)&a, sizeof(a));
}

static int connect4(int fd, int port)
{
	struct sockaddr_in a = loopback(port);

	return connect(fd, (void *)&a, sizeof(a));
}

static int connect6(int fd, int port)
{
	struct sockaddr_in6 a = loopback6(port);

	return connect(fd, (void *)&a, sizeof(a));
}

/* Of either family. */
static int port_of(int fd)
{
	struct sockaddr_in6 a;
	socklen_t len = sizeof(a);

	if (getsockname(fd, (void *)&a, &len) < 0)
		bail_out("getsockname: %s", strerror(errno));
	return ntohs(a.sin6_port);
}

static int new_socket(int family, int type)
{
	int fd = socket(family, type, 0);

	if (fd < 0)
		bail_out("socket: %s", strerror(errno));
	return fd;
}

static int new_listener(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM);

	is_int(bind4(fd, 0), 0, "bind to any port");
	is_int(listen(fd, 5), 0, "listen");
	return fd;
}

static short events_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	poll(&p, 1, 0);
	return p.revents;
}

/* Until poll() says all of @events: where Linux sends packets. */
static bool becomes(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	while (poll(&p, 1, -1) == 1)
		if ((p.revents & events) == events)
			return true;
	return false;
}

/* ---- TCP ---- */

static void test_connection(void)
{
	int listener = new_listener(), client, server;
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	char buf[8];

	ok(port_of(listener) >= 1024, "a port was chosen");
	client = new_socket(AF_INET, SOCK_STREAM);
	fails(recv(client, buf, 1, 0), ENOTCONN, "not connected yet");
	fails(send(client, "x", 1, MSG_NOSIGNAL), EPIPE, "nor can be sent to");
	is_int(connect4(client, port_of(listener)), 0, "connect");
	fails(connect4(client, port_of(listener)), EISCONN, "once");
	server = accept(listener, (void *)&a, &len);
	ok(server >= 0, "accept");
	ok(a.sin_family == AF_INET && len == sizeof(a) &&
	   ntohs(a.sin_port) == port_of(client) &&
	   a.sin_addr.s_addr == htonl(INADDR_LOOPBACK), "says from where");
	is_int(port_of(server), port_of(listener), "at the listener's port");
	is_int(getpeername(client, (void *)&a, &len), 0, "getpeername");
	is_int(ntohs(a.sin_port), port_of(listener), "is the listener");

	is_int(write(client, "hello", 5), 5, "write");
	is_int(recv(server, buf, 5, MSG_WAITALL), 5, "read");
	is_int(write(server, "yes", 3), 3, "answer");
	is_int(recv(client, buf, 3, MSG_WAITALL), 3, "read");
	is_int(shutdown(client, SHUT_WR), 0, "shutdown(SHUT_WR)");
	ok(becomes(server, POLLIN | POLLRDHUP), "poll there");
	is_int(read(server, buf, 8), 0, "the end of the one way");
	is_int(write(server, "ok", 2), 2, "the other is open");
	is_int(recv(client, buf, 2, MSG_WAITALL), 2, "and works");
	close(server);
	is_int(read(client, buf, 8), 0, "the end of the other");
	close(client);
	close(listener);
}

static void test_reset(void)
{
	int listener = new_listener(), client, server;
	struct linger none = { .l_onoff = 1 };
	char buf[8];

	client = new_socket(AF_INET, SOCK_STREAM);
	is_int(connect4(client, port_of(listener)), 0, "connect");
	server = accept(listener, NULL, NULL);
	is_int(write(client, "x", 1), 1, "write");
	ok(becomes(server, POLLIN), "it is there");
	close(server);
	ok(becomes(client, POLLERR | POLLHUP), "poll: not read, so reset");
	is_int(option(client, SOL_SOCKET, SO_ERROR), ECONNRESET, "SO_ERROR");
	is_int(read(client, buf, 8), 0, "which is over then");
	fails(send(client, "x", 1, MSG_NOSIGNAL), EPIPE, "nobody is there");
	close(client);

	client = new_socket(AF_INET, SOCK_STREAM);
	is_int(connect4(client, port_of(listener)), 0, "connect");
	server = accept(listener, NULL, NULL);
	setsockopt(server, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(server);
	ok(becomes(client, POLLERR), "SO_LINGER of no time resets");
	fails(read(client, buf, 8), ECONNRESET, "ECONNRESET");
	close(client);

	client = new_socket(AF_INET, SOCK_STREAM);
	is_int(connect4(client, port_of(listener)), 0, "connect");
	close(listener);
	ok(becomes(client, POLLERR), "the listener is closed");
	fails(read(client, buf, 8), ECONNRESET, "ECONNRESET");
	close(client);
}

static void test_refused(void)
{
	int listener = new_listener(), port = port_of(listener), fd;
	struct sockaddr_in far = loopback(1);

	fd = new_socket(AF_INET, SOCK_STREAM);
	fails(bind4(fd, port), EADDRINUSE, "the port is taken");
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	fails(bind4(fd, port), EADDRINUSE, "by one who listens");
	far.sin_addr.s_addr = inet_addr("192.0.2.1");
	fails(bind(fd, (void *)&far, sizeof(far)), EADDRNOTAVAIL,
	      "not our address");
	fails(bind(fd, (void *)&far, 3), EINVAL, "too short");
	is_int(bind4(fd, 0), 0, "bind");
	fails(bind4(fd, 0), EINVAL, "once");
	fails(accept(fd, NULL, NULL), EINVAL, "accept without listen");
	fails(shutdown(fd, SHUT_WR), ENOTCONN, "shutdown without connect");
	close(fd);
	close(listener);
	fd = new_socket(AF_INET, SOCK_STREAM);
	fails(connect4(fd, port), ECONNREFUSED, "nobody listens");
	close(fd);
	fails(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT,
	      "UDP is no stream");
	fails(socket(AF_INET, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT,
	      "no such type");
	fd = new_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
	is_int(bind4(fd, 0), 0, "bind");
	is_int(listen(fd, 5), 0, "listen");
	fails(accept(fd, NULL, NULL), EAGAIN, "nobody came");
	close(fd);
}

static void test_dual(void)
{
	int listener = new_socket(AF_INET6, SOCK_STREAM), four, six, fd;
	struct sockaddr_in6 a = { .sin6_family = AF_INET6 };
	socklen_t len = sizeof(a);
	int port;

	is_int(option(listener, IPPROTO_IPV6, IPV6_V6ONLY), 0, "IPV6_V6ONLY");
	is_int(bind(listener, (void *)&a, sizeof(a)), 0, "bind to ::");
	is_int(listen(listener, 5), 0, "listen");
	port = port_of(listener);
	six = new_socket(AF_INET6, SOCK_STREAM);
	is_int(connect6(six, port), 0, "connect to ::1");
	close(accept(listener, NULL, NULL));
	four = new_socket(AF_INET, SOCK_STREAM);
	fails(bind4(four, port), EADDRINUSE, "it has 127.0.0.1, too");
	is_int(connect4(four, port), 0, "connect to that");
	fd = accept(listener, (void *)&a, &len);
	ok(fd >= 0 && IN6_IS_ADDR_V4MAPPED(&a.sin6_addr),
	   "from an address of IPv4");
	close(fd);
	close(four);
	close(six);
	close(listener);

	listener = new_socket(AF_INET6, SOCK_STREAM);
	is_int(set_option(listener, IPPROTO_IPV6, IPV6_V6ONLY, 1), 0,
	       "IPV6_V6ONLY");
	a = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	is_int(bind(listener, (void *)&a, sizeof(a)), 0, "bind to ::");
	is_int(listen(listener, 5), 0, "listen");
	four = new_socket(AF_INET, SOCK_STREAM);
	fails(connect4(four, port_of(listener)), ECONNREFUSED,
	      "IPv4 is not heard");
	close(four);
	close(listener);
	listener = new_socket(AF_INET6, SOCK_STREAM);
	a = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	is_int(bind(listener, (void *)&a, sizeof(a)), 0, "bind to ::1");
	is_int(option(listener, IPPROTO_IPV6, IPV6_V6ONLY), 1, "which is IPv6 only");
	close(listener);
}

static void test_options(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM);
	struct tcp_info info;
	socklen_t len = sizeof(info);

	is_int(set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1), 0, "TCP_NODELAY");
	is_int(option(fd, IPPROTO_TCP, TCP_NODELAY), 1, "is set");
	is_int(set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1), 0, "SO_KEEPALIVE");
	is_int(set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60), 0,
	       "TCP_KEEPIDLE");
	is_int(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 60, "is set");
	is_int(option(fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP, "SO_PROTOCOL");
	is_int(option(fd, IPPROTO_TCP, 999), -ENOPROTOOPT, "no such option");
	is_int(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0,
	       "TCP_INFO");
	is_int(info.tcpi_state, TCP_CLOSE, "its state");
	close(fd);
}

/* ---- UDP ---- */

static void test_datagrams(void)
{
	int to = new_socket(AF_INET, SOCK_DGRAM), n = -1;
	int from = new_socket(AF_INET, SOCK_DGRAM), other;
	static char big[70000];
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	char buf[8];

	is_int(bind4(to, 0), 0, "bind");
	fails(write(from, "x", 1), EDESTADDRREQ, "to whom?");
	a = loopback(port_of(to));
	is_int(sendto(from, "hi", 2, 0, (void *)&a, sizeof(a)), 2, "sendto");
	is_int(ioctl(to, FIONREAD, &n), 0, "FIONREAD");
	is_int(n, 2, "what is next");
	is_int(recvfrom(to, buf, 1, MSG_TRUNC, (void *)&a, &len), 2, "recvfrom");
	is_int(ntohs(a.sin_port), port_of(from), "tells from where");
	is_int(connect(to, (void *)&a, len), 0, "connect back");
	is_int(write(to, "you", 3), 3, "write");
	is_int(read(from, buf, 8), 3, "read");
	other = new_socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK);
	a = loopback(port_of(to));
	is_int(sendto(other, "no", 2, 0, (void *)&a, sizeof(a)), 2,
	       "from somebody else");
	is_int(events_of(to), POLLOUT, "who is connected hears his peer alone");
	fails(sendto(other, big, sizeof(big), 0, (void *)&a, sizeof(a)),
	      EMSGSIZE, "too long");
	is_int(getpeername(to, (void *)&a, &len), 0, "getpeername");
	is_int(ntohs(a.sin_port), port_of(from), "is his port");
	close(from);
	is_int(write(to, "you", 3), 3, "nobody is there");
	ok(becomes(to, POLLERR), "poll says so");
	fails(write(to, "you", 3), ECONNREFUSED, "and the next call");
	a.sin_family = AF_UNSPEC;
	is_int(connect(to, (void *)&a, sizeof(a)), 0, "no peer any more");
	fails(getpeername(to, (void *)&a, &len), ENOTCONN, "so no name of it");
	close(to);
	close(other);
}

static int next_datagram(int fd)
{
	static char buf[70000];
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	return n < 0 ? -errno : (int)n;
}

static void test_more(void)
{
	int to = new_socket(AF_INET, SOCK_DGRAM), third = new_socket(AF_INET, SOCK_DGRAM);
	int from = new_socket(AF_INET, SOCK_DGRAM);
	static char big[65507];
	struct sockaddr_in a;

	is_int(bind4(to, 0), 0, "bind");
	is_int(bind4(third, 0), 0, "bind a third");
	a = loopback(port_of(to));
	is_int(sendto(from, "abc", 3, MSG_MORE, (void *)&a, sizeof(a)), 3, "MSG_MORE");
	is_int(next_datagram(to), -EAGAIN, "nothing is sent yet");
	is_int(send(from, "de", 2, MSG_MORE), 2, "more, to nobody in particular");
	a = loopback(port_of(third));
	is_int(sendto(from, "f", 1, 0, (void *)&a, sizeof(a)), 1, "the rest");
	is_int(next_datagram(to), 6, "is one datagram, for whom it was begun");
	is_int(next_datagram(third), -EAGAIN, "and for nobody else");
	is_int(connect4(from, port_of(to)), 0, "connect");
	is_int(set_option(from, IPPROTO_UDP, UDP_CORK, 1), 0, "UDP_CORK");
	is_int(write(from, "abc", 3), 3, "write");
	is_int(write(from, "", 0), 0, "nothing");
	is_int(write(from, "de", 2), 2, "and again");
	is_int(next_datagram(to), -EAGAIN, "all is held back");
	is_int(set_option(from, IPPROTO_UDP, UDP_CORK, 0), 0, "until it is over");
	is_int(next_datagram(to), 5, "one datagram");
	is_int(next_datagram(to), -EAGAIN, "one");
	is_int(option(from, IPPROTO_UDP, UDP_CORK), 0, "and that is told");
	is_int(send(from, "x", 1, MSG_MORE), 1, "MSG_MORE");
	fails(send(from, big, sizeof(big), 0), EMSGSIZE, "too long in all");
	is_int(next_datagram(to), -EAGAIN, "is lost");
	is_int(write(from, "y", 1), 1, "what comes then");
	is_int(next_datagram(to), 1, "is alone");
	is_int(send(from, "x", 1, MSG_MORE), 1, "MSG_MORE");
	close(from);
	is_int(next_datagram(to), -EAGAIN, "the rest never comes");
	fails(set_option(new_listener(), IPPROTO_UDP, UDP_CORK, 1), ENOPROTOOPT,
	      "not of TCP");
	close(to);
	close(third);
}

/* They go between processes of one machine, by AF_UNIX alone. */
static void test_control(void)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int fd = new_socket(AF_INET, SOCK_DGRAM);

	is_int(bind4(fd, 0), 0, "bind");
	is_int(connect4(fd, port_of(fd)), 0, "to itself");
	is_int(sendmsg(fd, &m, 0), 1, "rights are passed over");
	is_int(recvmsg(fd, &m, 0), 1, "the message comes");
	is_int((long)m.msg_controllen, 0, "alone");
	control.head.cmsg_type = SCM_CREDENTIALS;
	control.head.cmsg_len = CMSG_LEN(0);
	m.msg_controllen = sizeof(control);
	is_int(sendmsg(fd, &m, 0), 1, "so are credentials");
	control.head.cmsg_type = 99;
	m.msg_controllen = sizeof(control);
	fails(sendmsg(fd, &m, 0), EINVAL, "but not what there is not");
	close(fd);
}

static void test_shared_ports(void)
{
	int one = new_socket(AF_INET, SOCK_DGRAM), two, three;

	set_option(one, SOL_SOCKET, SO_REUSEPORT, 1);
	is_int(bind4(one, 0), 0, "bind");
	two = new_socket(AF_INET, SOCK_DGRAM);
	fails(bind4(two, port_of(one)), EADDRINUSE, "both must agree");
	set_option(two, SOL_SOCKET, SO_REUSEPORT, 1);
	is_int(bind4(two, port_of(one)), 0, "SO_REUSEPORT");
	three = new_socket(AF_INET, SOCK_STREAM);
	is_int(bind4(three, port_of(one)), 0, "TCP has ports of its own");
	close(one);
	close(two);
	close(three);
}

/* ---- waiting ---- */

static int port;

static int talk(void *unused TAP_UNUSED)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), sum = 0;
	static unsigned char big[100000];

	if (connect4(fd, port) < 0)
		return 1;
	for (ssize_t n; (n = read(fd, big, sizeof(big))) > 0;)
		for (int i = 0; i < n; i++)
			sum += big[i];
	return sum != 1000000 * 3;
}

/* More than any buffer holds, so both have to wait. */
static void test_long(void)
{
	int listener = new_listener(), server, status;
	static char big[1000000];
	pid_t pid;

	port = port_of(listener);
	pid = tap_fork();
	if (pid == 0)
		_exit(talk(NULL));
	server = accept(listener, NULL, NULL);
	memset(big, 3, sizeof(big));
	is_int(write(server, big, sizeof(big)), sizeof(big), "a long write");
	close(server);
	waitpid(pid, &status, 0);
	is_exit(status, 0, "all of it arrived");
	close(listener);
}

/* Errors are no part of the bytes, and a length is looked at when bytes have come. */
static void test_arguments(void)
{
	int listener = new_listener(), client = new_socket(AF_INET, SOCK_STREAM);
	int refused = connect4(client, port_of(listener));
	int server = accept(listener, NULL, NULL), udp = new_socket(AF_INET, SOCK_DGRAM);
	struct sockaddr_in from;
	socklen_t len = (socklen_t)-1, size = sizeof(int);
	char c;
	int value;

	if (refused || write(client, "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
	fails(recv(server, &c, 1, MSG_ERRQUEUE), EAGAIN, "no error is queued");
	fails(recv(udp, &c, 1, MSG_ERRQUEUE), EAGAIN, "nor of datagrams");
	fails(recvfrom(server, &c, 1, 0, (struct sockaddr *)&from, &len), EINVAL,
	      "a length below nothing");
	fails(getsockopt(server, 500, SO_OOBINLINE, &value, &size), EOPNOTSUPP,
	      "options of an unknown level");
	fails(getsockopt(server, IPPROTO_UDP, SO_OOBINLINE, &value, &size), EOPNOTSUPP,
	      "and of another protocol's");
	fails(setsockopt(server, 500, SO_OOBINLINE, &value, size), ENOPROTOOPT,
	      "they are not there to be set");
	close(udp);
	close(server);
	close(client);
	close(listener);
}

int main(void)
{
	test_connection();
	test_arguments();
	test_reset();
	test_refused();
	test_dual();
	test_options();
	test_datagrams();
	test_more();
	test_control();
	test_shared_ports();
	test_long();
	return done_testing();
}
