/*
 * tests/abi/unix_stream.c
 *
 * Claim    A pair of sockets, and sockets that are connected by a name, carry
 *          bytes both ways, block and wake, end, and refuse as Linux says.
 * Method   Both ends in one process where nothing blocks, else children.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libpair.h"

#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

#define PATH "/tmp/unix_stream"

static short events_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	poll(&p, 1, 0);
	return p.revents;
}

static int number_option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	getsockopt(fd, SOL_SOCKET, name, &value, &len);
	return value;
}

/* ---- a pair ---- */

static void test_pair(void)
{
	struct iovec out[2] = { { "he", 2 }, { "llo", 3 } };
	struct stat st;
	char buf[16] = "";
	int n, pipe_fds[2];

	new_pair(SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
	is_int(fcntl(sv[0], F_GETFD), FD_CLOEXEC, "SOCK_CLOEXEC");
	fails(read(sv[0], buf, 1), EAGAIN, "nothing came");
	is_int(writev(sv[1], out, 2), 5, "writev");
	is_int(ioctl(sv[0], FIONREAD, &n), 0, "FIONREAD");
	is_int(n, 5, "tells what is in it");
	is_int(recv(sv[0], buf, 2, MSG_PEEK), 2, "MSG_PEEK");
	is_int(read(sv[0], buf, 3), 3, "read a part");
	is_int(recv(sv[0], buf + 3, 9, 0), 2, "and the rest");
	ok(strcmp(buf, "hello") == 0, "it is what was written");
	is_int(write(sv[0], "x", 1), 1, "the other way");
	is_int(read(sv[1], buf, 9), 1, "arrives, too");
	fstat(sv[0], &st);
	ok(S_ISSOCK(st.st_mode), "fstat says it is a socket");
	is_int(number_option(sv[0], SO_TYPE), SOCK_STREAM, "SO_TYPE");
	is_int(number_option(sv[0], SO_DOMAIN), AF_UNIX, "SO_DOMAIN");
	is_int(number_option(sv[0], SO_ERROR), 0, "SO_ERROR");
	fails(lseek(sv[0], 0, SEEK_CUR), ESPIPE, "lseek");
	close_both();

	fails(socketpair(AF_UNIX, 77, 0, sv), EINVAL, "no such type");
	fails(socketpair(AF_UNIX, SOCK_STREAM, 99, sv), EPROTONOSUPPORT,
	      "no such protocol");
	if (pipe(pipe_fds) < 0)
		bail_out("pipe: %s", strerror(errno));
	fails(socket(77, SOCK_STREAM, 0), EAFNOSUPPORT, "no such family");
	fails(listen(pipe_fds[0], 1), ENOTSOCK, "not a socket");
	fails(send(-1, "x", 1, 0), EBADF, "not a descriptor");
}

/* It holds what SO_SNDBUF says, more or less, and then all comes out. */
static void test_full(void)
{
	static char big[1 << 16];
	long in = 0, out = 0;
	int n, small = 8192;

	new_pair(SOCK_STREAM | SOCK_NONBLOCK);
	is_int(setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)),
	       0, "SO_SNDBUF");
	is_int(number_option(sv[0], SO_SNDBUF), 16384, "is doubled");
	while ((n = write(sv[0], big, 1000)) > 0)
		in += n;
	ok(errno == EAGAIN && in > 1000 && in < 100000, "it is full");
	ok(!(events_of(sv[0]) & POLLOUT), "poll says so");
	while ((n = read(sv[1], big, sizeof(big))) > 0)
		out += n;
	ok(in == out, "all of it came out");
	ok(events_of(sv[0]) & POLLOUT, "there is room again");
	close_both();
}

