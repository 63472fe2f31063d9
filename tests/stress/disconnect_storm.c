/*
 * tests/stress/disconnect_storm.c
 *
 * Claim    Nothing of a connection of TCP that connect() to AF_UNSPEC gave up is
 *          part of the next one of the same socket: no byte, no end, no reset.
 * Method   A client says in a byte which connection this is, receives that byte
 *          again and again, gives the connection up wherever it is, and begins the
 *          next. A server sends them, a few at a time, and ends, in order or by a
 *          reset, when it has sent all: mostly when the client is on to the next.
 * Catches  An end, a reset or bytes of the connection before.
 * -X       The client says another byte than it expects.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum { BYTES = 64, PIECE = 8 };

/* ---- the server ---- */

static void set_reset(int fd)
{
	struct linger at_once = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

/* The client may be gone at any time. */
static void serve(int fd)
{
	unsigned char bytes[PIECE];
	int sent = 0;

	if (recv(fd, bytes, 1, 0) == 1) {
		memset(bytes, bytes[0], sizeof(bytes));
		while (sent < BYTES && send(fd, bytes, PIECE, MSG_NOSIGNAL) == PIECE)
			sent += PIECE;
		if (sent < BYTES && bytes[0] % 2)
			set_reset(fd);
	}
	close(fd);
}

/* Until the listener is shut. */
static void *run_server(void *arg)
{
	int listener = *(int *)arg, fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0)
		serve(fd);
	return NULL;
}

/* ---- the client ---- */

static void check_bytes(const unsigned char *bytes, ssize_t n, unsigned char which)
{
	for (ssize_t i = 0; i < n; i++)
		stress_check(bytes[i] == which, "a byte of another: %u, not %u",
			     bytes[i], which);
}

/* @enough bytes of connection @which, and if those are all its end. */
static void receive(int fd, unsigned char which, int enough)
{
	unsigned char bytes[BYTES + 1];
	int got = 0;

	while (got < enough) {
		ssize_t n = recv(fd, bytes, enough - got, 0);

		if (!stress_check(n > 0, "an end of another: %zd after %d bytes, %s",
				  n, got, strerror(n < 0 ? errno : 0)))
			return;
		check_bytes(bytes, n, which);
		got += n;
	}
	if (enough == BYTES)
		stress_check(recv(fd, bytes, 1, 0) == 0, "no end");
}

static void talk(int fd, struct rng *rng, unsigned char which)
{
	unsigned char said = which + stress.wrong;

	if (stress_check(send(fd, &said, 1, MSG_NOSIGNAL) == 1,
			 "an end of another, to sending: %s", strerror(errno)))
		receive(fd, which, rng_below(rng, 4) ? (int)rng_below(rng, BYTES) : BYTES);
}

static void run_client(const struct sockaddr_in *to, struct rng *rng)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	for (unsigned char which = 0; stress_go_on(); which++) {
		if (connect(fd, (const void *)to, sizeof(*to)) < 0)
			bail_out("connect: %s", strerror(errno));
		talk(fd, rng, which);
		stress_check(connect(fd, &nobody, sizeof(nobody)) == 0,
			     "connect to nobody: %s", strerror(errno));
		stress_round();
	}
	close(fd);
}

static void *run(void *arg)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct rng rng = rng_of((long)arg);
	socklen_t len = sizeof(a);
	pthread_t server;

	if (bind(listener, (void *)&a, len) < 0 || listen(listener, 5) < 0 ||
	    getsockname(listener, (void *)&a, &len) < 0)
		bail_out("a listener: %s", strerror(errno));
	tap_thread(&server, NULL, run_server, &listener);
	run_client(&a, &rng);
	shutdown(listener, SHUT_RDWR);
	pthread_join(server, NULL);
	close(listener);
	return NULL;
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 2, "a connection has nothing of the one before");
	stress_threads(stress.threads, run);
	return stress_end();
}
