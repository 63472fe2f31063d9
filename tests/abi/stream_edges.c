/*
 * tests/abi/stream_edges.c
 *
 * Claim    What a stream gives at its edges: for nothing that is asked, for
 *          bytes that are looked at, passed, or waited for, with descriptors
 *          and senders among them, and after an end.
 * Method   Each end in this process, and threads who sleep.
 * Oracle   Linux, and what unix(7) and tcp(7) say.
 */
#define _GNU_SOURCE
#include "../libfds.h"
#include "libtcp.h"
#include "libasleep.h"

#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/un.h>

static int sv[2];

static void new_pair(int type)
{
	if (socketpair(AF_UNIX, type, 0, sv) < 0)
		bail_out("socketpair: %s", strerror(errno));
}

static void close_pair(void)
{
	close(sv[0]);
	close(sv[1]);
}

/* ---- nothing ---- */

static void nothing_of(int from, int to, const char *what)
{
	char c;

	fails(recv(from, &c, 0, MSG_DONTWAIT), EAGAIN,
	      "%s: nothing of nothing", what);
	is_int(send(to, "ab", 2, 0), 2, "send");
	is_int(recv(from, &c, 1, 0), 1, "one");
	is_int(recv(from, &c, 0, 0), 0, "nothing of something");
	is_int(recv(from, &c, 1, 0), 1, "which is there still");
	is_int(send(to, "", 0, 0), 0, "nothing is sent");
	is_int(shutdown(to, SHUT_WR), 0, "the end");
	is_int(recv(from, &c, 1, 0), 0, "is seen");
	is_int(recv(from, &c, 0, 0), 0, "by who asks for nothing, too");
	fails(send(to, "", 0, MSG_NOSIGNAL), EPIPE, "nothing is not sent");
}

static void test_nothing(void)
{
	char c;

	new_pair(SOCK_STREAM);
	nothing_of(sv[0], sv[1], "AF_UNIX");
	close_pair();
	connect_both();
	nothing_of(client, server, "TCP");
	close_both();
	client = socket(AF_INET, SOCK_STREAM, 0);
	fails(recv(client, &c, 0, 0), ENOTCONN, "from nobody");
	close(client);
}

/* ---- with descriptors ---- */

/* Bytes; *@fds are descriptors that came along, and are closed. */
static int receive(int from, size_t n, int flags, unsigned *fds)
{
	union control control;
	char buf[32];
	struct iovec iov = { buf, n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int done = recvmsg(from, &msg, flags);
	struct cmsghdr *head = done < 0 ? NULL : CMSG_FIRSTHDR(&msg);

	*fds = 0;
	if (head == NULL || head->cmsg_type != SCM_RIGHTS)
		return done;
	*fds = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (unsigned i = 0; i < *fds; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(head) + i * sizeof(fd), sizeof(fd));
		close(fd);
	}
	return done;
}

static void test_descriptors(void)
{
	unsigned fds;

	new_pair(SOCK_STREAM);
	is_int(write(sv[1], "1234", 4), 4, "bytes");
	is_int(send_fds(sv[1], &sv[1], 1), 1, "one with a descriptor");
	is_int(write(sv[1], "5678", 4), 4, "and more");
	is_int(receive(sv[0], 20, MSG_PEEK, &fds), 5,
	       "who looks sees those before it, and it");
	is_int(fds, 1, "with the descriptor");
	is_int(receive(sv[0], 20, 0, &fds), 5, "so does who reads");
	is_int(fds, 1, "with it, too");
	is_int(receive(sv[0], 20, MSG_WAITALL | MSG_DONTWAIT, &fds), 4,
	       "then come the others");
	is_int(fds, 0, "without");
	close_pair();
}

/* ---- who sent it ---- */

static socklen_t name_of(struct sockaddr_un *a, const char *name)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strcpy(a->sun_path + 1, name);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
}

static void test_sender(void)
{
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), end;
	int to = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un a;
	socklen_t len = name_of(&a, "edges-listener");
	char c;

	if (bind(listener, (void *)&a, len) < 0 || listen(listener, 1) < 0)
		bail_out("a listener: %s", strerror(errno));
	if (connect(to, (void *)&a, len) < 0)
		bail_out("connect: %s", strerror(errno));
	end = accept(listener, NULL, NULL);
	is_int(write(to, "a", 1), 1, "from who has no name");
	is_int(recvfrom(end, &c, 1, 0, (void *)&a, &len), 1, "recvfrom");
	is_int(len, 0, "says so");
	len = name_of(&a, "edges-sender");
	if (bind(to, (void *)&a, len) < 0)
		bail_out("bind: %s", strerror(errno));
	is_int(write(to, "b", 1), 1, "from who has one");
	len = sizeof(a);
	is_int(recvfrom(end, &c, 1, 0, (void *)&a, &len), 1, "recvfrom");
	ok(strcmp(a.sun_path + 1, "edges-sender") == 0, "tells it");
	close(end);
	close(to);
	close(listener);

	connect_both();
	is_int(write(client, "a", 1), 1, "by TCP");
	len = sizeof(a);
	is_int(recvfrom(server, &c, 1, 0, (void *)&a, &len), 1, "recvfrom");
	is_int(len, 0, "tells nobody");
	close_both();
}

