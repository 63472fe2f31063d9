/*
 * tests/stress/close_is_close.c
 *
 * Claim    A file that is closed by its last descriptor is closed when that call
 *          returns, whoever is telling its owner that something has happened.
 * Method   Something comes into a pipe whose reader is told by signals, and soon
 *          after that its only descriptor names another file (dup2()).
 * Oracle   Then nobody reads: who writes gets EPIPE.
 * Catches  A thread of the kernel that has a reference to the file while it tells:
 *          the reader's end is closed by that thread, later.
 * -X       There is a second descriptor.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <fcntl.h>

enum { MOMENTS = 2000 };

static void own(int fd)
{
	if (fcntl(fd, F_SETOWN, getpid()) != 0 || fcntl(fd, F_SETFL, O_ASYNC) != 0)
		bail_out("fcntl: %s", strerror(errno));
}

/* Until whoever tells may have begun. */
static void pause_for(unsigned moments)
{
	for (volatile unsigned i = 0; i < moments; i++)
		;
}

static void close_in_time(int other, struct rng *rng)
{
	int fds[2], second = -1;

	if (pipe(fds) != 0)
		bail_out("pipe: %s", strerror(errno));
	own(fds[0]);
	if (stress.wrong)
		second = dup(fds[0]);
	if (write(fds[1], "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
	pause_for(rng_below(rng, MOMENTS));
	dup2(other, fds[0]);
	stress_check(write(fds[1], "x", 1) < 0 && errno == EPIPE,
		     "a pipe is written to that nobody can read");
	close(fds[0]);
	close(fds[1]);
	close(second);
}

static void *run(void *arg)
{
	struct rng rng = rng_of((long)arg);
	int other = open("/dev/null", O_RDONLY);

	for (; stress_go_on(); stress_round())
		close_in_time(other, &rng);
	close(other);
	return NULL;
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 1, "what was closed is closed");
	signal(SIGIO, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	stress_threads(stress.threads, run);
	return stress_end();
}
