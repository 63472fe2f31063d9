/*
 * fork_pid.c - children that are gone before fork() has returned.
 *
 * Claim:  fork() returns the number of the child, however short its life.
 * Method: nobody waits for the children: SIGCHLD is ignored, so they vanish
 *         when they exit. Several threads fork at once.
 * Oracle: each child writes down what getpid() says, and its parent compares.
 * -X:     the child writes down one more.
 */
#include "libstress.h"

#include <signal.h>

static volatile int *numbers;	/* shared memory: a slot a thread */

static void *fork_on(void *arg)
{
	long me = (long)arg;
	volatile int *number = numbers + me * 16;

	while (stress_go_on()) {
		*number = 0;

		pid_t pid = tap_try_fork();

		if (pid == 0) {
			*number = getpid() + stress.wrong;
			_exit(0);
		}
		if (pid < 0 && errno == EAGAIN)
			continue;
		while (*number == 0 && !stress_failed())
			sched_yield();
		stress_check(pid == *number,
			     "fork returned %d, the child is %d", pid, *number);
		stress_round();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 2, "fork returns the number of the child");
	signal(SIGCHLD, SIG_IGN);
	numbers = stress_map(PAGE, MAP_SHARED);
	stress_threads(stress.threads, fork_on);
	return stress_end();
}
