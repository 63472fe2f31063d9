/*
 * tests/stress/group_fork.c
 *
 * Claim    A signal to a process group reaches a child that a member is just
 *          making: either the child gets it too, or the member has handled it
 *          before the fork and the child was born with what came of that.
 * Method   A child leads a group and forks as fast as it can. The test signals
 *          the group once, at a random moment. Each grandchild waits until it
 *          knows of the signal, by its own handler or by what its parent's had
 *          noted; the leader stops forking when it knows, and waits for all.
 * Catches  A signal that is pending for the parent alone when the child is
 *          already copied but no member yet: the grandchild waits for ever.
 * -X       Grandchildren block the signal.
 */
#include "libstress.h"

enum { BATCH = 8, HEAD_START_US = 3000 };

static volatile sig_atomic_t knows;

static void on_signal(int sig TAP_UNUSED)
{
	knows = 1;
}

static void wait_to_know(void)
{
	for (int i = 0; !knows; i++) {
		if (i > STUCK_MS)
			_exit(1);
		stress_pause_ms(1);
	}
	_exit(0);
}

static void block_if_wrong(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (stress.wrong)
		sigprocmask(SIG_BLOCK, &set, NULL);
}

/* The library's fork() may block all signals meanwhile: one that comes before the
 * call itself is then the member's alone, which handles it later. */
static pid_t plain_fork(void)
{
	return tap_started((pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

/* The number of children that never learnt of the signal. */
static int fork_until_known(int ready)
{
	int lost = 0, running = 0, status;

	signal(SIGUSR1, on_signal);
	setpgid(0, 0);
	if (write(ready, "", 1) != 1)
		return 100;
	while (!knows && running < BATCH) {
		pid_t pid = plain_fork();

		if (pid == 0) {
			block_if_wrong();
			wait_to_know();
		}
		running++;
	}
	while (running-- > 0) {
		if (waitpid(-1, &status, 0) < 0) {
			running++;
			if (errno != EINTR)
				return 101;
		} else {
			lost += status != 0;
		}
	}
	return lost;
}

static void one_round(struct rng *rng)
{
	int ready[2], status;
	pid_t leader;
	char c;

	if (pipe(ready))
		bail_out("pipe: %s", strerror(errno));
	leader = tap_fork();
	if (leader == 0)
		_exit(fork_until_known(ready[1]));
	if (read(ready[0], &c, 1) != 1)
		bail_out("the leader does not start");
	usleep((useconds_t)rng_below(rng, HEAD_START_US));
	tap_kill_group(leader, SIGUSR1);
	waitpid(leader, &status, 0);
	stress_check(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		     "wait status %#x: that many never got the signal", status);
	close(ready[0]);
	close(ready[1]);
}

int main(int argc, char **argv)
{
	struct rng rng;

	stress_begin(argc, argv, 1, "a signal to a group reaches its children");
	rng = rng_of(0);
	while (stress_go_on()) {
		one_round(&rng);
		stress_round();
	}
	return stress_end();
}