static void test_ends(void)
{
	char buf[4];

	new_pair(SOCK_STREAM);
	is_int(events_of(sv[0]), POLLOUT, "only to be written to");
	is_int(write(sv[0], "a", 1), 1, "write");
	is_int(shutdown(sv[0], SHUT_WR), 0, "shutdown(SHUT_WR)");
	signal(SIGPIPE, SIG_IGN);
	fails(write(sv[0], "b", 1), EPIPE, "no more of it");
	is_int(events_of(sv[1]), POLLIN | POLLOUT | POLLRDHUP, "poll there");
	is_int(read(sv[1], buf, 4), 1, "what came before is there");
	is_int(read(sv[1], buf, 4), 0, "then the end");
	is_int(write(sv[1], "c", 1), 1, "the other way is open");
	is_int(read(sv[0], buf, 4), 1, "and read");
	is_int(shutdown(sv[0], SHUT_RD), 0, "shutdown(SHUT_RD)");
	fails(write(sv[1], "d", 1), EPIPE, "nobody reads any more");
	is_int(events_of(sv[1]), POLLIN | POLLOUT | POLLRDHUP | POLLHUP,
	       "both ways are shut");
	fails(shutdown(sv[0], 3), EINVAL, "no such way");
	close_both();

	new_pair(SOCK_STREAM);
	is_int(write(sv[0], "a", 1), 1, "write");
	close(sv[1]);
	fails(write(sv[0], "b", 1), EPIPE, "the peer is gone");
	fails(read(sv[0], buf, 4), ECONNRESET, "it had not read all");
	is_int(read(sv[0], buf, 4), 0, "it says so once");
	close(sv[0]);
	signal(SIGPIPE, SIG_DFL);
}

static int write_to_nobody(void *unused TAP_UNUSED)
{
	close(sv[1]);
	return send(sv[0], "x", 1, MSG_NOSIGNAL) != -1 || errno != EPIPE ||
	       write(sv[0], "x", 1) == 1;
}

static void test_sigpipe(void)
{
	int status;

	new_pair(SOCK_STREAM);
	pid_t pid = tap_fork();

	if (pid == 0) {
		close(sv[1]);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	pid = tap_fork();
	if (pid == 0) {
		alarm(0);
		signal(SIGPIPE, SIG_DFL);
		close(sv[1]);
		shutdown(sv[0], SHUT_WR);
		_exit(write_to_nobody(NULL));
	}
	waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE,
	   "MSG_NOSIGNAL sends none, write() sends SIGPIPE");
	close_both();
}

/* ---- names ---- */

static socklen_t path_address(struct sockaddr_un *a, const char *path)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	strcpy(a->sun_path, path);
	return offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1;
}

