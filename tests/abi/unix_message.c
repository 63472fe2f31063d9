/*
 * tests/abi/unix_message.c
 *
 * Claim    Datagrams and packets arrive whole, cut, named, in order; open
 *          files and who sent it go with a message; sockets that only sockets
 *          in messages hold are closed.
 * Method   Both ends in one process; that something was closed shows at a
 *          pipe whose write end was passed along: it ends.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../libfds.h"
#include "libpair.h"

#include <poll.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

#define PATH "/tmp/unix_message"

/* ---- messages ---- */

static void test_packets(int type, const char *name)
{
	struct iovec out[2] = { { "he", 2 }, { "llo", 3 } };
	static char big[1 << 20];
	char buf[16];

	new_pair(type | SOCK_NONBLOCK);
	is_int(writev(sv[0], out, 2), 5, "%s: a vector is one message", name);
	is_int(write(sv[0], "", 0), 0, "and nothing is one, too");
	is_int(write(sv[0], "abc", 3), 3, "a third");
	is_int(recv(sv[1], buf, 2, MSG_PEEK), 2, "a peek");
	is_int(recv(sv[1], buf, 2, MSG_TRUNC), 5, "MSG_TRUNC: the whole length");
	is_int(read(sv[1], buf, 16), 0, "the empty one");
	is_int(read(sv[1], buf, 16), 3, "the third");
	fails(read(sv[1], buf, 16), EAGAIN, "no more");
	fails(write(sv[0], big, sizeof(big)), EMSGSIZE, "too long");
	close_both();
}

static void test_packet_end(void)
{
	char buf[4];

	new_pair(SOCK_SEQPACKET);
	is_int(write(sv[0], "a", 1), 1, "write");
	close(sv[0]);
	is_int(read(sv[1], buf, 4), 1, "it is there after close()");
	is_int(read(sv[1], buf, 4), 0, "then the end");
	fails(send(sv[1], "a", 1, MSG_NOSIGNAL), EPIPE, "nobody is there");
	close(sv[1]);

	new_pair(SOCK_DGRAM);
	close(sv[0]);
	fails(write(sv[1], "a", 1), ECONNREFUSED, "a datagram to nobody");
	fails(write(sv[1], "a", 1), ENOTCONN, "who is forgotten then");
	close(sv[1]);
}

static socklen_t path_address(struct sockaddr_un *a, const char *path)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	strcpy(a->sun_path, path);
	return offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1;
}

static void test_datagram_names(void)
{
	struct sockaddr_un a, from;
	socklen_t len = path_address(&a, PATH), from_len = sizeof(from);
	int to = socket(AF_UNIX, SOCK_DGRAM, 0);
	int one = socket(AF_UNIX, SOCK_DGRAM, 0), two;
	char buf[8];

	unlink(PATH);
	unlink(PATH "2");
	is_int(bind(to, (void *)&a, len), 0, "bind");
	is_int(sendto(one, "hi", 2, 0, (void *)&a, len), 2, "sendto");
	is_int(recvfrom(to, buf, 8, 0, (void *)&from, &from_len), 2, "recvfrom");
	is_int(from_len, 0, "from nobody in particular");
	fails(write(one, "hi", 2), ENOTCONN, "to whom?");
	is_int(connect(one, (void *)&a, len), 0, "connect");
	is_int(write(one, "hi", 2), 2, "write");
	len = path_address(&a, PATH "2");
	is_int(bind(one, (void *)&a, len), 0, "a name for the sender");
	is_int(write(one, "ho", 2), 2, "write");
	is_int(read(to, buf, 8), 2, "the first");
	from_len = sizeof(from);
	is_int(recvfrom(to, buf, 8, 0, (void *)&from, &from_len), 2, "the next");
	ok(strcmp(from.sun_path, PATH "2") == 0, "from its new name");

	is_int(connect(to, (void *)&from, from_len), 0, "connect back");
	len = path_address(&a, PATH);
	two = socket(AF_UNIX, SOCK_DGRAM, 0);
	fails(sendto(two, "x", 1, 0, (void *)&a, len), EPERM,
	      "who is connected hears only his peer");
	a.sun_family = AF_UNSPEC;
	is_int(connect(to, (void *)&a, sizeof(a)), 0, "until he is not");
	fails(listen(two, 1), EOPNOTSUPP, "nobody listens for datagrams");
	close(two);
	close(one);
	close(to);
	unlink(PATH);
	unlink(PATH "2");
}

