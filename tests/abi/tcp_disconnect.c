/*
 * tests/abi/tcp_disconnect.c
 *
 * Claim    connect() to AF_UNSPEC ends a connection of TCP at once, as a reset does,
 *          or stops a listener: the socket is as new, with the name that it was
 *          bound to, and may connect or listen (of a newer Linux: what it did
 *          before). Calls that wait for the connection end with it, and nothing of
 *          it is part of the next one.
 * Method   Both ends in one process, but for calls that wait.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"
#include "libtcp.h"

#include <arpa/inet.h>
#include <sys/ioctl.h>

enum { NAMED_PORT = 41237 };

static char buf[64];
static int listener;
static struct sockaddr_in where; /* the listener is */

static struct sockaddr_in address(in_addr_t ip, int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(ip),
				     .sin_port = htons(port) };
}

static int disconnect(int fd)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	return connect(fd, &nobody, sizeof(nobody));
}

static void begin_listening(void)
{
	socklen_t len = sizeof(where);

	listener = socket(AF_INET, SOCK_STREAM, 0);
	where = address(INADDR_LOOPBACK, 0);
	if (bind(listener, (void *)&where, len) < 0 || listen(listener, 5) < 0 ||
	    getsockname(listener, (void *)&where, &len) < 0)
		bail_out("a listener: %s", strerror(errno));
}

static void connect_client(void)
{
	is_int(connect(client, (void *)&where, sizeof(where)), 0, "connect");
	server = accept(listener, NULL, NULL);
}

static struct sockaddr_in name_of(int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	getsockname(fd, (void *)&a, &len);
	return a;
}

static int error_of(int fd)
{
	return option(fd, SOL_SOCKET, SO_ERROR);
}

/* ---- a connection ---- */

static void test_as_new(void)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	client = socket(AF_INET, SOCK_STREAM, 0);
	is_int(disconnect(client), 0, "who has no connection gives none up");
	connect_client();
	is_int(send(server, "abc", 3, 0), 3, "three bytes that nobody reads");
	ok(becomes(client, POLLIN), "come");
	is_int(disconnect(client), 0, "the connection is given up");
	is_int(events_of(client, POLLIN | POLLOUT), POLLOUT | POLLHUP | POLLERR,
	       "poll()");
	is_int(error_of(client), ECONNRESET, "that is an error");
	is_int(events_of(client, POLLIN | POLLOUT), POLLOUT | POLLHUP, "once");
	fails(getpeername(client, (void *)&a, &len), ENOTCONN, "there is no peer");
	is_int(name_of(client).sin_addr.s_addr, INADDR_ANY, "nor an address");
	fails(recv(client, buf, 9, MSG_DONTWAIT), ENOTCONN, "nothing to read");
	fails(send(client, buf, 1, MSG_NOSIGNAL), EPIPE, "nor to send to");
	fails(shutdown(client, SHUT_RDWR), ENOTCONN, "nor to end");
	close(client);
	close(server);
}

static void test_peer(void)
{
	client = socket(AF_INET, SOCK_STREAM, 0);
	connect_client();
	is_int(send(client, "abc", 3, 0), 3, "three bytes");
	ok(becomes(server, POLLIN), "come");
	is_int(disconnect(client), 0, "and a reset");
	ok(becomes(server, POLLERR | POLLHUP | POLLRDHUP), "poll()");
	is_int(recv(server, buf, 9, 0), 3, "the bytes are there");
	fails(recv(server, buf, 9, 0), ECONNRESET, "and then the reset");
	fails(send(server, buf, 1, MSG_NOSIGNAL), EPIPE, "which is all");
	close(server);
	close(client);
}

