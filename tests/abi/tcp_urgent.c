/*
 * tests/abi/tcp_urgent.c
 *
 * Claim    The last byte of a send by MSG_OOB is urgent: poll() says POLLPRI, the
 *          owner of the socket gets SIGURG, and MSG_OOB receives it, once. A read
 *          ends at its place, the mark, and begins behind it; SO_OOBINLINE leaves
 *          the byte in the stream. There is one at a time.
 * Method   Both ends in one process.
 * Oracle   Linux. What qemu's user mode does not pass on is skipped there.
 */
#define _GNU_SOURCE
#include "libsignal.h"
#include "libtcp.h"

#include <sys/ioctl.h>
#include <sys/select.h>
#include <time.h>

#define FIOGETOWN_ 0x8903

static char buf[64];

static int receive(int flags)
{
	ssize_t n = recv(server, buf, sizeof(buf), flags | MSG_DONTWAIT);

	return n < 0 ? -errno : (int)n;
}

static int at_mark(void)
{
	int is = -1;

	return ioctl(server, SIOCATMARK, &is) < 0 ? -errno : is;
}

static int next_bytes(void)
{
	int n = -1;

	return ioctl(server, FIONREAD, &n) < 0 ? -errno : n;
}

static void give(const char *bytes, int flags)
{
	int n = strlen(bytes);

	is_int(send(client, bytes, n, flags), n, "send \"%s\"%s", bytes,
	       flags & MSG_OOB ? " by MSG_OOB" : "");
}

/* The last byte is there, and with it all before. */
static void give_urgent(const char *bytes)
{
	give(bytes, MSG_OOB);
	ok(becomes(server, POLLPRI), "POLLPRI");
}

static void give_more(const char *bytes)
{
	give(bytes, 0);
	ok(becomes(server, POLLIN), "POLLIN");
}

/* ---- where it is ---- */

static void test_mark(void)
{
	connect_both();
	is_int(at_mark(), 0, "there is no mark");
	is_int(receive(MSG_OOB), -EINVAL, "and nothing urgent");
	give("abc", 0);
	give_urgent("dX");
	is_int(at_mark(), 0, "the mark is ahead");
	is_int(next_bytes(), 4, "FIONREAD: up to it");
	is_int(receive(MSG_PEEK), 4, "MSG_PEEK, too");
	is_int(receive(0), 4, "and so is a read");
	ok(memcmp(buf, "abcd", 4) == 0, "of what is before");
	is_int(at_mark(), 1, "here it is");
	is_int(next_bytes(), 0, "with nothing before");
	is_int(events_of(server, POLLIN | POLLPRI), POLLPRI, "poll() says so");
	is_int(receive(MSG_OOB | MSG_PEEK), 1, "MSG_OOB, MSG_PEEK");
	is_int(receive(MSG_OOB), 1, "MSG_OOB");
	is_int(buf[0], 'X', "is the urgent byte");
	is_int(receive(MSG_OOB), -EINVAL, "once");
	is_int(events_of(server, POLLIN | POLLPRI), 0, "as poll() says");
	is_int(at_mark(), 1, "the mark stays");
	give_more("ef");
	is_int(next_bytes(), 0, "what comes is behind it");
	is_int(receive(0), 2, "and is read");
	ok(memcmp(buf, "ef", 2) == 0, "without the byte");
	is_int(at_mark(), 0, "it was passed");
	close_both();
}

static void test_lost(void)
{
	connect_both();
	give_urgent("X");
	give_more("yz");
	is_int(receive(0), 2, "a read passes the mark");
	ok(memcmp(buf, "yz", 2) == 0, "and the byte");
	is_int(receive(MSG_OOB), -EINVAL, "which is lost");
	is_int(events_of(server, POLLPRI), 0, "and nobody is told of any more");
	give_urgent("X");
	is_int(receive(0), -EAGAIN, "so does one that gets nothing");
	is_int(at_mark(), 0, "it was passed");
	is_int(receive(MSG_OOB), -EINVAL, "and is lost");
	close_both();
}

