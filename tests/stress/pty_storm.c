/*
 * tests/stress/pty_storm.c
 *
 * Claim    Every byte that is written to one end of a pseudoterminal is read
 *          at the other, in order, however full it gets; and whoever sleeps
 *          at one end is woken when the other goes.
 * Method   In raw mode two threads write to the ends, more than there is room
 *          for, and two read from them, in pieces of any size. Then a thread
 *          reads, or writes until it has to wait, at an end, and the other end
 *          is closed some time after.
 * Oracle   The bytes; and that every call comes back.
 * Catches  A wake-up for who waits for room, or for bytes, that is not made; a
 *          close that is looked for before the sleep alone.
 * -X       One byte is another.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <termios.h>

enum { BYTES = 20000, MAX_PIECE = 700, SPIN_BITS = 16 };

static struct end {
	int fd;
	unsigned long seed;
} master, slave;

static unsigned char byte_at(long i)
{
	return i * 31 >> 3;
}

static void *write_all(void *arg)
{
	const struct end *e = arg;
	struct rng rng = rng_of(e->seed);
	unsigned char piece[MAX_PIECE];
	long done = 0;

	while (done < BYTES) {
		long n = 1 + rng_below(&rng, MAX_PIECE), got;

		if (n > BYTES - done)
			n = BYTES - done;
		for (long i = 0; i < n; i++)
			piece[i] = byte_at(done + i);
		if (stress.wrong && e == &slave)
			piece[0]++;
		got = write(e->fd, piece, n);
		if (!stress_check(got > 0, "write: %s", strerror(errno)))
			break;
		done += got;
	}
	return NULL;
}

static void *read_all(void *arg)
{
	const struct end *e = arg;
	struct rng rng = rng_of(e->seed + 100);
	unsigned char piece[MAX_PIECE];
	long done = 0;

	while (done < BYTES) {
		long n = read(e->fd, piece, 1 + rng_below(&rng, MAX_PIECE));

		if (!stress_check(n > 0, "read: %ld, %s", n, strerror(errno)))
			break;
		for (long i = 0; i < n; i++)
			if (!stress_check(piece[i] == byte_at(done + i),
					  "byte %ld of the %s is another",
					  done + i, e == &master ? "slave" :
								   "master"))
				break;
		done += n;
	}
	return NULL;
}

static void open_both(void)
{
	struct termios t;

	master.fd = posix_openpt(O_RDWR | O_NOCTTY);
	if (master.fd < 0 || unlockpt(master.fd) < 0)
		bail_out("/dev/ptmx: %s", strerror(errno));
	slave.fd = open(ptsname(master.fd), O_RDWR | O_NOCTTY);
	if (slave.fd < 0 || tcgetattr(slave.fd, &t) < 0)
		bail_out("a slave: %s", strerror(errno));
	cfmakeraw(&t);
	if (tcsetattr(slave.fd, TCSANOW, &t) < 0)
		bail_out("tcsetattr: %s", strerror(errno));
}

static void move_bytes(struct rng *rng)
{
	pthread_t t[4];

	master.seed = rng_below(rng, 1000);
	slave.seed = rng_below(rng, 1000);
	tap_thread(&t[0], NULL, write_all, &master);
	tap_thread(&t[1], NULL, write_all, &slave);
	tap_thread(&t[2], NULL, read_all, &master);
	tap_thread(&t[3], NULL, read_all, &slave);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
}

/* Nothing comes. */
static void *read_end(void *arg)
{
	char c;

	stress_check(read(*(int *)arg, &c, 1) <= 0, "there is a byte");
	return NULL;
}

/* Nobody reads. */
static void *write_until_end(void *arg)
{
	static const char piece[MAX_PIECE];

	while (write(*(int *)arg, piece, sizeof(piece)) > 0)
		;
	return NULL;
}

static void close_under(void *(*fn)(void *), struct end *sleeper,
			struct end *other, struct rng *rng)
{
	pthread_t t;

	tap_thread(&t, NULL, fn, &sleeper->fd);
	for (volatile int i = 1 << rng_below(rng, SPIN_BITS); i > 0; i--)
		;
	close(other->fd);
	pthread_join(t, NULL);
	close(sleeper->fd);
}

static void lose_an_end(struct rng *rng)
{
	switch (rng_below(rng, 3)) {
	case 0:
		close_under(read_end, &master, &slave, rng);
		break;
	case 1:
		close_under(read_end, &slave, &master, rng);
		break;
	default:
		close_under(write_until_end, &slave, &master, rng);
	}
}

int main(int argc, char **argv)
{
	struct rng rng;

	stress_begin(argc, argv, 5, "a pseudoterminal loses no byte and no sleeper");
	rng = rng_of(0);
	for (long i = 0; stress_go_on(); i++) {
		open_both();
		if (i % 4 == 0)
			move_bytes(&rng);
		lose_an_end(&rng);
		stress_round();
	}
	return stress_end();
}
