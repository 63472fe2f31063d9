/*
 * tests/stress/late_wake.c
 *
 * Claim    A wake-up that comes when its thread has gone on already does no
 *          harm, not even when the thread has ended meanwhile.
 * Method   A child waits on a futex, half of the time for some microseconds
 *          only, and ends at once when it comes back. Its parent wakes it again
 *          and again until the child is gone. The parent itself sleeps only
 *          when that takes longer than it can.
 * Catches  A waker that looks at the state of a thread and then stores a new
 *          one (race 39): it stores RUNNING over DEAD, or over BLOCKED.
 * -X       The parent does not wake.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>

enum { SLEEP_US = 300, SPINS = 1000 };

static void sleep_and_end(int *word, long us)
{
	struct timespec ts = { 0, us * 1000 };

	syscall(SYS_futex, word, FUTEX_WAIT, 0, us ? &ts : NULL, NULL, 0);
	_exit(0);
}

static void wake_until_gone(int *word, pid_t pid)
{
	for (int i = 0; waitpid(pid, NULL, WNOHANG) == 0; i++) {
		if (!stress.wrong)
			syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
		if (!stress_check(i < SPINS + STUCK_MS,
				  "child %d was woken and is not gone", pid)) {
			tap_kill(pid, SIGKILL);
			return;
		}
		if (i < SPINS)
			sched_yield();
		else
			stress_pause_ms(1);
	}
}

static void run_worker(long me)
{
	int *word = stress_map(PAGE, MAP_SHARED);
	struct rng rng = rng_of(me);

	while (stress_go_on()) {
		bool timed = rng_below(&rng, 2) && !stress.wrong;
		long us = timed ? 1 + rng_below(&rng, SLEEP_US) : 0;
		pid_t pid = tap_fork();

		if (pid == 0)
			sleep_and_end(word, us);
		wake_until_gone(word, pid);
		stress_round();
	}
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 2, "a late wake-up does no harm");
	stress_children(stress.threads, run_worker);
	return stress_end();
}
