/*
 * tests/abi/unix_urgent.c
 *
 * Claim    MSG_OOB of AF_UNIX is what it is of TCP (tcp_urgent.c), but that the byte
 *          stays in the queue: poll() and FIONREAD know of it there, each byte that
 *          MSG_OOB has taken leaves a mark, and a newer one replaces none.
 * Method   Both ends in one process, but for a read that waits.
 * Oracle   Linux, as of 6.18.
 */
#define _GNU_SOURCE
#include "libasleep.h"
#include "libpair.h"
#include "libsignal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/un.h>

static char buf[64];

static int receive(int flags)
{
	ssize_t n = recv(sv[1], buf, sizeof(buf), flags | MSG_DONTWAIT);

	return n < 0 ? -errno : (int)n;
}

static void is_received(int flags, const char *bytes, const char *what)
{
	int n = strlen(bytes);

	is_int(receive(flags), n, "%s: %d bytes", what, n);
	ok(memcmp(buf, bytes, n) == 0, "\"%s\"", bytes);
}

static void give(const char *bytes, int flags)
{
	int n = strlen(bytes);

	is_int(send(sv[0], bytes, n, flags), n, "send \"%s\"%s", bytes,
	       flags & MSG_OOB ? " by MSG_OOB" : "");
}

static int at_mark(void)
{
	int is = -1;

	return ioctl(sv[1], SIOCATMARK, &is) < 0 ? -errno : is;
}

static int next_bytes(void)
{
	int n = -1;

	return ioctl(sv[1], FIONREAD, &n) < 0 ? -errno : n;
}

static int events(void)
{
	struct pollfd p = { .fd = sv[1], .events = POLLIN | POLLPRI };

	poll(&p, 1, 0);
	return p.revents;
}

static void set_inline(int on)
{
	is_int(setsockopt(sv[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)), 0,
	       "SO_OOBINLINE: %d", on);
}

/* ---- where it is ---- */

static void test_mark(void)
{
	new_pair(SOCK_STREAM);
	is_int(at_mark(), 0, "there is no mark");
	is_int(receive(MSG_OOB), -EINVAL, "and nothing urgent");
	give("abX", MSG_OOB);
	give("cd", 0);
	is_int(at_mark(), 0, "the mark is ahead");
	is_int(next_bytes(), 5, "FIONREAD counts all");
	is_int(events(), POLLIN | POLLPRI, "poll()");
	is_received(MSG_PEEK, "ab", "MSG_PEEK ends there");
	is_received(0, "ab", "and so does a read");
	is_int(at_mark(), 1, "here it is");
	is_received(MSG_OOB | MSG_PEEK, "X", "MSG_OOB, MSG_PEEK");
	is_received(MSG_OOB, "X", "MSG_OOB");
	is_int(receive(MSG_OOB), -EINVAL, "once");
	is_int(at_mark(), 1, "the mark stays");
	is_int(next_bytes(), 2, "with what is behind");
	is_int(events(), POLLIN, "poll()");
	is_received(MSG_PEEK, "cd", "MSG_PEEK looks there");
	is_received(0, "cd", "a read passes it");
	is_int(at_mark(), 0, "it is gone");
	close_both();
}

static void test_mark_alone(void)
{
	new_pair(SOCK_STREAM);
	give("X", MSG_OOB);
	is_int(events(), POLLIN | POLLPRI, "an urgent byte alone is to be read");
	is_int(receive(MSG_PEEK), -EAGAIN, "and is nothing for MSG_PEEK");
	is_received(MSG_OOB, "X", "MSG_OOB");
	is_int(events(), POLLIN, "a mark alone, too");
	is_int(receive(MSG_PEEK), -EAGAIN, "and is nothing");
	is_int(at_mark(), 1, "it is here still");
	is_int(receive(0), -EAGAIN, "and for a read");
	is_int(at_mark(), 0, "which passes it");
	is_int(events(), 0, "poll()");
	close_both();
}

