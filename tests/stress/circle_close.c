/*
 * tests/stress/circle_close.c
 *
 * Claim    Sockets that only messages in each other hold are closed when the
 *          last way to them is, without another call: also while the kernel is
 *          looking for such circles, and where that way was in a message.
 * Method   A socket with itself, and the end of a pipe, in its own queue. Its
 *          last descriptor is closed, and then a socket that has nothing to do
 *          with it, at the moment at which a second thread closes a third one;
 *          or it goes into the queue of another socket, which is closed, or
 *          out of which it is read without room for it. From then on nobody
 *          closes a socket, and the pipe must end. A crowd of other sockets is
 *          on its way all the time.
 * Oracle   Who reads of a pipe that nobody can write to is told.
 * Catches  Who asks whether there are sockets in messages while the list of
 *          them is taken apart (race circle_forgotten); a look for circles
 *          before what is to be closed is closed.
 * -X       The socket has another descriptor.
 *
 * Linux looks for circles only when a socket is closed, so what is read there
 * without room is not asked for.
 */
#define _GNU_SOURCE
#include "libcircle.h"

enum { CROWD = 64, SPIN_BITS = 18 };

static pthread_barrier_t both;
static int foreign;		/* what the second thread closes */

/* Sockets in a queue that everybody can get them from. */
static void send_crowd(void)
{
	int way[2];

	new_pair(way);
	for (int i = 0; i < CROWD; i++) {
		int fd = new_socket();

		pass_fds(way[1], &fd, 1);
		close(fd);
	}
}

static void *close_foreign(void *unused TAP_UNUSED)
{
	for (;;) {
		pthread_barrier_wait(&both);
		if (foreign < 0)
			return NULL;
		close(foreign);
		pthread_barrier_wait(&both);
	}
}

static void close_at_once(int circle, struct rng *rng)
{
	int own = new_socket();

	foreign = new_socket();
	pthread_barrier_wait(&both);
	for (volatile int i = 1 << rng_below(rng, SPIN_BITS); i > 0; i--)
		;
	close(circle);
	close(own);
	pthread_barrier_wait(&both);
}

static void close_in_message(int circle, int way[2])
{
	pass_fds(way[1], &circle, 1);
	close(circle);
	close(way[1]);
	close(way[0]);
}

/* The way stays open. */
static void read_away(int circle, int way[2])
{
	char c;

	pass_fds(way[1], &circle, 1);
	close(circle);
	if (read(way[0], &c, 1) != 1)
		bail_out("read: %s", strerror(errno));
}

enum { AT_ONCE, IN_MESSAGE, READ_AWAY, NR_WAYS };

static void lose(int how, int circle, int way[2], struct rng *rng)
{
	if (how == IN_MESSAGE)
		close_in_message(circle, way);
	else if (how == READ_AWAY)
		read_away(circle, way);
	else
		close_at_once(circle, rng);
}

static void one_round(int how, struct rng *rng)
{
	static const char *const last[] = {
		"a descriptor", "in a message of who was closed", "read away",
	};
	int end, way[2], circle = make_circle(&end);

	new_pair(way);
	lose(how, circle, way, rng);
	stress_check(has_ended(end), "a circle stays: its last way was %s",
		     last[how]);
	close(end);
	if (how != IN_MESSAGE) {
		close(way[0]);
		close(way[1]);
	}
	stress_round();
}

/* Most often that which needs a moment. */
static int choose(struct rng *rng)
{
	int how = rng_below(rng, 3 * NR_WAYS);

	return how < (on_drover() ? NR_WAYS : READ_AWAY) ? how : AT_ONCE;
}

int main(int argc, char **argv)
{
	struct rng rng;
	pthread_t second;

	stress_begin(argc, argv, 2, "a circle of sockets goes with the last way");
	rng = rng_of(0);
	send_crowd();
	pthread_barrier_init(&both, NULL, 2);
	tap_thread(&second, NULL, close_foreign, NULL);
	while (stress_go_on())
		one_round(choose(&rng), &rng);
	foreign = -1;
	pthread_barrier_wait(&both);
	pthread_join(second, NULL);
	return stress_end();
}
