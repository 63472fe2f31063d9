/*
 * tests/stress/urgent_storm.c
 *
 * Claim    Bytes of a stream come in the order in which they were sent, and all of
 *          them, whatever is urgent among them, held back, read by MSG_OOB or in
 *          the stream; and who sends to a socket that is just closed is told,
 *          and nobody else is: no owner that is gone is told of an urgent byte.
 * Method   One thread sends bytes that count, by TCP and by AF_UNIX in turn, now
 *          and then by MSG_MORE, and now and then an urgent one that does not
 *          count. Another reads in all ways, sets SO_OOBINLINE and takes it back;
 *          in every second round it closes its end when it has read a part.
 * Catches  A byte that is lost with an urgent one, bytes that overtake others
 *          that were held back, an owner that is told through the file of a
 *          socket after its last close. Seen to fail with each of them.
 * -X       The bytes are expected to count by two.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { BYTES = 3000, PIECE = 40, URGENT = 0xff, COUNT = 251 };

struct sender {
	int fd;
	struct rng rng;
};

/* ---- sending ---- */

static bool send_some(int fd, const unsigned char *bytes, size_t n, int flags)
{
	ssize_t sent = send(fd, bytes, n, flags | MSG_NOSIGNAL), more;

	if (sent == (ssize_t)n)
		return true;
	more = sent < 0 ? sent : send(fd, bytes, 1, MSG_NOSIGNAL);
	stress_check(more < 0 && (errno == EPIPE || errno == ECONNRESET),
		     "send: %zd of %zu, %s", sent, n, strerror(errno));
	return false;
}

static void *run_sender(void *arg)
{
	struct sender *s = arg;
	unsigned char bytes[PIECE + 1];
	unsigned sent = 0;
	bool goes_on = true;

	while (goes_on && sent < BYTES) {
		unsigned n = 1 + rng_below(&s->rng, PIECE), how = rng_below(&s->rng, 4);

		n = n < BYTES - sent ? n : BYTES - sent;
		for (unsigned i = 0; i < n; i++)
			bytes[i] = (sent + i) % COUNT;
		bytes[n] = URGENT;
		goes_on = send_some(s->fd, bytes, n + (how == 0),
				    how == 0 ? MSG_OOB : how == 1 ? MSG_MORE : 0);
		sent += n;
	}
	close(s->fd);
	return NULL;
}

/* ---- receiving ---- */

/* How many of @n bytes count; they go on where the last ones ended. */
static unsigned check_bytes(const unsigned char *bytes, size_t n, unsigned got)
{
	unsigned step = stress.wrong ? 2 : 1;

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == URGENT)
			continue;
		stress_check(bytes[i] == got * step % COUNT, "byte %u is %u", got,
			     bytes[i]);
		got++;
	}
	return got;
}

static void look_aside(int fd, struct rng *rng)
{
	int on = rng_below(rng, 2), at;
	unsigned char byte = 0;

	switch (rng_below(rng, 4)) {
	case 0:
		setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
		break;
	case 1:
		if (recv(fd, &byte, 1, MSG_OOB) == 1)
			stress_check(byte == URGENT, "byte %u is urgent", byte);
		break;
	case 2:
		stress_check(ioctl(fd, SIOCATMARK, &at) == 0, "SIOCATMARK: %s",
			     strerror(errno));
	}
}

/* Up to the end, or to about @enough bytes: how many. */
static unsigned receive(int fd, unsigned enough, struct rng *rng)
{
	unsigned char bytes[2 * PIECE];
	unsigned got = 0;

	while (got < enough) {
		ssize_t n = recv(fd, bytes, 1 + rng_below(rng, sizeof(bytes)),
				 rng_below(rng, 4) ? 0 : MSG_WAITALL);

		if (!stress_check(n >= 0, "recv: %s", strerror(errno)) || n == 0)
			break;
		got = check_bytes(bytes, n, got);
		look_aside(fd, rng);
	}
	return got;
}

/* ---- a round ---- */

static void pair_both(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		bail_out("socketpair: %s", strerror(errno));
}

static void connect_both(int ends[2])
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (void *)&a, len) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (void *)&a, &len) < 0 ||
	    connect(ends[0], (void *)&a, len) < 0 ||
	    (ends[1] = accept(listener, NULL, NULL)) < 0)
		bail_out("a connection: %s", strerror(errno));
	close(listener);
}

static void *run(void *arg)
{
	struct rng rng = rng_of((long)arg);

	for (unsigned i = 0; stress_go_on(); i++) {
		struct sender sender = { .rng = rng_of(rng_next(&rng)) };
		unsigned enough = i % 2 ? rng_below(&rng, BYTES) : BYTES + 1, got;
		pthread_t thread;
		int ends[2];

		(i / 2 % 2 ? pair_both : connect_both)(ends);
		sender.fd = ends[0];
		fcntl(ends[1], F_SETOWN, getpid());
		tap_thread(&thread, NULL, run_sender, &sender);
		got = receive(ends[1], enough, &rng);
		if (enough > BYTES)
			stress_check(got == BYTES, "%u bytes came of %u", got, BYTES);
		close(ends[1]);
		pthread_join(thread, NULL);
		stress_round();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 3, "the urgent and the others keep their order");
	stress_threads(stress.threads, run);
	return stress_end();
}
