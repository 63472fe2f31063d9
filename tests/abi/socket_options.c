/*
 * tests/abi/socket_options.c
 *
 * Claim    Options of sockets are kept as what they mean, refused where they
 *          mean nothing, and a socket that is accepted has its listener's.
 * Method   They are set, and told again.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"
#include "libtcp.h"

#include <sys/time.h>
#include <sys/un.h>

/* ---- SOL_SOCKET ---- */

static void linger_is(int fd, int on, int seconds, const char *what)
{
	struct linger got;
	socklen_t len = sizeof(got);

	getsockopt(fd, SOL_SOCKET, SO_LINGER, &got, &len);
	is_int(got.l_onoff, on, "SO_LINGER, %s", what);
	is_int(got.l_linger, seconds, "so many seconds");
}

static void set_linger(int fd, int on, int seconds)
{
	struct linger to = { on, seconds };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &to, sizeof(to)) < 0)
		bail_out("SO_LINGER: %s", strerror(errno));
}

static void test_linger(void)
{
	connect_both();
	linger_is(client, 0, 0, "at first");
	set_linger(client, 1, 5);
	set_linger(client, 0, 9);
	linger_is(client, 0, 5, "off: the time stays");
	set_linger(client, 2, 0);
	linger_is(client, 1, 0, "on, by any number");
	close(client);
	ok(becomes(server, POLLERR), "resets when it is closed");
	is_int(option(server, SOL_SOCKET, SO_ERROR), ECONNRESET, "SO_ERROR");
	close(server);
}

/* Set, it is @kept; or it is refused, -errno. */
static void keeps(int fd, int level, int name, int value, int kept,
		  const char *what)
{
	int err = set_option(fd, level, name, value) < 0 ? -errno : 0;

	is_int(err != 0 ? err : option(fd, level, name), kept, "%s: %d", what,
	       value);
}

static void test_numbers(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	is_int(option(fd, SOL_SOCKET, SO_PRIORITY), 0, "SO_PRIORITY");
	keeps(fd, SOL_SOCKET, SO_PRIORITY, 6, 6, "SO_PRIORITY");
	keeps(fd, SOL_SOCKET, SO_RCVLOWAT, 7, 7, "SO_RCVLOWAT");
	keeps(fd, SOL_SOCKET, SO_RCVLOWAT, 0, 1, "SO_RCVLOWAT");
	set_option(fd, SOL_SOCKET, SO_RCVLOWAT, -1);
	ok(option(fd, SOL_SOCKET, SO_RCVLOWAT) > 1 << 16,
	   "below 0: as much as can be");
	set_option(fd, SOL_SOCKET, SO_SNDBUF, -1);
	ok(option(fd, SOL_SOCKET, SO_SNDBUF) > 1 << 16, "SO_SNDBUF, too");
	close(fd);
}

/* Who is not root. */
static void as_nobody(int fd)
{
	if (setuid(65534) < 0)
		_exit(90);
	errno = 0;
	if (set_option(fd, SOL_SOCKET, SO_PRIORITY, 7) == 0 || errno != EPERM)
		_exit(1);
	if (set_option(fd, SOL_SOCKET, SO_PRIORITY, 5) != 0)
		_exit(2);
	if (set_option(fd, SOL_SOCKET, SO_DEBUG, 1) == 0 || errno != EACCES)
		_exit(3);
	_exit(option(fd, SOL_SOCKET, SO_PRIORITY) == 5 ? 0 : 4);
}

static void test_rights(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), status;
	pid_t pid;

	if (geteuid() != 0) {
		skip(1, "not root: no rights to lose");
		return;
	}
	pid = tap_fork();
	if (pid == 0)
		as_nobody(fd);
	waitpid(pid, &status, 0);
	is_int(WEXITSTATUS(status), 0, "what takes rights is refused without");
	close(fd);
}

/* ---- IP and TCP ---- */

static void test_ranges(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	unsigned char byte = 9;

	keeps(fd, IPPROTO_IP, IP_TTL, 0, -EINVAL, "IP_TTL");
	keeps(fd, IPPROTO_IP, IP_TTL, 256, -EINVAL, "IP_TTL");
	keeps(fd, IPPROTO_IP, IP_TTL, 255, 255, "IP_TTL");
	keeps(fd, IPPROTO_IP, IP_TTL, -1, 64, "IP_TTL, as at first");
	is_int(setsockopt(fd, IPPROTO_IP, IP_TTL, &byte, 1), 0, "one byte");
	is_int(option(fd, IPPROTO_IP, IP_TTL), 9, "is a number, too");
	keeps(fd, IPPROTO_IP, IP_TOS, 300, 44, "IP_TOS");
	keeps(fd, IPPROTO_IP, IP_MTU_DISCOVER, 9, -EINVAL, "IP_MTU_DISCOVER");
	keeps(fd, IPPROTO_TCP, TCP_NODELAY, 5, 1, "TCP_NODELAY");
	keeps(fd, IPPROTO_TCP, TCP_CORK, 5, 1, "TCP_CORK");
	keeps(fd, IPPROTO_TCP, TCP_KEEPIDLE, 0, -EINVAL, "TCP_KEEPIDLE");
	keeps(fd, IPPROTO_TCP, TCP_KEEPIDLE, 40000, -EINVAL, "TCP_KEEPIDLE");
	keeps(fd, IPPROTO_TCP, TCP_KEEPINTVL, 0, -EINVAL, "TCP_KEEPINTVL");
	keeps(fd, IPPROTO_TCP, TCP_KEEPCNT, 128, -EINVAL, "TCP_KEEPCNT");
	keeps(fd, IPPROTO_TCP, TCP_SYNCNT, 0, -EINVAL, "TCP_SYNCNT");
	keeps(fd, IPPROTO_TCP, TCP_MAXSEG, 1, -EINVAL, "TCP_MAXSEG");
	keeps(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, -1, -EINVAL,
	      "TCP_USER_TIMEOUT");
	fails(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "nosuch", 6), ENOENT,
	      "TCP_CONGESTION, of no name");
	is_int(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0,
	       "and of one");
	close(fd);
}