/* ---- passed, looked at, waited for ---- */

static void test_passed(void)
{
	char c = 0;

	connect_both();
	is_int(write(client, "abcd", 4), 4, "four bytes");
	ok(becomes(server, POLLIN), "come");
	is_int(recv(server, NULL, 2, MSG_TRUNC), 2, "two are passed");
	is_int(recv(server, &c, 1, 0), 1, "the next");
	is_int(c, 'c', "is behind them");
	close_both();
	new_pair(SOCK_STREAM);
	is_int(write(sv[0], "ab", 2), 2, "AF_UNIX");
	fails(recv(sv[1], NULL, 2, MSG_TRUNC), EFAULT, "knows no such thing");
	close_pair();
}

static char peeked[8];
static volatile pid_t peeker;

static void *peek_all(void *arg)
{
	(void)arg;
	peeker = gettid();
	return (void *)recv(server, peeked, 4, MSG_PEEK | MSG_WAITALL);
}

static void test_looked_at(void)
{
	pthread_t who;
	void *n;

	connect_both();
	is_int(write(client, "ab", 2), 2, "two bytes");
	ok(becomes(server, POLLIN), "come");
	is_int(recv(server, peeked, 4, MSG_PEEK | MSG_WAITALL | MSG_DONTWAIT), 2,
	       "who does not wait sees them");
	tap_thread(&who, NULL, peek_all, NULL);
	wait_until_thread_asleep(&peeker);
	is_int(write(client, "cd", 2), 2, "who does");
	pthread_join(who, &n);
	is_int((long)n, 4, "sees the next, too");
	ok(memcmp(peeked, "abcd", 4) == 0, "in order");
	is_int(recv(server, peeked, 8, 0), 4, "and all stay");
	is_int(write(client, "e", 1), 1, "one more");
	is_int(shutdown(client, SHUT_WR), 0, "is the last");
	is_int((long)peek_all(NULL), 1, "for which nobody waits for ever");
	close_both();
	new_pair(SOCK_STREAM);
	is_int(write(sv[0], "ab", 2), 2, "AF_UNIX");
	is_int(recv(sv[1], peeked, 4, MSG_PEEK | MSG_WAITALL), 2,
	       "shows what there is");
	close_pair();
}

static void test_low_water(void)
{
	connect_both();
	set_option(server, SOL_SOCKET, SO_RCVLOWAT, 3);
	is_int(write(client, "ab", 2), 2, "two bytes of three");
	is_int(recv(server, peeked, 2, MSG_PEEK), 2, "are there");
	is_int(events_of(server, POLLIN), 0, "poll() waits for the third");
	is_int(write(client, "c", 1), 1, "which comes");
	ok(becomes(server, POLLIN), "and is enough");
	is_int(recv(server, peeked, 8, 0), 3, "to be read");
	is_int(write(client, "d", 1), 1, "one");
	is_int(shutdown(client, SHUT_WR), 0, "and no more");
	ok(becomes(server, POLLIN), "is enough, too");
	close_both();
}

/* ---- who else, after the end ---- */

static void test_peer_name(void)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	connect_both();
	is_int(shutdown(client, SHUT_WR), 0, "one end");
	ok(becomes(server, POLLIN), "is told");
	is_int(getpeername(server, (void *)&a, &len), 0, "and still the other's");
	is_int(shutdown(server, SHUT_WR), 0, "the other end");
	ok(becomes(server, POLLHUP), "and it is over");
	close(client);
	while (getpeername(server, (void *)&a, &len) == 0)
		sched_yield();
	is_int(errno, ENOTCONN, "nobody is there");
	is_int(getsockname(server, (void *)&a, &len), 0, "but we are");
	close(server);
}

/* ---- datagrams have no end ---- */

static void test_datagrams(void)
{
	char c;

	new_pair(SOCK_DGRAM);
	is_int(shutdown(sv[0], SHUT_RD), 0, "no more datagrams");
	fails(recv(sv[0], &c, 1, MSG_DONTWAIT), EAGAIN, "who does not wait");
	is_int(recv(sv[0], &c, 1, 0), 0, "who would wait, in vain");
	close_pair();
	new_pair(SOCK_SEQPACKET);
	is_int(shutdown(sv[0], SHUT_RD), 0, "no more packets");
	is_int(recv(sv[0], &c, 1, MSG_DONTWAIT), 0, "are an end");
	close_pair();
}

int main(void)
{
	plan(79);
	test_nothing();
	test_descriptors();
	test_sender();
	test_passed();
	test_looked_at();
	test_low_water();
	test_peer_name();
	test_datagrams();
	return done_testing();
}
