/*
 * tests/stress/orphan_race.c
 *
 * Claim    A process whose parent ends at the same moment is reaped: by the
 *          parent, or by whoever inherits it, but by somebody.
 * Method   A child forks a grandchild, and both end after a random time of the
 *          same length. The test reaps the child, and then watches until the
 *          pid of the grandchild is gone. One pair at a time: the end of
 *          another orphan would wake process 1, which then finds them all.
 * Catches  A zombie that tells a parent which it no longer has (race 40).
 * -X       The grandchild does not end.
 */
#include "libstress.h"

#include <sys/prctl.h>

enum { LIFE_US = 3000 };

static struct {
	pid_t orphan;
	int go;
} *shared;

static bool we_inherit;

static void wait_for_go(void)
{
	while (!__atomic_load_n(&shared->go, __ATOMIC_ACQUIRE))
		;
}

static void be_parent(long own_life, long childs_life)
{
	pid_t pid = tap_fork();

	if (pid == 0) {
		__atomic_store_n(&shared->go, 1, __ATOMIC_RELEASE);
		stress_spin_us(CLOCK_MONOTONIC, childs_life);
		if (stress.wrong)
			pause();
		_exit(0);
	}
	shared->orphan = pid;
	wait_for_go();
	stress_spin_us(CLOCK_MONOTONIC, own_life);
	_exit(0);
}

static bool is_gone(pid_t pid)
{
	if (we_inherit)
		waitpid(pid, NULL, WNOHANG);
	return tap_kill(pid, 0) < 0 && errno == ESRCH;
}

static void check_orphan(pid_t pid)
{
	for (int i = 0; !is_gone(pid); i++) {
		if (!stress_check(i < STUCK_MS,
				  "orphan %d is still a zombie after %d ms",
				  pid, STUCK_MS)) {
			tap_kill(pid, SIGKILL);
			return;
		}
		stress_pause_ms(1);
	}
}

int main(int argc, char **argv)
{
	struct rng rng;
	pid_t pid;

	we_inherit = prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
	if (!we_inherit && access("/proc/drover", F_OK) < 0)
		skip_all("process 1 of this system may not reap");
	stress_begin(argc, argv, 1, "an orphan finds who reaps it");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	rng = rng_of(0);
	while (stress_go_on()) {
		long lives[2] = { rng_below(&rng, LIFE_US),
				  rng_below(&rng, LIFE_US) };

		shared->go = 0;
		shared->orphan = 0;	/* no number of ours */
		pid = tap_fork();
		if (pid == 0)
			be_parent(lives[0], lives[1]);
		waitpid(pid, NULL, 0);
		check_orphan(shared->orphan);
		stress_round();
	}
	return stress_end();
}