static void test_again(void)
{
	int old;

	client = socket(AF_INET, SOCK_STREAM, 0);
	connect_client();
	old = server;
	is_int(send(old, "old", 3, 0), 3, "bytes of a first connection");
	is_int(send(old, "X", 1, MSG_OOB), 1, "and an urgent one");
	ok(becomes(client, POLLPRI), "come");
	is_int(shutdown(client, SHUT_WR), 0, "which has an end");
	is_int(disconnect(client), 0, "and is given up");
	connect_client();
	is_int(error_of(client), 0, "of a second one there is no error");
	is_int(events_of(client, POLLIN | POLLOUT | POLLPRI | POLLRDHUP), POLLOUT,
	       "and nothing of the first");
	fails(recv(client, buf, 1, MSG_OOB), EINVAL, "nor is anything urgent");
	is_int(send(client, "new", 3, 0), 3, "there is no end to sending");
	is_int(recv(server, buf, 3, MSG_WAITALL), 3, "and that comes");
	fails(send(old, "old", 3, MSG_NOSIGNAL), EPIPE, "not what the first sends");
	close(old);
	is_int(send(server, "new", 3, 0), 3, "when that is closed");
	is_int(recv(client, buf, 9, 0), 3, "the second goes on");
	ok(memcmp(buf, "new", 3) == 0, "with its bytes");
	close(server);
	ok(becomes(client, POLLRDHUP), "until it ends");
	is_int(recv(client, buf, 9, 0), 0, "in order");
	close(client);
}

/* An error only for who had something to lose. */
static void test_ended(void)
{
	client = socket(AF_INET, SOCK_STREAM, 0);
	connect_client();
	close(server);
	ok(becomes(client, POLLRDHUP), "the peer has ended");
	is_int(disconnect(client), 0, "and we have not");
	is_int(error_of(client), ECONNRESET, "ECONNRESET");
	connect_client();
	shutdown(client, SHUT_WR);
	is_int(recv(server, buf, 9, 0), 0, "we have ended");
	close(server);
	ok(becomes(client, POLLRDHUP | POLLHUP), "and the peer");
	is_int(disconnect(client), 0, "nothing is given up");
	is_int(error_of(client), 0, "0");
	connect_client();
	is_int(send(client, "abc", 3, 0), 3, "bytes");
	ok(becomes(server, POLLIN), "that nobody reads");
	close(server);
	ok(becomes(client, POLLERR), "a reset");
	fails(connect(client, (void *)&where, sizeof(where)), EISCONN, "is a state");
	is_int(disconnect(client), 0, "that can be left");
	connect_client();
	close(server);
	close(client);
}

/* ---- names ---- */

static void test_name(void)
{
	struct sockaddr_in any = address(INADDR_ANY, NAMED_PORT);
	struct sockaddr_in lo = address(INADDR_LOOPBACK, NAMED_PORT);

	client = socket(AF_INET, SOCK_STREAM, 0);
	is_int(bind(client, (void *)&any, sizeof(any)), 0, "bind");
	connect_client();
	is_int(name_of(client).sin_addr.s_addr, htonl(INADDR_LOOPBACK),
	       "connected it has an address");
	disconnect(client);
	is_int(name_of(client).sin_addr.s_addr, INADDR_ANY, "which goes");
	is_int(name_of(client).sin_port, htons(NAMED_PORT), "the port stays");
	fails(bind(client, (void *)&lo, sizeof(lo)), EINVAL, "and is its");
	close(client);
	close(server);

	client = socket(AF_INET, SOCK_STREAM, 0);
	connect_client();
	disconnect(client);
	lo.sin_port = 0;
	is_int(bind(client, (void *)&lo, sizeof(lo)), 0, "who had none gets one");
	connect_client();
	disconnect(client);
	is_int(name_of(client).sin_addr.s_addr, htonl(INADDR_LOOPBACK),
	       "an address that was bound stays");
	close(client);
	close(server);
}

/* A newer Linux has it that who was connected never listens, and who has listened
 * never connects. */
static bool may_change_part(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool may = listen(fd, 1) == 0 && disconnect(fd) == 0 &&
		   connect(fd, (void *)&where, sizeof(where)) == 0;

	if (may)
		close(accept(listener, NULL, NULL));
	close(fd);
	return may || on_drover();
}

/* He was accepted, and is nobody's now. */
static void test_listens_then(void)
{
	struct sockaddr_in at;

	if (!may_change_part()) {
		skip(2, "this Linux lets none listen who was connected");
		return;
	}
	is_int(listen(server, 1), 0, "and listens");
	at = name_of(server);
	disconnect(client);
	is_int(connect(client, (void *)&at, sizeof(at)), 0, "where we find him");
}

