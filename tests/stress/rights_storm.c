/*
 * tests/stress/rights_storm.c
 *
 * Claim    Descriptors that are sent through sockets, sockets through each
 *          other, in circles, arrive open; and what nobody has any more is
 *          closed, however it was lost.
 * Method   Each thread makes pairs of sockets and sends the end of a pipe, and
 *          ends of the pairs, through them, through a pair that all threads
 *          share, receives and peeks at some, and closes all it has. Then its
 *          pipe must end: nobody has the other end but by a message that nobody
 *          can receive. When all are done, as many files are open as before.
 * Catches  A collector that closes what somebody has just received or peeked
 *          at, that does not see a circle, files lost between close and send.
 * -X       Somebody writes to the pipe.
 */
#define _GNU_SOURCE
#include "../libfds.h"
#include "libstress.h"

#include <poll.h>

enum { PAIRS = 3, SENDS = 8, LOOKS = 100 };

static int common[2];		/* a pair that all threads use */

static bool send_fd(int to, int fd)
{
	return send_fds_how(to, &fd, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

/* A descriptor that came, -1: none with that message, -2: no message. */
static int receive_fd(int from, int how)
{
	int fd, n = receive_fds(from, &fd, 1, MSG_DONTWAIT | how, NULL);

	return n == 1 ? fd : n < 0 ? -2 : -1;
}

/* What came is open: something is known of it. */
static void use_and_close(int fd)
{
	if (fd < 0)
		return;
	stress_check(fcntl(fd, F_GETFL) >= 0, "what was received is closed");
	close(fd);
}

static void mix(struct rng *rng, int pair[PAIRS][2])
{
	int *from = pair[rng_below(rng, PAIRS)];
	int fd = pair[rng_below(rng, PAIRS)][rng_below(rng, 2)];
	int got;

	switch (rng_below(rng, 5)) {
	case 0:
		send_fd(common[rng_below(rng, 2)], fd);
		break;
	case 1:
		got = receive_fd(common[rng_below(rng, 2)],
				 rng_below(rng, 2) ? MSG_PEEK : 0);
		if (got >= 0 && rng_below(rng, 2))
			send_fd(from[0], got);
		use_and_close(got);
		break;
	case 2:
		use_and_close(receive_fd(from[rng_below(rng, 2)], MSG_PEEK));
		break;
	default:
		send_fd(from[rng_below(rng, 2)], fd);
	}
}

static void empty_common(void)
{
	for (int i = 0; i < 2; i++)
		for (int fd; (fd = receive_fd(common[i], 0)) != -2;)
			use_and_close(fd);
}

static void make(struct rng *rng, int pair[PAIRS][2], int pipe_fds[2])
{
	for (int i = 0; i < PAIRS; i++)
		if (socketpair(AF_UNIX, rng_below(rng, 2) ? SOCK_STREAM :
			       SOCK_DGRAM, 0, pair[i]) < 0)
			bail_out("socketpair: %s", strerror(errno));
	if (pipe(pipe_fds) < 0)
		bail_out("pipe: %s", strerror(errno));
	if (!send_fd(pair[0][0], pipe_fds[1]))
		bail_out("sendmsg: %s", strerror(errno));
}

/* A close of any socket makes a kernel look for circles.  That of Linux (6.18)
 * does not find all that two threads have made, so there we ask no more than
 * LOOKS times. */
static bool has_ended(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int looks = 0;
	char c;

	do
		close(socket(AF_UNIX, SOCK_STREAM, 0));
	while (poll(&p, 1, 10) == 0 && (on_drover() || ++looks < LOOKS));
	return p.revents == 0 || read(fd, &c, 1) == 0;
}

static void one_round(struct rng *rng)
{
	int pair[PAIRS][2], pipe_fds[2];

	make(rng, pair, pipe_fds);
	for (int i = 0; i < SENDS; i++)
		mix(rng, pair);
	if (stress.wrong)
		stress_check(write(pipe_fds[1], "x", 1) == 1, "write");
	close(pipe_fds[1]);
	for (int i = 0; i < 2 * PAIRS; i++)
		close(pair[i / 2][i % 2]);
	empty_common();
	stress_check(has_ended(pipe_fds[0]), "it does not end");
	close(pipe_fds[0]);
	stress_round();
}

static void *run(void *arg)
{
	struct rng rng = rng_of((long)arg);

	while (stress_go_on())
		one_round(&rng);
	return NULL;
}

/* They are closed by another thread, a moment later. */
static void wait_for_files(long before)
{
	while (read_number("/proc/sys/fs/file-nr") > before)
		usleep(1000);
}

int main(int argc, char **argv)
{
	long before = read_number("/proc/sys/fs/file-nr");

	stress_begin(argc, argv, 4, "what nobody has is closed");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, common) < 0)
		bail_out("socketpair: %s", strerror(errno));
	stress_threads(stress.threads, run);
	close(common[0]);
	close(common[1]);
	if (on_drover())
		wait_for_files(before);
	return stress_end();
}
