/*
 * tests/abi/tcp_ends.c
 *
 * Claim    Who closes a connection of TCP ends what he sends, and no more: what
 *          is sent to him later goes out, and is answered by a reset. That is
 *          EPIPE, for the end came first; where bytes were left unread, or the
 *          end did not come in order, it is ECONNRESET. What has come before is
 *          read all the same.
 * Method   Both ends in one process.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libtcp.h"

#include <signal.h>

static bool is_pending(int sig)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, sig);
}

static void take_pending(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	is_int(sigwaitinfo(&set, NULL), sig, "the signal comes");
}

static void block(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void end_server(void)
{
	connect_both();
	close(server);
	ok(becomes(client, POLLIN | POLLRDHUP), "the server has closed");
}

static int state_of(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ?
		       -errno : info.tcpi_state;
}

static void test_first_send(void)
{
	char buf[8];

	end_server();
	is_int(events_of(client, POLLOUT), POLLOUT, "the other way is open");
	is_int(state_of(client), TCP_CLOSE_WAIT, "TCP_CLOSE_WAIT");
	is_int(send(client, "x", 1, 0), 1, "the first send goes out");
	ok(!is_pending(SIGPIPE), "without a signal");
	ok(becomes(client, POLLERR | POLLHUP), "and is answered by a reset");
	is_int(state_of(client), TCP_CLOSE, "TCP_CLOSE");
	is_int(recv(client, buf, 8, 0), 0, "who receives knows of the end alone");
	fails(send(client, "x", 1, 0), EPIPE, "the second send fails");
	take_pending(SIGPIPE);
	is_int(option(client, SOL_SOCKET, SO_ERROR), 0, "which has told of it");
	fails(send(client, "x", 1, MSG_NOSIGNAL), EPIPE, "and so on");
	ok(!is_pending(SIGPIPE), "MSG_NOSIGNAL");
	fails(shutdown(client, SHUT_WR), ENOTCONN, "there is nothing to shut");
	close(client);
}

static void test_error(void)
{
	end_server();
	is_int(send(client, "", 0, 0), 0, "nothing is no bytes");
	is_int(send(client, "x", 1, 0), 1, "one is");
	ok(becomes(client, POLLERR | POLLHUP), "a reset");
	is_int(option(client, SOL_SOCKET, SO_ERROR), EPIPE, "SO_ERROR");
	is_int(events_of(client, 0), POLLHUP, "is told once");
	close(client);
}

static void test_rest_is_read(void)
{
	char buf[8];

	connect_both();
	is_int(send(server, "bye", 3, 0), 3, "the last words");
	close(server);
	ok(becomes(client, POLLIN | POLLRDHUP), "have come");
	is_int(send(client, "x", 1, 0), 1, "an answer");
	ok(becomes(client, POLLERR), "is not wanted");
	is_int(recv(client, buf, 8, 0), 3, "they are read all the same");
	is_int(recv(client, buf, 8, 0), 0, "to the end");
	close(client);
}

static void test_unread(void)
{
	char buf[8];

	connect_both();
	is_int(send(client, "x", 1, 0), 1, "send");
	ok(becomes(server, POLLIN), "it is there");
	close(server);
	ok(becomes(client, POLLERR | POLLHUP), "and not read");
	fails(send(client, "x", 1, 0), ECONNRESET, "a send tells the reset");
	ok(!is_pending(SIGPIPE), "without a signal");
	is_int(recv(client, buf, 8, 0), 0, "once");
	fails(send(client, "x", 1, MSG_NOSIGNAL), EPIPE, "then it is over");
	fails(shutdown(client, SHUT_RDWR), ENOTCONN, "wholly");
	close(client);

	connect_both();
	is_int(send(client, "x", 1, 0), 1, "send");
	is_int(shutdown(server, SHUT_WR), 0, "the server ends, in order");
	ok(becomes(client, POLLIN | POLLRDHUP), "which is told");
	ok(becomes(server, POLLIN), "has something to read");
	close(server);
	ok(becomes(client, POLLERR | POLLHUP), "and does not read it");
	is_int(recv(client, buf, 8, 0), 0, "the end came first");
	is_int(option(client, SOL_SOCKET, SO_ERROR), EPIPE, "so this is EPIPE");
	close(client);
}

/* Each has ended: there is nothing to reset, also where the server leaves
 * something unread. */
static void test_both_ended(bool reads)
{
	char buf[8];

	connect_both();
	is_int(send(client, "x", 1, 0), 1, "send");
	is_int(shutdown(server, SHUT_WR), 0, "the server ends");
	ok(becomes(client, POLLIN | POLLRDHUP), "which is told");
	is_int(shutdown(client, SHUT_WR), 0, "so does the client");
	ok(becomes(server, POLLIN | POLLHUP), "which is told, too");
	if (reads) {
		is_int(recv(server, buf, 8, 0), 1, "it reads what was sent");
		is_int(recv(server, buf, 8, 0), 0, "and no more bytes");
	}
	close(server);
	is_int(events_of(client, POLLIN), POLLIN | POLLHUP, "no error");
	is_int(option(client, SOL_SOCKET, SO_ERROR), 0, "none");
	fails(send(client, "x", 1, MSG_NOSIGNAL), EPIPE, "nothing goes out");
	fails(shutdown(client, SHUT_WR), ENOTCONN, "TCP_CLOSE");
	close(client);
}

int main(void)
{
	block(SIGPIPE);
	test_first_send();
	test_error();
	test_rest_is_read();
	test_unread();
	test_both_ended(true);
	test_both_ended(false);
	return done_testing();
}
