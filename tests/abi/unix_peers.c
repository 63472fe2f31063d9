/*
 * tests/abi/unix_peers.c
 *
 * Claim    A datagram socket of AF_UNIX that is connected hears its peer alone. One
 *          that gets another peer, or none, drops what had come, and the old peer,
 *          if it has that one, learns so by ECONNRESET.
 * Method   Three sockets with abstract names, and what comes where.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"
#include "libpair.h"

#include <poll.h>
#include <stddef.h>
#include <sys/un.h>

enum { A, B, C, NR };

static int fd[NR];

static struct sockaddr_un name_of(int i, socklen_t *len)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	*len = offsetof(struct sockaddr_un, sun_path) +
	       snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "peer%d", i) + 1;
	return a;
}

static void open_one(int i)
{
	socklen_t len;
	struct sockaddr_un a = name_of(i, &len);

	fd[i] = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (fd[i] < 0 || bind(fd[i], (void *)&a, len) < 0)
		bail_out("socket %d: %s", i, strerror(errno));
}

static void open_all(void)
{
	for (int i = 0; i < NR; i++)
		open_one(i);
}

static void close_all(void)
{
	for (int i = 0; i < NR; i++)
		close(fd[i]);
}

static int connect_to(int from, int to)
{
	socklen_t len;
	struct sockaddr_un a = name_of(to, &len);

	return connect(fd[from], (void *)&a, len) < 0 ? -errno : 0;
}

static int disconnect(int i)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	return connect(fd[i], &nobody, sizeof(nobody.sa_family)) < 0 ? -errno : 0;
}

static int send_to(int from, int to)
{
	socklen_t len;
	struct sockaddr_un a = name_of(to, &len);
	ssize_t n = sendto(fd[from], "x", 1, MSG_DONTWAIT, (void *)&a, len);

	return n < 0 ? -errno : (int)n;
}

static int receive(int i)
{
	char byte;
	ssize_t n = recv(fd[i], &byte, 1, MSG_DONTWAIT);

	return n < 0 ? -errno : (int)n;
}

static int error_of(int i)
{
	int error = -1;
	socklen_t len = sizeof(error);

	getsockopt(fd[i], SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

/* ---- what came ---- */

static void test_first_peer(void)
{
	open_all();
	is_int(send_to(B, A), 1, "who has nobody hears all");
	is_int(send_to(C, A), 1, "whoever that is");
	is_int(connect_to(A, B), 0, "a first peer");
	is_int(send_to(C, A), -EPERM, "no other is heard");
	is_int(connect_to(C, A), -EPERM, "nor connects");
	is_int(receive(A), 1, "what had come stays");
	is_int(connect_to(A, B), 0, "the same once more");
	is_int(receive(A), 1, "changes nothing");
	is_int(receive(A), -EAGAIN, "that was all");
	close_all();
}

static void test_other_peer(void)
{
	open_all();
	is_int(connect_to(A, B), 0, "a first peer");
	is_int(send_to(B, A), 1, "which sends");
	is_int(connect_to(A, C), 0, "and is replaced");
	is_int(receive(A), -EAGAIN, "nothing of it is left");
	is_int(error_of(B), 0, "it is not told, for it was not connected");
	is_int(send_to(B, A), -EPERM, "nor heard");
	is_int(send_to(C, A), 1, "the new one is");
	is_int(receive(A), 1, "and comes");
	close_all();
}

/* ---- who is told ---- */

static void connect_both(void)
{
	is_int(connect_to(A, B), 0, "connected");
	is_int(connect_to(B, A), 0, "both ways");
}

static void test_told(void)
{
	struct pollfd p;

	open_all();
	connect_both();
	is_int(send_to(B, A), 1, "something is there");
	is_int(connect_to(A, C), 0, "and is lost");
	p = (struct pollfd){ .fd = fd[B], .events = POLLIN | POLLOUT };
	poll(&p, 1, 0);
	is_int(p.revents, POLLOUT | POLLERR, "poll() of who sent it");
	is_int(receive(B), -ECONNRESET, "ECONNRESET");
	is_int(receive(B), -EAGAIN, "once");
	is_int(disconnect(B), 0, "connect() to nobody");

	is_int(connect_to(A, B), 0, "again");
	is_int(connect_to(B, A), 0, "both ways");
	is_int(send_to(B, A), 1, "something is there");
	is_int(disconnect(A), 0, "connect() to nobody");
	is_int(receive(A), -EAGAIN, "drops it, too");
	is_int(send_to(B, A), -ECONNRESET, "who sends is told");
	is_int(send_to(B, A), 1, "once");
	is_int(receive(A), 1, "and is heard");
	is_int(send(fd[A], "x", 1, 0) < 0 ? errno : 0, ENOTCONN, "there is no peer");

	is_int(connect_to(A, B), 0, "and again");
	is_int(connect_to(A, C), 0, "with nothing there");
	is_int(error_of(B), 0, "nothing is told");
	close_all();
}

static int wait_for_one(void *unused)
{
	char byte;

	(void)unused;
	return recv(fd[B], &byte, 1, 0) < 0 ? errno : 0;
}

static void test_waiting(void)
{
	pid_t pid;

	open_all();
	connect_both();
	is_int(send_to(B, A), 1, "something is there");
	pid = start_sleeper(wait_for_one, NULL);
	is_int(connect_to(A, C), 0, "and is lost");
	is_int(WEXITSTATUS(end_of(pid)), ECONNRESET, "who waits is told");
	close_all();
}

/* ---- who is gone ---- */

static void test_gone(void)
{
	open_all();
	is_int(connect_to(A, B), 0, "a peer");
	is_int(send_to(B, A), 1, "sends");
	close(fd[B]);
	is_int(send(fd[A], "x", 1, 0) < 0 ? errno : 0, ECONNREFUSED, "and is gone");
	is_int(receive(A), -EAGAIN, "what it sent is, too");
	is_int(send(fd[A], "x", 1, 0) < 0 ? errno : 0, ENOTCONN, "there is no peer");
	open_one(B);
	is_int(connect_to(A, B), 0, "another with its name");
	is_int(send(fd[A], "x", 1, 0), 1, "is one");
	close(fd[C]);
	is_int(connect_to(A, C), -ECONNREFUSED, "connect() to who is gone");
	is_int(send(fd[A], "x", 1, 0), 1, "leaves the peer");
	open_one(C);
	close_all();
}

static void test_pair(void)
{
	new_pair(SOCK_DGRAM);
	open_all();
	is_int(send(sv[0], "x", 1, 0), 1, "a pair");
	dup2(sv[1], fd[C]);
	is_int(connect_to(C, B), 0, "may part");
	is_int(send(sv[0], "x", 1, 0) < 0 ? errno : 0, ECONNRESET, "one is told");
	is_int(send(sv[0], "x", 1, 0) < 0 ? errno : 0, EPERM, "and not heard");
	is_int(receive(C), -EAGAIN, "nothing is there");
	close_all();
	close_both();
}

int main(void)
{
	test_first_peer();
	test_other_peer();
	test_told();
	test_waiting();
	test_gone();
	test_pair();
	return done_testing();
}