static void test_two(void)
{
	connect_both();
	give("a", 0);
	give_urgent("X");
	is_int(next_bytes(), 1, "one is before the mark");
	give("Y", MSG_OOB);
	while (next_bytes() < 2)
		;
	is_int(receive(0), 2, "a new mark makes the old byte one like others");
	ok(memcmp(buf, "aX", 2) == 0, "in its place");
	is_int(receive(MSG_OOB), 1, "one is urgent");
	is_int(buf[0], 'Y', "the new one");
	close_both();

	connect_both();
	give_urgent("X");
	is_int(receive(MSG_OOB), 1, "the byte at the mark");
	give_urgent("Y");
	is_int(at_mark(), 1, "is replaced");
	is_int(receive(MSG_OOB), 1, "by the new one");
	is_int(buf[0], 'Y', "which is read");
	is_int(receive(0), -EAGAIN, "and nothing is left");
	close_both();
}

/* Who waits for more than there is before the mark gets what there is. */
static void test_wait_all(void)
{
	connect_both();
	give_urgent("abX");
	is_int(recv(server, buf, 8, MSG_WAITALL), 2, "MSG_WAITALL ends at the mark");
	give_more("cdef");
	is_int(recv(server, buf, 4, MSG_WAITALL), 4, "and begins behind it");
	ok(memcmp(buf, "cdef", 4) == 0, "with what is there");
	close_both();
}

/* ---- in the stream ---- */

static void test_inline(void)
{
	connect_both();
	is_int(option(server, SOL_SOCKET, SO_OOBINLINE), 0, "SO_OOBINLINE is not set");
	set_option(server, SOL_SOCKET, SO_OOBINLINE, 1);
	is_int(option(server, SOL_SOCKET, SO_OOBINLINE), 1, "and is");
	give_urgent("abX");
	give("d", 0);
	while (next_bytes() < 4)
		;
	is_int(next_bytes(), 4, "FIONREAD counts all");
	is_int(receive(MSG_OOB), -EINVAL, "MSG_OOB gets nothing");
	is_int(receive(0), 2, "a read ends at the mark");
	is_int(at_mark(), 1, "here");
	is_int(events_of(server, POLLIN | POLLPRI), POLLIN | POLLPRI, "poll()");
	is_int(receive(0), 2, "and the next one goes on");
	ok(memcmp(buf, "Xd", 2) == 0, "with the byte");
	is_int(at_mark(), 0, "it was passed");
	is_int(events_of(server, POLLIN | POLLPRI), 0, "poll()");

	set_option(server, SOL_SOCKET, SO_OOBINLINE, 0);
	give_urgent("X");
	is_int(events_of(server, POLLIN), 0, "not in the stream");
	set_option(server, SOL_SOCKET, SO_OOBINLINE, 1);
	ok(becomes(server, POLLIN), "in the stream, later");
	set_option(server, SOL_SOCKET, SO_OOBINLINE, 0);
	is_int(events_of(server, POLLIN), 0, "and not again");
	set_option(server, SOL_SOCKET, SO_OOBINLINE, 1);
	is_int(receive(0), 1, "it is read");
	is_int(buf[0], 'X', "as a byte");
	close_both();
}

/* ---- the end ---- */

static void test_end(void)
{
	connect_both();
	give_urgent("X");
	close(client);
	ok(becomes(server, POLLIN | POLLRDHUP), "an end behind the mark");
	is_int(receive(MSG_OOB), 1, "the byte is there");
	is_int(receive(0), 0, "and then the end");
	close(server);

	connect_both();
	give_urgent("X");
	is_int(receive(MSG_OOB), 1, "the byte is read, the mark not passed");
	close(server);
	ok(becomes(client, POLLERR), "it counts as unread");
	is_int(option(client, SOL_SOCKET, SO_ERROR), ECONNRESET, "ECONNRESET");
	close(client);
}

