/*
 * tests/stress/pid_reuse.c
 *
 * Claim    Pids are handed out in a circle: one that has just become free
 *          comes back last, not first.
 * Method   Workers make one child after another and reap each. Each compares
 *          the pid of the new child with that of the one before: it must be
 *          behind it, unless the numbers have just begun anew. The method is
 *          that of LTP's fork13.
 * Catches  A last pid that is stored outside the lock (race 44): a pid is given
 *          out again at once, and a kill() meant for its last bearer hits the
 *          new one.
 * -X       The worker remembers a pid that is too high.
 */
#include "libstress.h"

/* Numbers that go back by less were not begun anew. */
enum { CIRCLE = 1000 };

static void run_worker(long me)
{
	struct rng rng = rng_of(me);
	pid_t last = 0;

	while (stress_go_on()) {
		pid_t pid = tap_fork();

		if (pid == 0)
			_exit(0);
		stress_check(pid > last || last - pid > CIRCLE,
			     "pid %d comes after pid %d", pid, last);
		last = stress.wrong ? pid + CIRCLE / 2 : pid;
		waitpid(pid, NULL, 0);
		rng_dither(&rng);
		stress_round();
	}
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 4, "a free pid comes back late");
	stress_children(stress.threads, run_worker);
	return stress_end();
}