static void test_lost(void)
{
	new_pair(SOCK_STREAM);
	give("X", MSG_OOB);
	give("yz", 0);
	is_received(MSG_PEEK, "yz", "MSG_PEEK looks behind the mark");
	is_received(0, "yz", "a read passes the mark");
	is_int(receive(MSG_OOB), -EINVAL, "and the byte is lost");
	is_int(events(), 0, "poll()");
	give("X", MSG_OOB);
	is_int(receive(0), -EAGAIN, "so does one that gets nothing");
	is_int(at_mark(), 0, "it was passed");
	close_both();
}

/* ---- more than one ---- */

static void test_two(void)
{
	new_pair(SOCK_STREAM);
	give("X", MSG_OOB);
	is_int(at_mark(), 1, "the byte is at the mark");
	give("Y", MSG_OOB);
	is_int(at_mark(), 0, "a new mark makes it one like others");
	is_received(0, "X", "which is read");
	is_received(MSG_OOB, "Y", "the new one is urgent");
	give("Z", MSG_OOB);
	is_int(at_mark(), 1, "a mark before the urgent byte");
	is_received(MSG_OOB, "Z", "MSG_OOB");
	is_int(at_mark(), 1, "is one with its mark");
	give("a", 0);
	is_received(0, "a", "one read passes both");
	close_both();
}

static void test_marks(void)
{
	new_pair(SOCK_STREAM);
	give("aX", MSG_OOB);
	is_received(MSG_OOB, "X", "a first");
	give("bY", MSG_OOB);
	is_received(0, "ab", "while there is a second, its mark does not count");
	is_int(at_mark(), 1, "the second does");
	close_both();

	new_pair(SOCK_STREAM);
	give("aX", MSG_OOB);
	is_received(MSG_OOB, "X", "a first");
	give("bY", MSG_OOB);
	is_received(MSG_OOB, "Y", "and a second, taken");
	is_received(0, "a", "both marks count");
	is_int(at_mark(), 1, "the first");
	is_received(0, "b", "the second");
	is_int(at_mark(), 1, "here");
	give("c", 0);
	is_received(0, "c", "and on");
	close_both();
}

/* So many that they would not have room if each left something. */
static void test_many(void)
{
	int taken = 0;

	new_pair(SOCK_STREAM);
	while (taken < 10000 && send(sv[0], "X", 1, MSG_OOB | MSG_DONTWAIT) == 1 &&
	       receive(MSG_OOB) == 1)
		taken++;
	is_int(taken, 10000, "one after the other: they need no more room");
	close_both();
}

/* ---- in the stream ---- */

static void test_inline(void)
{
	new_pair(SOCK_STREAM);
	set_inline(1);
	give("aX", MSG_OOB);
	give("b", 0);
	is_int(receive(MSG_OOB), -EINVAL, "MSG_OOB gets nothing");
	is_received(0, "a", "a read ends at the mark");
	is_int(at_mark(), 1, "here");
	is_received(MSG_PEEK, "Xb", "MSG_PEEK goes on");
	is_received(0, "Xb", "as a read does, with the byte");
	is_int(events(), 0, "poll()");
	set_inline(0);
	give("X", MSG_OOB);
	is_int(receive(MSG_PEEK), -EAGAIN, "not in the stream");
	set_inline(1);
	is_received(0, "X", "in the stream, later");
	close_both();
}

/* ---- who waits ---- */

static int peek(void *unused)
{
	(void)unused;
	return recv(sv[1], buf, sizeof(buf), MSG_PEEK);
}

static void test_waiting(void)
{
	pid_t pid;

	new_pair(SOCK_STREAM);
	give("X", MSG_OOB);
	pid = start_sleeper(peek, NULL);
	is_received(MSG_OOB, "X", "who looks sleeps while there is an urgent byte");
	wait_until_asleep(pid, pid);
	give("b", 0);
	is_int(WEXITSTATUS(end_of(pid)), 1, "or a mark, until there is more");
	is_received(MSG_WAITALL, "b", "which is there to be read");
	give("abX", MSG_OOB);
	is_int(recv(sv[1], buf, 8, MSG_WAITALL), 2, "MSG_WAITALL ends at the mark");
	close_both();
}

