/*
 * tests/stress/stop_exec.c
 *
 * Claim    A process that calls exec while it has threads can be stopped at
 *          any moment: the threads that exec sends away do not wait for
 *          SIGCONT, and the stop is told when the new program stands still.
 * Method   A process starts two threads and calls exec upon itself, for ever;
 *          its parent stops, continues and kills it. SIGSTOP is sent again
 *          and again: Linux drops one that is taken during exec.
 * Oracle   waitpid() tells each stop and each end. Who waits while the process
 *          makes no step at look after look was not told.
 * Catches  A stopped thread that does not see that it has to go; a thread
 *          that is counted in a stop after it has gone.
 * -X       Now and then SIGSTOP is not sent.
 */
#define _GNU_SOURCE
#include "libstress.h"

static struct shared {
	volatile unsigned long waits; /* calls of waitpid() that ended */
	volatile bool is_waiting;
} *shared;

/* ---- the process ---- */

static void *sleep_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void *compute(void *unused)
{
	for (volatile unsigned long i = 0;; i++)
		;
	return unused;
}

static void exec_again(void)
{
	char *const argv[] = { "stop_exec", "again", NULL };
	pthread_t t;

	tap_thread(&t, NULL, sleep_on, NULL);
	tap_thread(&t, NULL, compute, NULL);
	execv("/proc/self/exe", argv);
	_exit(1);
}

static pid_t start_process(void)
{
	pid_t pid = tap_fork();

	if (pid == 0)
		exec_again();
	return pid;
}

/* ---- its parent ---- */

/* @sig is to end or to stop it: it is told, or the watch says so. */
static int wait_told(pid_t pid, int sig, bool send)
{
	int status = 0;
	pid_t told = 0;

	shared->is_waiting = true;
	for (unsigned long i = 0; told == 0 && !stress_failed(); i++) {
		if (i % 1000 == 0 && send)
			tap_kill(pid, sig);
		told = waitpid(pid, &status, WUNTRACED | WNOHANG);
		sched_yield();
	}
	shared->is_waiting = false;
	shared->waits++;
	return status;
}

static pid_t killed(pid_t pid)
{
	int status = wait_told(pid, SIGKILL, true);

	stress_check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		     "SIGKILL was sent, but the wait status is %#x", status);
	return start_process();
}

static void stop_and_continue(pid_t pid, struct rng *rng)
{
	bool send = !stress.wrong || rng_below(rng, 16) != 0;
	int status = wait_told(pid, SIGSTOP, send);

	stress_check(WIFSTOPPED(status),
		     "SIGSTOP was sent, but the wait status is %#x", status);
	tap_kill(pid, SIGCONT);
}

static void look(void)
{
	static struct stress_seen seen;

	if (!shared->is_waiting)
		seen.looks = 0;
	else if (stress_stands(&seen, shared->waits))
		stress_check(false, "the parent waits for a process that calls exec, and is not told");
}

int main(int argc, char **argv)
{
	struct rng rng;
	pid_t pid, watch;

	if (argc == 2 && strcmp(argv[1], "again") == 0)
		exec_again();
	stress_begin(argc, argv, 2, "a process that calls exec stops as it is told");
	rng = rng_of(0);
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	watch = stress_watch(look);
	pid = start_process();
	while (stress_go_on()) {
		rng_dither(&rng);
		stop_and_continue(pid, &rng);
		if (rng_below(&rng, 8) == 0)
			pid = killed(pid);
		stress_round();
	}
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	stress_watch_end(watch);
	return stress_end();
}
