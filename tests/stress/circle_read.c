/*
 * tests/stress/circle_read.c
 *
 * Claim    Who reads from a socket whose last descriptor is being closed has it
 *          before or not at all: he gets what was sent, with all files in it,
 *          or is told that there is no such descriptor; and in the second case
 *          what only that socket held is closed.
 * Method   A socket with itself, and the end of a pipe, in its own queue. A
 *          second thread receives from it, while its descriptor is closed, and
 *          then a socket that has nothing to do with it: so the kernel looks
 *          for sockets that nobody can reach.
 * Oracle   A byte goes through the pipe, whose end was received; when all is
 *          closed, who reads of the pipe is told. A lab kernel sees a file that
 *          is used after its last put.
 * Catches  A descriptor that is looked up without a lock, and not looked at
 *          again when its file is held (race fd_not_looked_again,
 *          CVE-2021-4083).
 * -X       The socket has another descriptor.
 */
#define _GNU_SOURCE
#include "libcircle.h"

enum { SPIN_BITS = 14, OVER = -1 };

static pthread_barrier_t both;

static struct received {
	int circle;		/* what to receive from, or OVER */
	int n;			/* how many fds, -1: an error */
	int error;
	int fds[FDS];		/* -1: none came */
} received;

/* ---- the second thread ---- */

static void receive(struct received *r)
{
	r->fds[0] = r->fds[1] = -1;
	r->n = receive_fds(r->circle, r->fds, FDS, MSG_DONTWAIT, NULL);
	r->error = errno;
}

static void *receive_each(void *unused)
{
	for (;;) {
		pthread_barrier_wait(&both);
		if (received.circle == OVER)
			return unused;
		receive(&received);
		pthread_barrier_wait(&both);
	}
}

/* ---- a round ---- */

static void spin(unsigned turns)
{
	for (volatile unsigned i = turns; i > 0; i--)
		;
}

static void close_meanwhile(int circle, struct rng *rng)
{
	int foreign = new_socket();

	received.circle = circle;
	pthread_barrier_wait(&both);
	spin(rng_below(rng, 1U << rng_below(rng, SPIN_BITS)));
	close(circle);
	close(foreign);
	pthread_barrier_wait(&both);
}

static void check_pipe(int in, int out)
{
	char c = 0;

	stress_check(write(in, "y", 1) == 1, "the end that came cannot be written to: errno %d", errno);
	stress_check(read(out, &c, 1) == 1 && c == 'y', "the end that came is another pipe's");
}

static void check_received(const struct received *r, int out)
{
	if (r->n < 0) {
		stress_check(r->error == EBADF, "recvmsg: errno %d", r->error);
		return;
	}
	stress_check(r->n == FDS && r->fds[0] >= 0 && r->fds[1] >= 0,
		     "the message has lost the files in it");
	if (r->fds[1] >= 0)
		check_pipe(r->fds[1], out);
	for (int i = 0; i < FDS; i++)
		if (r->fds[i] >= 0)
			close(r->fds[i]);
}

static void one_round(struct rng *rng)
{
	int out, circle = make_circle(&out);

	close_meanwhile(circle, rng);
	check_received(&received, out);
	close(new_socket()); /* whoever was just looking has seen it held */
	stress_check(has_ended(out), "what only the socket held stays open");
	close(out);
	stress_round();
}

int main(int argc, char **argv)
{
	struct rng rng;
	pthread_t second;

	stress_begin(argc, argv, 2, "a socket is read before its end, or not at all");
	rng = rng_of(0);
	pthread_barrier_init(&both, NULL, 2);
	tap_thread(&second, NULL, receive_each, NULL);
	while (stress_go_on())
		one_round(&rng);
	received.circle = OVER;
	pthread_barrier_wait(&both);
	pthread_join(second, NULL);
	return stress_end();
}