/* ---- ends ---- */

static int error_of(int fd)
{
	int error = -1;
	socklen_t len = sizeof(error);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

static void test_end(void)
{
	new_pair(SOCK_STREAM);
	give("X", MSG_OOB);
	is_received(MSG_OOB, "X", "a mark");
	close(sv[1]);
	is_int(error_of(sv[0]), 0, "is not lost with a close");
	close(sv[0]);

	new_pair(SOCK_STREAM);
	give("X", MSG_OOB);
	close(sv[1]);
	is_int(error_of(sv[0]), ECONNRESET, "an urgent byte is");
	fails(send(sv[0], "X", 1, MSG_OOB | MSG_NOSIGNAL), EPIPE, "and later ones");
	close(sv[0]);

	new_pair(SOCK_STREAM);
	give("X", MSG_OOB);
	is_int(send(sv[1], "u", 1, 0), 1, "bytes that nobody reads");
	close(sv[0]);
	is_received(MSG_OOB, "X", "the urgent byte outlives the reset");
	is_int(receive(0), -ECONNRESET, "that comes behind");
	is_int(receive(0), 0, "and then the end");
	close(sv[1]);
}

/* ---- who is told ---- */

static void test_signal(void)
{
	sigset_t set = set_of(SIGURG);
	siginfo_t info;

	sigprocmask(SIG_BLOCK, &set, NULL);
	new_pair(SOCK_STREAM);
	give("X", MSG_OOB);
	sigpending(&set);
	ok(!sigismember(&set, SIGURG), "there is no owner");
	is_int(fcntl(sv[1], F_SETOWN, getpid()), 0, "F_SETOWN");
	give("Y", MSG_OOB);
	ok(comes(SIGURG, &info), "SIGURG");
	is_int(info.si_code, SI_KERNEL, "of the kernel");
	close_both();
}

/* ---- in other words ---- */

static void test_message(void)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int on = 1;

	new_pair(SOCK_STREAM);
	setsockopt(sv[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	give("X", MSG_OOB);
	is_int(recvmsg(sv[1], &m, MSG_OOB), 1, "recvmsg");
	is_int(byte, 'X', "the byte");
	is_int(m.msg_flags & (MSG_OOB | MSG_TRUNC | MSG_CTRUNC), MSG_OOB, "what it is");
	is_int(m.msg_controllen, 0, "and not from whom");
	give("X", MSG_OOB);
	is_int(recv(sv[1], &byte, 0, MSG_OOB), 1, "with no room it is read");
	is_int(receive(MSG_OOB), -EINVAL, "all the same");
	close_both();
}

static void test_errors(void)
{
	static const int others[] = { SOCK_DGRAM, SOCK_SEQPACKET };
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "\0urgent" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), is;

	fails(send(fd, "X", 1, MSG_OOB), ENOTCONN, "not connected");
	fails(send(fd, "", 0, MSG_OOB), EOPNOTSUPP, "nothing is not urgent");
	fails(recv(fd, buf, 1, MSG_OOB), EINVAL, "nor is there any");
	is_int(bind(fd, (void *)&a, sizeof(a)), 0, "bind");
	is_int(listen(fd, 1), 0, "listen");
	fails(recv(fd, buf, 1, MSG_OOB), EINVAL, "who listens");
	close(fd);
	for (unsigned i = 0; i < 2; i++) {
		new_pair(others[i]);
		fails(send(sv[0], "X", 1, MSG_OOB), EOPNOTSUPP, "packets: send");
		fails(recv(sv[1], buf, 1, MSG_OOB), EOPNOTSUPP, "recv");
		fails(ioctl(sv[1], SIOCATMARK, &is), EOPNOTSUPP, "SIOCATMARK");
		close_both();
	}
}

int main(void)
{
	test_mark();
	test_mark_alone();
	test_lost();
	test_two();
	test_marks();
	test_many();
	test_inline();
	test_waiting();
	test_end();
	test_signal();
	test_message();
	test_errors();
	return done_testing();
}
