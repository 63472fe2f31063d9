/*
 * tests/stress/tty_taken.c
 *
 * Claim    A terminal that hangs up while a session makes it its own is not its own,
 *          or was, and the leader has been told that it is gone.
 * Method   A process that leads a session asks for a terminal, while its maker closes
 *          the other end.
 * Oracle   When close() has returned, who has got the terminal has been sent SIGHUP, and
 *          has none; who was refused had none.
 * Catches  A terminal that is found there, and given away when it has hung up.
 * Seen to fail  races/terminal_taken, and a Linux 6.18 after some hundred rounds.
 * -X       The other end is closed when all that was looked at.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/ioctl.h>

enum { SPINS = 2000 };

static struct {
	int asks, closed; /* told by tap_tell() */
} *shared;

static void spin(struct rng *rng)
{
	for (volatile uint64_t i = rng_below(rng, SPINS); i > 0; i--)
		;
}

/* @err: of what it had asked for.  The other end is closed. */
static void judge(int err)
{
	sigset_t pending;

	sigpending(&pending);
	stress_check(err == 0 || err == EIO, "TIOCSCTTY: %s", strerror(err));
	stress_check(err != 0 || sigismember(&pending, SIGHUP),
		     "a terminal that had hung up was taken");
	stress_check(open("/dev/tty", O_RDWR) < 0, "a terminal that has hung up is somebody's");
}

static void ask(int slave, struct rng *rng)
{
	sigset_t hang_up;
	int err;

	sigemptyset(&hang_up);
	sigaddset(&hang_up, SIGHUP);
	sigprocmask(SIG_BLOCK, &hang_up, NULL);
	if (setsid() < 0)
		_exit(1);
	tap_tell(&shared->asks, 1);
	spin(rng);
	err = ioctl(slave, TIOCSCTTY, 0) == 0 ? 0 : errno;
	while (!tap_told(&shared->closed))
		sched_yield();
	judge(err);
	_exit(0);
}

static void hang_up(int master, pid_t pid, struct rng *rng)
{
	while (!tap_told(&shared->asks))
		;
	spin(rng);
	if (!stress.wrong)
		close(master);
	tap_tell(&shared->closed, 1);
	waitpid(pid, NULL, 0);
	if (stress.wrong)
		close(master);
}

int main(int argc, char **argv)
{
	struct rng rng;

	if (!on_drover())
		skip_all("Linux gives a terminal away that has hung up");
	stress_begin(argc, argv, 1, "nobody has a terminal that has hung up");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	rng = rng_of(stress.seed);
	while (stress_go_on()) {
		int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
		pid_t pid;

		if (master < 0 || unlockpt(master) < 0)
			bail_out("/dev/ptmx: %s", strerror(errno));
		slave = open(ptsname(master), O_RDWR | O_NOCTTY);
		if (slave < 0)
			bail_out("a slave: %s", strerror(errno));
		shared->asks = shared->closed = 0;
		pid = tap_fork();
		if (pid == 0) {
			close(master);
			rng = rng_of(stress.seed + (unsigned)getpid());
			ask(slave, &rng);
		}
		close(slave);
		hang_up(master, pid, &rng);
		stress_round();
	}
	return stress_end();
}