/* ---- who is told ---- */

static void test_signal(void)
{
	int me = getpid(), group = -getpgrp(), owner = -1;
	sigset_t set = set_of(SIGURG);
	siginfo_t info;

	sigprocmask(SIG_BLOCK, &set, NULL);
	set = set_of(SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	connect_both();
	give_urgent("X");
	sigpending(&set);
	ok(!sigismember(&set, SIGURG), "nobody is told of it");
	is_int(ioctl(server, SIOCGPGRP, &owner), 0, "SIOCGPGRP");
	is_int(owner, 0, "for there is no owner");
	is_int(ioctl(server, FIOSETOWN, &group), 0, "FIOSETOWN");
	is_int(ioctl(server, FIOGETOWN_, &owner), 0, "FIOGETOWN");
	is_int(owner, group, "is a group");
	is_int(ioctl(server, SIOCSPGRP, &me), 0, "SIOCSPGRP");
	is_int(fcntl(server, F_GETOWN), me, "is F_SETOWN");
	give("Y", MSG_OOB);
	ok(comes(SIGURG, &info), "SIGURG");
	is_int(info.si_code, SI_KERNEL, "of the kernel");
	if (!skip_under_qemu(3, "what signals tell")) {
		fcntl(server, F_SETSIG, SIGRTMIN);
		fcntl(server, F_SETFL, O_ASYNC);
		give("Z", MSG_OOB);
		ok(comes(SIGRTMIN, &info), "and the signal of F_SETSIG");
		is_int(info.si_code, POLL_PRI, "POLL_PRI");
	}
	close_both();
}

static void test_select(void)
{
	fd_set urgent;

	connect_both();
	give_urgent("X");
	FD_ZERO(&urgent);
	FD_SET(server, &urgent);
	is_int(select(server + 1, NULL, NULL, &urgent, NULL), 1, "select()");
	ok(FD_ISSET(server, &urgent), "calls it an exception");
	close_both();
}

/* ---- in other words ---- */

static void test_message(void)
{
	struct iovec iov = { buf, 8 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	connect_both();
	give_urgent("X");
	is_int(recvmsg(server, &m, MSG_OOB | MSG_PEEK), 1, "recvmsg");
	is_int(m.msg_flags & (MSG_OOB | MSG_TRUNC), MSG_OOB, "says what it is");
	iov.iov_len = 0;
	is_int(recvmsg(server, &m, MSG_OOB), 0, "with no room");
	is_int(m.msg_flags & (MSG_OOB | MSG_TRUNC), MSG_OOB | MSG_TRUNC,
	       "that it was cut");
	is_int(receive(MSG_OOB), -EINVAL, "which was it");
	is_int(send(client, "", 0, MSG_OOB), 0, "nothing is not urgent");
	is_int(events_of(server, POLLPRI), 0, "POLLPRI");
	close_both();
}

static void test_errors(void)
{
	int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
	int is;

	fails(recv(tcp, buf, 1, MSG_OOB), EINVAL, "not connected");
	fails(send(tcp, buf, 1, MSG_OOB | MSG_NOSIGNAL), EPIPE, "nor to be sent to");
	is_int(listen(tcp, 1), 0, "listen");
	fails(recv(tcp, buf, 1, MSG_OOB), ENOTCONN, "who listens");
	fails(sendto(udp, buf, 1, MSG_OOB, NULL, 0), EOPNOTSUPP, "UDP");
	fails(ioctl(udp, SIOCATMARK, &is), ENOTTY, "has no mark");
	close(udp);
	close(tcp);
}

int main(void)
{
	test_mark();
	test_lost();
	test_two();
	test_wait_all();
	test_inline();
	test_end();
	test_signal();
	test_select();
	test_message();
	test_errors();
	return done_testing();
}
