/*
 * tests/stress/stop_cont.c
 *
 * Claim    A process with threads stops whole: when the parent is told, none
 *          of them runs. Each stop and each continuation is told, however
 *          soon the next one comes, and SIGKILL ends a stopped process.
 * Method   SIGSTOP, SIGCONT and SIGKILL in several orders, with and without
 *          waiting between, for a process whose threads compute, sleep, wait
 *          for signals, and are born and end.
 * Oracle   The counts that the threads keep stand still between a stop that
 *          was told and SIGCONT, and go on after it; waitpid() tells what was
 *          sent last; SIGCHLD came with it. Who waits while the process is
 *          found stopped at look after look was not told.
 * Catches  A thread that is not counted in a stop, or twice; one that belongs
 *          to a stop that is over; a SIGCONT that does not wake; a stop that
 *          is taken before SIGCONT and acted upon after it.
 * -X       Now and then the SIGCONT or the SIGSTOP is not sent.
 */
#define _GNU_SOURCE
#include "libstuck.h"

#include <time.h>

enum { COMPUTER, NAPPER, WAITER, PARENT_OF_THREADS, NR_THREADS };

static struct shared {
	volatile unsigned long count[NR_THREADS][8];
	volatile unsigned long waits; /* calls of waitpid() that ended */
	volatile pid_t pid;           /* whose stop is waited for, or 0 */
} *shared;

/* ---- the process that is stopped ---- */

static void go_on(long me)
{
	shared->count[me][0]++;
}

static void *compute(void *me)
{
	for (;;)
		go_on((long)me);
	return NULL;
}

static void *nap(void *me)
{
	struct timespec ts = { 0, 50000 };

	for (;;) {
		nanosleep(&ts, NULL);
		go_on((long)me);
	}
	return NULL;
}

/* sigtimedwait() ends with EINTR when the process has been stopped. */
static void *wait_for_signals(void *me)
{
	struct timespec ts = { 0, 100000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	for (;;) {
		sigtimedwait(&set, NULL, &ts);
		go_on((long)me);
	}
	return NULL;
}

static void *be_short(void *unused)
{
	return unused;
}

static void *make_threads(void *me)
{
	pthread_t t;

	for (;;) {
		tap_thread(&t, NULL, be_short, NULL);
		pthread_join(t, NULL);
		go_on((long)me);
	}
	return NULL;
}

static void *(*const jobs[NR_THREADS])(void *) = {
	compute, nap, wait_for_signals, make_threads,
};

static pid_t start_process(void)
{
	pid_t pid = tap_fork();
	pthread_t t;

	if (pid != 0)
		return pid;
	for (long i = 1; i < NR_THREADS; i++)
		tap_thread(&t, NULL, jobs[i], (void *)i);
	jobs[0](NULL);
	_exit(1);
}

/* ---- the parent ---- */

/* Of a stop and of the continuation before it SIGCHLD may come once. */
static volatile sig_atomic_t got_sigchld;

static void on_sigchld(int sig TAP_UNUSED)
{
	got_sigchld = 1;
}

/* While it sleeps here the watch looks at the process. */
static int wait_told(pid_t pid, int options)
{
	int status = 0;

	shared->pid = pid;
	stress_check(waitpid(pid, &status, options) == pid, "waitpid: %s",
		     strerror(errno));
	shared->pid = 0;
	shared->waits++;
	return status;
}

static void wait_stopped(pid_t pid)
{
	int status = wait_told(pid, WUNTRACED);

	stress_check(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP,
		     "SIGSTOP was sent, but the wait status is %#x", status);
	stress_check(got_sigchld, "the process stopped, and no SIGCHLD came");
}

static void wait_continued(pid_t pid)
{
	int status = wait_told(pid, WCONTINUED);

	stress_check(WIFCONTINUED(status),
		     "SIGCONT was sent, but the wait status is %#x", status);
}

static void read_counts(unsigned long *counts)
{
	for (int i = 0; i < NR_THREADS; i++)
		counts[i] = shared->count[i][0];
}

static void check_still(void)
{
	unsigned long before[NR_THREADS], after[NR_THREADS];

	read_counts(before);
	for (int i = 0; i < 20; i++)
		sched_yield();
	read_counts(after);
	for (int i = 0; i < NR_THREADS; i++)
		stress_check(before[i] == after[i],
			     "thread %d runs in a process that is stopped", i);
}

/* All threads go on, or the watch says that they do not. */
static void wait_for_progress(pid_t pid)
{
	unsigned long before[NR_THREADS];

	read_counts(before);
	shared->pid = pid;
	for (int i = 0; i < NR_THREADS; i++)
		while (shared->count[i][0] == before[i] && !stress_failed())
			sched_yield();
	shared->pid = 0;
	shared->waits++;
}

static void stop(pid_t pid, struct rng *rng)
{
	got_sigchld = 0;
	if (!stress.wrong || rng_below(rng, 64) != 0)
		tap_kill(pid, SIGSTOP);
}

static void cont(pid_t pid, struct rng *rng)
{
	if (!stress.wrong || rng_below(rng, 64) != 0)
		tap_kill(pid, SIGCONT);
}

static pid_t killed(pid_t pid)
{
	int status;

	tap_kill(pid, SIGKILL);
	status = wait_told(pid, 0);
	stress_check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		     "SIGKILL was sent, but the wait status is %#x", status);
	pid = start_process();
	wait_for_progress(pid);
	return pid;
}

static pid_t one_round(pid_t pid, struct rng *rng)
{
	unsigned way = rng_below(rng, 32);

	stop(pid, rng);
	rng_dither(rng);
	if (way < 8) {
		/* Called off, perhaps before all have stopped. */
		cont(pid, rng);
		wait_for_progress(pid);
	} else if (way == 8) {
		return killed(pid);
	} else {
		if (way < 16) {
			cont(pid, rng);
			stop(pid, rng);
		}
		wait_stopped(pid);
		if (way % 4 == 0)
			check_still();
		if (way == 9)
			return killed(pid);
		cont(pid, rng);
		/* Every other time the next stop comes at once. */
		if (way % 4 == 1)
			wait_for_progress(pid);
		else if (way % 4 == 2)
			wait_continued(pid);
	}
	return pid;
}

/* ---- who looks on ---- */

static void look(void)
{
	static struct stress_seen seen;
	pid_t pid = shared->pid;

	if (pid == 0)
		seen.looks = 0;
	else if (stress_stands(&seen, shared->waits))
		stress_check(false, "the parent waits, and was not told; the process is in state %c",
			     thread_state(pid, pid));
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_sigchld,
				 .sa_flags = SA_RESTART };
	struct rng rng;
	pid_t pid, watch;

	stress_begin(argc, argv, 2, "a process with threads stops and goes on as it is told");
	rng = rng_of(0);
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	watch = stress_watch(look);
	sigaction(SIGCHLD, &act, NULL);
	pid = start_process();
	wait_for_progress(pid);
	while (stress_go_on()) {
		pid = one_round(pid, &rng);
		stress_round();
	}
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	stress_watch_end(watch);
	return stress_end();
}
