/*
 * tests/abi/listeners.c
 *
 * Claim    shutdown() ends listening as Linux says: of TCP at once, so that who
 *          was not accepted yet is reset, and listen() begins anew; of AF_UNIX
 *          for those who come later.
 * Method   Connections before and after; a thread that sleeps in accept().
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libtcp.h"
#include "libasleep.h"

#include <stddef.h>
#include <sys/un.h>

static int listener;

/* At a port of its own choice, which it has for good. */
static struct sockaddr_in new_listener(void)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(a);
	int first = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(first, (void *)&a, len) < 0 ||
	    getsockname(first, (void *)&a, &len) < 0)
		bail_out("bind: %s", strerror(errno));
	close(first);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	set_option(listener, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(listener, (void *)&a, len) < 0 || listen(listener, 5) < 0)
		bail_out("listen: %s", strerror(errno));
	return a;
}

static int connect_to(const struct sockaddr_in *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (const void *)a, sizeof(*a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void test_again(void)
{
	struct sockaddr_in a = new_listener();
	int waits = connect_to(&a), fd;

	ok(waits >= 0, "who connects");
	is_int(shutdown(listener, SHUT_WR), 0, "a listener does not write");
	is_int(option(listener, SOL_SOCKET, SO_ACCEPTCONN), 1, "and listens");
	is_int(shutdown(listener, SHUT_RD), 0, "until it reads no more");
	is_int(option(listener, SOL_SOCKET, SO_ACCEPTCONN), 0, "then it does not");
	ok(becomes(waits, POLLERR), "who was not accepted");
	is_int(option(waits, SOL_SOCKET, SO_ERROR), ECONNRESET, "is reset");
	close(waits);
	fails(accept(listener, NULL, NULL), EINVAL, "nobody is accepted");
	fails(connect_to(&a), ECONNREFUSED, "or may connect");
	is_int(listen(listener, 5), 0, "listen() again");
	is_int(listen(listener, 6), 0, "with more room");
	waits = connect_to(&a);
	ok(waits >= 0, "at the same port");
	fd = accept(listener, NULL, NULL);
	ok(fd >= 0, "accept");
	is_int(write(waits, "a", 1), 1, "and what is sent");
	ok(becomes(fd, POLLIN), "comes");
	close(fd);
	close(waits);
	is_int(shutdown(listener, SHUT_RDWR), 0, "the end of both");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	is_int(bind(fd, (void *)&a, sizeof(a)), 0, "another has the port, too");
	is_int(listen(fd, 5), 0, "and listens there");
	fails(listen(listener, 5), EADDRINUSE, "so the first may not");
	close(fd);
	close(listener);
}

/* ---- who sleeps ---- */

static volatile pid_t sleeper;

static void *accept_one(void *arg)
{
	(void)arg;
	sleeper = gettid();
	return (void *)(long)(accept(listener, NULL, NULL) < 0 ? errno : 0);
}

static void test_sleeper(void)
{
	pthread_t thread;
	void *why;

	new_listener();
	tap_thread(&thread, NULL, accept_one, NULL);
	wait_until_thread_asleep(&sleeper);
	is_int(shutdown(listener, SHUT_RD), 0, "somebody waits to accept");
	pthread_join(thread, &why);
	is_int((long)why, EINVAL, "and is told");
	close(listener);
}

/* ---- AF_UNIX ---- */

static int unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
}

static void test_unix(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "\0listeners" };
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + 10;
	int first = unix_socket(), later = unix_socket(), fd;

	listener = unix_socket();
	if (bind(listener, (void *)&a, len) < 0 || listen(listener, 5) < 0)
		bail_out("listen: %s", strerror(errno));
	is_int(connect(first, (void *)&a, len), 0, "AF_UNIX: who has come");
	is_int(shutdown(listener, SHUT_RD), 0, "before the end");
	fd = accept(listener, NULL, NULL);
	ok(fd >= 0, "is accepted");
	fails(accept(listener, NULL, NULL), EAGAIN, "nobody else is");
	fcntl(listener, F_SETFL, 0);
	fails(accept(listener, NULL, NULL), EINVAL, "who would wait is told why");
	fails(connect(later, (void *)&a, len), ECONNREFUSED, "or comes");
	close(fd);
	close(first);
	close(later);
	close(listener);
}

int main(void)
{
	plan(27);
	test_again();
	test_sleeper();
	test_unix();
	return done_testing();
}