/* ---- room for who waits for it ---- */

static int send_one(void *fd)
{
	return send(*(int *)fd, "x", 1, 0) != 1;
}

/* A buffer that is several times as long: what is in it is little of it then, which
 * is what Linux asks for. */
static void test_more_room(void)
{
	static char bytes[1000];
	int pair[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		bail_out("socketpair: %s", strerror(errno));
	set_option(pair[0], SOL_SOCKET, SO_SNDBUF, 5000);
	while (send(pair[0], bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	while (send(pair[0], bytes, 1, MSG_DONTWAIT) > 0)
		;
	child = start_sleeper(send_one, &pair[0]);
	is_int(set_option(pair[0], SOL_SOCKET, SO_SNDBUF, 100000), 0, "a longer buffer");
	is_exit(end_of(child), 0, "wakes who waits to send");
	close(pair[0]);
	close(pair[1]);
}

/* ---- a listener's ---- */

static int listener_with_options(struct sockaddr_in *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct timeval wait = { 3, 500000 };
	socklen_t len = sizeof(*a);

	*a = (struct sockaddr_in){ .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, SOL_SOCKET, SO_OOBINLINE, 1);
	set_option(fd, SOL_SOCKET, SO_SNDBUF, 10000);
	set_option(fd, SOL_SOCKET, SO_RCVBUF, 10000);
	set_option(fd, SOL_SOCKET, SO_RCVLOWAT, 3);
	set_option(fd, SOL_SOCKET, SO_PRIORITY, 5);
	set_linger(fd, 1, 4);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (bind(fd, (void *)a, len) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, (void *)a, &len) < 0)
		bail_out("a listener: %s", strerror(errno));
	return fd;
}

static void test_inherited(void)
{
	struct sockaddr_in a;
	int listener = listener_with_options(&a), fd;
	struct timeval wait = { 0 };
	socklen_t len = sizeof(wait);

	client = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(client, (void *)&a, sizeof(a)) < 0)
		bail_out("connect: %s", strerror(errno));
	fd = accept(listener, NULL, NULL);
	is_int(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1, "SO_KEEPALIVE");
	is_int(option(fd, SOL_SOCKET, SO_OOBINLINE), 1, "SO_OOBINLINE");
	is_int(option(fd, SOL_SOCKET, SO_SNDBUF), 20000, "SO_SNDBUF");
	is_int(option(fd, SOL_SOCKET, SO_RCVBUF), 20000, "SO_RCVBUF");
	is_int(option(fd, SOL_SOCKET, SO_RCVLOWAT), 3, "SO_RCVLOWAT");
	is_int(option(fd, SOL_SOCKET, SO_PRIORITY), 0, "but SO_PRIORITY");
	linger_is(fd, 1, 4, "of a listener");
	getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, &len);
	if (!skip_under_qemu(1, "some forget to answer"))
		is_int(wait.tv_sec * 1000 + wait.tv_usec / 1000, 3500,
		       "SO_RCVTIMEO");
	is_int(option(client, SOL_SOCKET, SO_KEEPALIVE), 0, "not who connects");
	close(fd);
	close(client);
	close(listener);
}

static void test_inherited_unix(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(a.sun_family);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd;
	int to = socket(AF_UNIX, SOCK_STREAM, 0);

	set_option(listener, SOL_SOCKET, SO_PASSCRED, 1);
	set_option(listener, SOL_SOCKET, SO_KEEPALIVE, 1);
	if (bind(listener, (void *)&a, len) < 0 || listen(listener, 1) < 0)
		bail_out("a listener: %s", strerror(errno));
	len = sizeof(a);
	getsockname(listener, (void *)&a, &len);
	if (connect(to, (void *)&a, len) < 0)
		bail_out("connect: %s", strerror(errno));
	fd = accept(listener, NULL, NULL);
	is_int(option(fd, SOL_SOCKET, SO_PASSCRED), 1, "AF_UNIX: SO_PASSCRED");
	is_int(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0, "and no other");
	close(fd);
	close(to);
	close(listener);
}

static void test_peer_cred(void)
{
	struct ucred cred = { 1, 1, 1 };
	socklen_t len = sizeof(cred);

	connect_both();
	is_int(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &cred, &len), 0,
	       "SO_PEERCRED of TCP");
	is_int(cred.pid, 0, "is nobody");
	is_int((int)cred.uid, -1, "at all");
	close_both();
}

int main(void)
{
	plan(51);
	test_linger();
	test_numbers();
	test_rights();
	test_ranges();
	test_more_room();
	test_inherited();
	test_inherited_unix();
	test_peer_cred();
	return done_testing();
}