/* ---- what goes with it ---- */

static void test_rights(void)
{
	int fds[2], got[2], flags;
	char buf[4];

	new_pair(SOCK_STREAM);
	if (pipe(fds) < 0)
		bail_out("pipe: %s", strerror(errno));
	is_int(send_fds(sv[0], fds, 2), 1, "send two descriptors");
	close(fds[0]);
	close(fds[1]);
	is_int(receive_fds(sv[1], got, 2, MSG_CMSG_CLOEXEC, &flags), 2,
	       "both come");
	is_int(fcntl(got[0], F_GETFD), FD_CLOEXEC, "MSG_CMSG_CLOEXEC");
	is_int(write(got[1], "hi", 2), 2, "write to the one");
	is_int(read(got[0], buf, 4), 2, "read from the other");

	is_int(send_fds(sv[0], got, 2), 1, "send them again");
	is_int(receive_fds(sv[1], got, 1, 0, &flags), 1, "room for one");
	if (!skip_under_qemu(1, "translates what fits"))
		ok(flags & MSG_CTRUNC, "MSG_CTRUNC says so");
	close(got[0]);
	close(got[1]);
	fds[0] = 99;
	fails(send_fds(sv[0], fds, 1), EBADF, "none of ours");
	close_both();
}

/* The read end of a pipe whose write end only a message has. */
static int send_pipe_end(int to)
{
	int fds[2];

	if (pipe(fds) < 0)
		bail_out("pipe: %s", strerror(errno));
	if (send_fds(to, &fds[1], 1) != 1)
		bail_out("sendmsg: %s", strerror(errno));
	close(fds[1]);
	return fds[0];
}

/* It ends: read() waits until it does. */
static bool has_ended(int fd)
{
	char c;
	bool ended = read(fd, &c, 1) == 0;

	close(fd);
	return ended;
}

static bool is_open(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

static void test_dropped(void)
{
	char buf[4];
	int end, flags, got[1];

	new_pair(SOCK_STREAM);
	end = send_pipe_end(sv[0]);
	ok(is_open(end), "a message has it");
	is_int(recv(sv[1], buf, 1, MSG_PEEK), 1, "a peek leaves it there");
	ok(is_open(end), "it has it still");
	is_int(read(sv[1], buf, 1), 1, "read() does not want it");
	ok(has_ended(end), "then it is closed");
	end = send_pipe_end(sv[0]);
	is_int(receive_fds(sv[1], got, 0, 0, &flags), 0, "no room");
	ok(flags & MSG_CTRUNC, "MSG_CTRUNC");
	ok(has_ended(end), "closed, too");
	end = send_pipe_end(sv[0]);
	close_both();
	ok(has_ended(end), "closed with the socket");
}

static void test_circles(void)
{
	int other[2], end, got[1], flags;

	new_pair(SOCK_DGRAM);
	end = send_pipe_end(sv[0]);
	is_int(send_fds(sv[0], &sv[1], 1), 1, "a socket to itself");
	close_both();
	close(socket(AF_UNIX, SOCK_STREAM, 0));
	ok(has_ended(end), "is closed, and what it had");

	new_pair(SOCK_STREAM);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, other) < 0)
		bail_out("socketpair: %s", strerror(errno));
	end = send_pipe_end(sv[0]);
	is_int(send_fds(sv[0], &other[1], 1), 1, "one has another's end");
	is_int(send_fds(other[0], &sv[1], 1), 1, "and that one has his");
	close(other[1]);
	close(socket(AF_UNIX, SOCK_STREAM, 0));
	ok(is_open(end), "somebody has one of them");
	close_both();
	close(other[0]);
	close(socket(AF_UNIX, SOCK_STREAM, 0));
	ok(has_ended(end), "nobody has, and all are closed");

	new_pair(SOCK_STREAM);
	is_int(send_fds(sv[0], &sv[1], 1), 1, "one's own end");
	is_int(receive_fds(sv[1], got, 1, MSG_PEEK, &flags), 1, "a peek at it");
	close(sv[1]);
	close(socket(AF_UNIX, SOCK_STREAM, 0));
	is_int(receive_fds(got[0], &sv[1], 1, 0, &flags), 1, "keeps it");
	close(got[0]);
	close_both();
}

