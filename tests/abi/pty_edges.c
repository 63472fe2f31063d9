/*
 * tests/abi/pty_edges.c
 *
 * Claim    What is typed and shown at a pseudoterminal is counted, thrown away,
 *          started and echoed as on Linux at its edges; a master sends no signal
 *          but those that can be typed; a peer is opened as it was asked for.
 * Method   Both ends in this process.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libpty.h"

#include <poll.h>
#include <sys/ioctl.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

static void type(const char *s)
{
	ssize_t n = strlen(s);

	if (write(master, s, n) != n)
		bail_out("the master: %s", strerror(errno));
}

static bool becomes(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, -1) == 1 && (p.revents & events);
}

static int bytes(int fd)
{
	int n = -1;

	return ioctl(fd, FIONREAD, &n) < 0 ? -errno : n;
}

static void test_marks(void)
{
	char buf[16];

	open_pair(O_NONBLOCK);
	change(0, ECHO, false);
	type("ab\004cd\n");
	ok(becomes(slave, POLLIN), "two lines");
	while (bytes(slave) == 2)
		sched_yield();
	is_int(bytes(slave), 5, "a Ctrl-D is not counted");
	is_int(read(slave, buf, 16), 2, "the first");
	is_int(read(slave, buf, 16), 3, "the second");
	type("\004");
	ok(becomes(slave, POLLIN), "one alone");
	is_int(bytes(slave), 0, "is nothing to read");
	is_int(read(slave, buf, 0), 0, "who reads nothing");
	is_int(read(slave, buf, 16), 0, "leaves it to who reads");
	fails(read(slave, buf, 16), EAGAIN, "once");
	close_pair();
}

static void test_flush(void)
{
	open_pair(O_NONBLOCK);
	change(0, ECHO, false);
	is_int(write(slave, "shown", 5), 5, "shown");
	ok(becomes(master, POLLIN), "and not read yet");
	type("typed\n");
	ok(becomes(slave, POLLIN), "typed");
	is_int(ioctl(master, TCFLSH, TCOFLUSH), 0, "TCOFLUSH of the master");
	is_int(bytes(slave), 6, "what is there is the slave's");
	is_int(bytes(master), 5, "or its own");
	is_int(ioctl(master, TCFLSH, TCIFLUSH), 0, "TCIFLUSH");
	is_int(bytes(master), 0, "throws its own away");
	is_int(bytes(slave), 6, "and not the slave's");
	fails(ioctl(master, TCFLSH, 7), EINVAL, "no such flush");
	is_int(ioctl(slave, TCFLSH, TCIFLUSH), 0, "TCIFLUSH of the slave");
	is_int(bytes(slave), 0, "throws away what was typed");
	close_pair();
}

static bool is_stopped(void)
{
	struct pollfd p = { .fd = slave, .events = POLLOUT };

	return poll(&p, 1, 0) == 0;
}

static void test_start(void)
{
	char buf[16];

	open_pair(O_NONBLOCK);
	change(0, ECHO, false);
	type("\023a\n");
	ok(becomes(slave, POLLIN), "Ctrl-S, and a line");
	ok(is_stopped(), "stops output");
	is_int(read(slave, buf, 16), 2, "the line is read");
	change(IXANY, 0, true);
	type("b\n");
	ok(becomes(slave, POLLIN), "with IXANY any character");
	ok(!is_stopped(), "starts it");
	is_int(read(slave, buf, 16), 2, "and is read");
	close_pair();
}

/* Ctrl-V shows where the next character will be. */
static void test_literal(void)
{
	char buf[16] = "";

	open_pair(O_NONBLOCK);
	type("\026");
	ok(becomes(master, POLLIN), "Ctrl-V");
	is_int(read(master, buf, 16), 2, "is shown");
	ok(memcmp(buf, "^\b", 2) == 0, "as a caret, under the cursor");
	type("\003");
	ok(becomes(master, POLLIN), "Ctrl-C");
	is_int(read(master, buf, 16), 2, "is shown");
	ok(memcmp(buf, "^C", 2) == 0, "over it");
	close_pair();
}

static void test_signals(void)
{
	static const int typed[] = { SIGINT, SIGQUIT, SIGTSTP };

	if (skip_under_qemu(5, "has no TIOCSIG"))
		return;
	open_pair(O_NONBLOCK);
	for (int i = 0; i < 3; i++)
		is_int(ioctl(master, TIOCSIG, typed[i]), 0, "TIOCSIG %d",
		       typed[i]);
	fails(ioctl(master, TIOCSIG, SIGKILL), EINVAL, "none that kills");
	fails(ioctl(master, TIOCSIG, SIGTERM), EINVAL, "or that nobody types");
	close_pair();
}

static void test_peer(void)
{
	int peer;

	open_pair(O_NONBLOCK);
	peer = ioctl(master, TIOCGPTPEER, O_RDONLY | O_NOCTTY);
	ok(peer >= 0, "TIOCGPTPEER");
	is_int(fcntl(peer, F_GETFL) & O_ACCMODE, O_RDONLY, "to read");
	fails(write(peer, "x", 1), EBADF, "not to write");
	close(peer);
	peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	is_int(fcntl(peer, F_GETFL) & O_ACCMODE, O_RDWR, "both");
	is_int(write(peer, "x", 1), 1, "to write, too");
	close(peer);
	close_pair();
}

int main(void)
{
	plan(43);
	test_marks();
	test_flush();
	test_start();
	test_literal();
	test_signals();
	test_peer();
	return done_testing();
}
