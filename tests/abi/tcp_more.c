/*
 * tests/abi/tcp_more.c
 *
 * Claim    What is sent over TCP by MSG_MORE, or while TCP_CORK is set, cannot be
 *          read yet: until something is sent without, the cork is taken out,
 *          TCP_NODELAY is set, there is a packet full of it, or the sender ends;
 *          and a moment later anyway. Nothing overtakes it, and nothing is lost.
 * Method   Both ends in one process. The moment is 200 ms on Linux: a turn in
 *          which as much might have passed tells nothing, and is taken again.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libtcp.h"

#include <sys/ioctl.h>
#include <time.h>

enum { A_MOMENT = 200, LONG = 200000 };

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int next_bytes(void)
{
	char buf[64];
	ssize_t n = recv(server, buf, sizeof(buf), MSG_DONTWAIT);

	return n < 0 ? -errno : (int)n;
}

/* The results of a turn. */
static struct turn {
	int sent, early, pushed, late, waiting;
} turn;

/* On a new connection: hold three bytes back by @hold, look, and @push. */
static void take_turn(void (*hold)(void), void (*push)(void))
{
	long begin;

	for (;;) {
		connect_both();
		begin = milliseconds();
		hold();
		turn.early = next_bytes();
		ioctl(server, FIONREAD, &turn.waiting);
		push();
		if (milliseconds() - begin < A_MOMENT / 2)
			return;
		close_both();
	}
}

/* @n bytes come, and together; or after a moment, which is too late. */
static void judge_turn(int n, const char *how)
{
	char buf[64];

	is_int(turn.sent, 3, "three bytes are sent");
	is_int(turn.early, -EAGAIN, "and do not come");
	is_int(turn.waiting, 0, "FIONREAD");
	ok(turn.pushed >= 0, "%s", how);
	is_int(recv(server, buf, n, MSG_WAITALL), n, "lets them go");
	ok(memcmp(buf, "abcde", n) == 0, "in order");
	close_both();
}

static void send_more(void)
{
	turn.sent = send(client, "abc", 3, MSG_MORE);
}

static void send_corked(void)
{
	set_option(client, IPPROTO_TCP, TCP_CORK, 1);
	turn.sent = send(client, "abc", 3, 0);
}

static void send_rest(void)
{
	turn.pushed = send(client, "de", 2, 0);
}

static void uncork(void)
{
	turn.pushed = set_option(client, IPPROTO_TCP, TCP_CORK, 0);
}

static void do_not_delay(void)
{
	turn.pushed = set_option(client, IPPROTO_TCP, TCP_NODELAY, 1);
}

static void end_sending(void)
{
	turn.pushed = shutdown(client, SHUT_WR);
}

static void do_nothing(void)
{
	turn.pushed = 0;
}

static void test_ways(void)
{
	take_turn(send_more, send_rest);
	judge_turn(5, "a send without MSG_MORE");
	take_turn(send_corked, uncork);
	judge_turn(3, "TCP_CORK is 0");
	take_turn(send_corked, do_not_delay);
	judge_turn(3, "TCP_NODELAY, in spite of TCP_CORK");
	take_turn(send_more, end_sending);
	judge_turn(3, "an end");
	take_turn(send_more, do_nothing);
	judge_turn(3, "a moment");
	take_turn(send_corked, do_nothing);
	judge_turn(3, "a moment, corked or not");
}

static void test_end(void)
{
	char buf[8];

	connect_both();
	is_int(send(client, "abc", 3, MSG_MORE), 3, "MSG_MORE");
	close(client);
	ok(becomes(server, POLLIN | POLLRDHUP), "close");
	is_int(recv(server, buf, 8, 0), 3, "is behind it");
	is_int(recv(server, buf, 8, 0), 0, "and nothing behind that");
	close(server);

	connect_both();
	is_int(send(client, "abc", 3, MSG_MORE), 3, "MSG_MORE");
	close(server);
	ok(becomes(client, POLLERR | POLLHUP), "nobody is there to read it");
	is_int(option(client, SOL_SOCKET, SO_ERROR), EPIPE, "EPIPE");
	close(client);
}

/* Full packets go; and who polls is told of those that waited. */
static void test_long(void)
{
	static char buf[LONG], got[LONG];

	for (int i = 0; i < LONG; i++)
		buf[i] = i * 7 + i / 256;
	connect_both();
	is_int(option(client, IPPROTO_TCP, TCP_CORK), 0, "no cork, at first");
	is_int(set_option(client, IPPROTO_TCP, TCP_CORK, 1), 0, "TCP_CORK");
	is_int(option(client, IPPROTO_TCP, TCP_CORK), 1, "is set");
	is_int(send(client, buf, LONG, 0), LONG, "many packets");
	is_int(recv(server, got, LONG, MSG_WAITALL), LONG, "all of them come");
	ok(memcmp(buf, got, LONG) == 0, "as they were");
	is_int(send(client, "abc", 3, 0), 3, "three bytes");
	ok(becomes(server, POLLIN), "come, too");
	is_int(next_bytes(), 3, "all three");
	close_both();
}

/* A buffer that is full of what is held back would be so for ever. */
static void test_small_buffer(void)
{
	static char buf[LONG];
	int sent = 0;

	connect_both();
	is_int(set_option(client, SOL_SOCKET, SO_SNDBUF, 1), 0, "SO_SNDBUF");
	while (sent < LONG && send(client, buf, 100, MSG_MORE | MSG_DONTWAIT) == 100)
		sent += 100;
	ok(sent > 0, "MSG_MORE, while there is room");
	is_int(recv(server, buf, sent, MSG_WAITALL), sent, "all of it comes");
	ok(becomes(client, POLLOUT), "so there is room again");
	close_both();
}

int main(void)
{
	test_ways();
	test_end();
	test_long();
	test_small_buffer();
	return done_testing();
}