/* Either end may give it up, and may be a listener then. */
static void test_accepted(void)
{
	client = socket(AF_INET, SOCK_STREAM, 0);
	connect_client();
	is_int(disconnect(server), 0, "who was accepted");
	fails(recv(client, buf, 9, 0), ECONNRESET, "gives it up");
	test_listens_then();
	close(client);
	close(server);
}

/* ---- a listener ---- */

static void test_connects_then(int fd)
{
	if (!may_change_part()) {
		skip(2, "this Linux lets none connect who has listened");
		return;
	}
	is_int(connect(fd, (void *)&where, sizeof(where)), 0, "it connects");
	close(accept(listener, NULL, NULL));
	is_int(disconnect(fd), 0, "no more");
}

static void test_listener(void)
{
	struct sockaddr_in at = address(INADDR_LOOPBACK, NAMED_PORT);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, other;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	is_int(bind(fd, (void *)&at, sizeof(at)), 0, "bind");
	is_int(listen(fd, 1), 0, "listen");
	client = socket(AF_INET, SOCK_STREAM, 0);
	is_int(connect(client, (void *)&at, sizeof(at)), 0, "who is not accepted yet");
	is_int(disconnect(fd), 0, "the listener is none");
	fails(recv(client, buf, 9, 0), ECONNRESET, "is reset");
	is_int(error_of(fd), 0, "that is no error here");
	fails(accept(fd, NULL, NULL), EINVAL, "accept");
	other = socket(AF_INET, SOCK_STREAM, 0);
	fails(connect(other, (void *)&at, sizeof(at)), ECONNREFUSED, "nobody listens");
	test_connects_then(fd);
	is_int(listen(fd, 1), 0, "and listens");
	is_int(connect(other, (void *)&at, sizeof(at)), 0, "for somebody");
	close(other);
	close(client);
	close(fd);
}

/* ---- who waits ---- */

static volatile pid_t waiter;

static void *receive_late(void *got)
{
	waiter = gettid();
	*(int *)got = recv(client, buf, 9, 0) < 0 ? errno : 0;
	return NULL;
}

static void *send_for_long(void *got)
{
	static char bytes[1 << 16];

	waiter = gettid();
	while (send(client, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0)
		;
	*(int *)got = errno;
	return NULL;
}

static int end_of_call(void *(*call)(void *))
{
	pthread_t thread;
	int got = -1;

	client = socket(AF_INET, SOCK_STREAM, 0);
	connect_client();
	waiter = 0;
	tap_thread(&thread, NULL, call, &got);
	wait_until_thread_asleep(&waiter);
	is_int(disconnect(client), 0, "given up under who waits");
	pthread_join(thread, NULL);
	close(client);
	close(server);
	return got;
}

static void test_waiting(void)
{
	is_int(end_of_call(receive_late), EPIPE, "recv");
	is_int(end_of_call(send_for_long), ECONNRESET, "send");
}

/* ---- others ---- */

static void test_others(void)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	int v6 = socket(AF_INET6, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
	int local = socket(AF_UNIX, SOCK_STREAM, 0);

	is_int(disconnect(v6), 0, "AF_INET6");
	is_int(connect(v6, &nobody, sizeof(nobody.sa_family)), 0, "a family is enough");
	fails(connect(v6, &nobody, 1), EINVAL, "a byte is not");
	fails(disconnect(local), EINVAL, "AF_UNIX has no such");
	is_int(connect(udp, (void *)&where, sizeof(where)), 0, "UDP");
	is_int(disconnect(udp), 0, "has");
	is_int(name_of(udp).sin_port, 0, "a port of its choice goes");
	is_int(name_of(udp).sin_addr.s_addr, INADDR_ANY, "with the address");
	close(v6);
	close(udp);
	close(local);
}

int main(void)
{
	begin_listening();
	test_as_new();
	test_peer();
	test_again();
	test_ended();
	test_name();
	test_accepted();
	test_listener();
	test_waiting();
	test_others();
	return done_testing();
}