static int new_listener(const char *path, int backlog)
{
	struct sockaddr_un a;
	socklen_t len = path_address(&a, path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(path);
	is_int(bind(fd, (void *)&a, len), 0, "bind");
	is_int(listen(fd, backlog), 0, "listen");
	return fd;
}

static int connect_to(int fd, const char *path)
{
	struct sockaddr_un a;
	socklen_t len = path_address(&a, path);

	return connect(fd, (void *)&a, len);
}

static void test_names(void)
{
	int listener = new_listener(PATH, 5), client, server;
	struct sockaddr_un a;
	socklen_t len;
	struct stat st;
	char buf[4];

	stat(PATH, &st);
	ok(S_ISSOCK(st.st_mode), "its name is that of a socket");
	is_int(number_option(listener, SO_ACCEPTCONN), 1, "SO_ACCEPTCONN");
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	fails(write(client, "x", 1), ENOTCONN, "not connected yet");
	fails(read(client, buf, 1), EINVAL, "nor can be read");
	is_int(events_of(client), POLLOUT | POLLHUP, "poll says so");
	is_int(connect_to(client, PATH), 0, "connect");
	is_int(write(client, "hi", 2), 2, "write before accept");
	is_int(events_of(listener), POLLIN, "somebody is there");
	len = sizeof(a);
	server = accept4(listener, (void *)&a, &len, SOCK_CLOEXEC);
	ok(server >= 0, "accept4");
	is_int(len, 2, "whoever connected has no name");
	is_int(fcntl(server, F_GETFD), FD_CLOEXEC, "SOCK_CLOEXEC");
	is_int(read(server, buf, 4), 2, "what was sent is there");
	len = sizeof(a);
	is_int(getpeername(client, (void *)&a, &len), 0, "getpeername");
	ok(strcmp(a.sun_path, PATH) == 0 &&
	   len == 2 + sizeof(PATH), "tells the path");
	len = sizeof(a);
	is_int(getsockname(server, (void *)&a, &len), 0, "getsockname");
	ok(strcmp(a.sun_path, PATH) == 0, "as the accepted one does");
	fails(connect_to(client, PATH), EISCONN, "connect again");
	close(server);
	is_int(read(client, buf, 4), 0, "the end");
	close(client);

	fails(open(PATH, O_RDWR), ENXIO, "open() of its name");
	close(listener);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	fails(connect_to(client, PATH), ECONNREFUSED, "nobody listens");
	unlink(PATH);
	fails(connect_to(client, PATH), ENOENT, "there is no such name");
	fails(listen(client, 1), EINVAL, "listen without a name");
	fails(accept(client, NULL, NULL), EINVAL, "accept without listen");
	fails(getpeername(client, (void *)&a, &len), ENOTCONN, "no peer");
	fails(shutdown(client, 9), EINVAL, "shutdown of no side");
	close(client);
}

static void test_refused(void)
{
	int one = socket(AF_UNIX, SOCK_STREAM, 0), two;
	struct sockaddr_un a;
	socklen_t len = path_address(&a, PATH);

	unlink(PATH);
	is_int(bind(one, (void *)&a, len), 0, "bind");
	len = path_address(&a, PATH "2");
	fails(bind(one, (void *)&a, len), EINVAL, "a second name");
	len = path_address(&a, PATH);
	two = socket(AF_UNIX, SOCK_STREAM, 0);
	fails(bind(two, (void *)&a, len), EADDRINUSE, "the name is taken");
	fails(connect_to(two, PATH), ECONNREFUSED, "it does not listen");
	close(two);
	two = socket(AF_UNIX, SOCK_DGRAM, 0);
	fails(connect_to(two, PATH), EPROTOTYPE, "of another type");
	close(two);
	close(one);
	unlink(PATH);
	one = socket(AF_UNIX, SOCK_STREAM, 0);
	fails(bind(one, (void *)&a, 200), EINVAL, "too long");
	a.sun_family = AF_INET;
	fails(bind(one, (void *)&a, len), EINVAL, "of another family");
	path_address(&a, "/no/such/folder");
	fails(bind(one, (void *)&a, sizeof(a)), ENOENT, "no such folder");
	close(one);
}

static void test_abstract(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "\0abc" };
	socklen_t len = 2 + 4;
	int one = socket(AF_UNIX, SOCK_STREAM, 0);
	int two = socket(AF_UNIX, SOCK_STREAM, 0);

	is_int(bind(one, (void *)&a, len), 0, "bind to an abstract name");
	fails(bind(two, (void *)&a, len), EADDRINUSE, "it is taken");
	is_int(listen(one, 1), 0, "listen");
	is_int(connect(two, (void *)&a, len), 0, "connect to it");
	fails(connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, len - 1),
	      ECONNREFUSED, "each byte counts");
	close(two);
	close(one);
	one = socket(AF_UNIX, SOCK_STREAM, 0);
	is_int(bind(one, (void *)&a, len), 0, "it is free again");
	close(one);
	one = socket(AF_UNIX, SOCK_STREAM, 0);
	is_int(bind(one, (void *)&a, 2), 0, "bind to a name of its choice");
	len = sizeof(a);
	getsockname(one, (void *)&a, &len);
	ok(len == 2 + 6 && a.sun_path[0] == '\0', "of five digits");
	close(one);
}

/* ---- waiting ---- */

static void test_backlog(void)
{
	int listener = new_listener(PATH, 0), fds[8], n = 0;
	char buf[1];

	for (; n < 8; n++) {
		fds[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect_to(fds[n], PATH) < 0)
			break;
	}
	ok(n >= 1 && n < 8 && errno == EAGAIN, "no room for more: EAGAIN");
	close(accept(listener, NULL, NULL));
	is_int(connect_to(fds[n], PATH), 0, "accept makes room");
	close(listener);
	fails(read(fds[n], buf, 1), ECONNRESET, "nobody will accept it");
	for (; n >= 0; n--)
		close(fds[n]);
	unlink(PATH);
}