static void test_listener(void)
{
	struct sockaddr_un a;
	socklen_t len = path_address(&a, PATH);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	int client = socket(AF_UNIX, SOCK_STREAM, 0), end;

	unlink(PATH);
	if (bind(listener, (void *)&a, len) < 0 || listen(listener, 4) < 0)
		bail_out("listen: %s", strerror(errno));
	is_int(connect(client, (void *)&a, len), 0, "connect");
	end = send_pipe_end(client);
	is_int(send_fds(client, &listener, 1), 1, "a listener to its arrival");
	close(listener);
	close(client);
	close(socket(AF_UNIX, SOCK_STREAM, 0));
	ok(has_ended(end), "who is never accepted is closed");
	unlink(PATH);
}

static void test_cred(void)
{
	union control control;
	struct iovec iov = { (char[8]){ 0 }, 8 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct ucred cred;
	int on = 1;

	new_pair(SOCK_DGRAM);
	is_int(setsockopt(sv[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0,
	       "SO_PASSCRED");
	is_int(write(sv[0], "x", 1), 1, "write");
	is_int(recvmsg(sv[1], &msg, 0), 1, "recvmsg");
	c = CMSG_FIRSTHDR(&msg);
	ok(c != NULL && c->cmsg_type == SCM_CREDENTIALS &&
	   c->cmsg_len == CMSG_LEN(sizeof(cred)), "it says who");
	memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	ok(cred.pid == getpid() && cred.uid == getuid() &&
	   cred.gid == getgid(), "it was we");
	close_both();
}

static void test_many(void)
{
	struct iovec iov[3] = { { "a", 1 }, { "bc", 2 }, { "def", 3 } };
	struct mmsghdr out[3] = { 0 }, in[4] = { 0 };
	char buf[4][8];
	struct timespec left = { .tv_sec = 1000 };
	struct iovec room[4];

	new_pair(SOCK_DGRAM);
	for (int i = 0; i < 3; i++)
		out[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i],
						  .msg_iovlen = 1 };
	for (int i = 0; i < 4; i++) {
		room[i] = (struct iovec){ buf[i], 8 };
		in[i].msg_hdr = (struct msghdr){ .msg_iov = &room[i],
						 .msg_iovlen = 1 };
	}
	is_int(sendmmsg(sv[0], out, 3, 0), 3, "sendmmsg");
	is_int(out[2].msg_len, 3, "says how much of each");
	is_int(recvmmsg(sv[1], in, 4, MSG_WAITFORONE, NULL), 3, "recvmmsg");
	is_int(in[2].msg_len, 3, "likewise");
	is_int(write(sv[0], "d", 1), 1, "one more");
	is_int(recvmmsg(sv[1], in, 1, 0, &left), 1, "is waited for");
	if (!skip_under_qemu(1, "keeps the time"))
		ok(left.tv_sec < 1000, "the rest of the time is told");
	close_both();
}

int main(void)
{
	test_packets(SOCK_DGRAM, "datagrams");
	test_packets(SOCK_SEQPACKET, "packets");
	test_packet_end();
	test_datagram_names();
	test_rights();
	test_dropped();
	test_circles();
	test_listener();
	test_cred();
	test_many();
	return done_testing();
}