static int connect_and_talk(void *unused TAP_UNUSED)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char buf[8];

	if (connect_to(fd, PATH) < 0 || write(fd, "ping", 4) != 4 ||
	    recv(fd, buf, 4, MSG_WAITALL) != 4)
		return 1;
	return memcmp(buf, "pong", 4) != 0;
}

static void test_processes(void)
{
	int listener = new_listener(PATH, 5), server, good = 0;
	pid_t pid[4];
	char buf[8];

	for (int i = 0; i < 4; i++) {
		pid[i] = tap_fork();
		if (pid[i] == 0)
			_exit(connect_and_talk(NULL));
	}
	for (int i = 0; i < 4; i++) {
		server = accept(listener, NULL, NULL);
		if (read(server, buf, 8) == 4 && write(server, "po", 2) == 2 &&
		    write(server, "ng", 2) == 2)
			good++;
		close(server);
	}
	is_int(good, 4, "four connections");
	for (int i = 0; i < 4; i++) {
		int status;

		waitpid(pid[i], &status, 0);
		is_int(status, 0, "client %d has its answer", i);
	}
	close(listener);
	unlink(PATH);
}

static void test_timeouts(void)
{
	struct timeval tv = { .tv_usec = 20000 }, got;
	socklen_t len = sizeof(got);
	char buf[4];

	new_pair(SOCK_STREAM);
	is_int(setsockopt(sv[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0,
	       "SO_RCVTIMEO");
	fails(read(sv[0], buf, 4), EAGAIN, "the time is up");
	is_int(getsockopt(sv[0], SOL_SOCKET, SO_RCVTIMEO, &got, &len), 0,
	       "it can be asked for");
	if (!skip_under_qemu(1, "some forget to answer"))
		ok(got.tv_usec == 20000 && len == sizeof(got), "and is the same");
	tv.tv_usec = 1000000;
	fails(setsockopt(sv[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), EDOM,
	      "no such time");
	fails(setsockopt(sv[0], SOL_SOCKET, 999, &tv, sizeof(tv)), ENOPROTOOPT,
	      "no such option");
	close_both();
}

static void test_who(void)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	new_pair(SOCK_STREAM);
	is_int(getsockopt(sv[0], SOL_SOCKET, SO_PEERCRED, &cred, &len), 0,
	       "SO_PEERCRED");
	ok(cred.pid == getpid() && cred.uid == geteuid() &&
	   cred.gid == getegid(), "it is we");
	close_both();
}

/* Who connects is told who listens, whoever will accept; and that one who connects. */
static void test_who_connects(void)
{
	int told[2], fd = socket(AF_UNIX, SOCK_STREAM, 0), status;
	int listener = new_listener(PATH, 1);
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	pid_t pid;
	char c;

	if (pipe(told) < 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0) {
		int end;

		/* Once more: now it is he. */
		if (listen(listener, 1) < 0 || write(told[1], "", 1) != 1)
			_exit(99);
		end = accept(listener, NULL, NULL);
		if (getsockopt(end, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
			_exit(98);
		_exit(cred.pid == getppid() ? 0 : 1);
	}
	if (read(told[0], &c, 1) != 1 || connect_to(fd, PATH) < 0)
		bail_out("a listener in a child: %s", strerror(errno));
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	is_int(cred.pid, pid, "who connects is told who listens");
	waitpid(pid, &status, 0);
	is_exit(status, 0, "who accepts is told who connects");
	unlink(PATH);
	close(listener);
	close(fd);
	close(told[0]);
	close(told[1]);
}

int main(void)
{
	test_pair();
	test_full();
	test_ends();
	test_sigpipe();
	test_names();
	test_refused();
	test_abstract();
	test_backlog();
	test_processes();
	test_timeouts();
	test_who();
	test_who_connects();
	return done_testing();
}
