/*
 * tests/abi/job_control.c
 *
 * Claim    Stop signals stop a whole process, all its threads; SIGCONT lets
 *          it go on and discards pending stops, and the other way round; the
 *          parent is told by SIGCHLD; a stopped process still dies of
 *          SIGKILL; orphaned groups are not stopped by terminal signals.
 * Method   Threads count in shared memory; waitpid() orders the steps.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <pthread.h>
#include <sys/mman.h>

static volatile unsigned long *count;

static void *spin(void *me)
{
	for (;;)
		count[(long)me * 8]++;
	return NULL;
}

static pid_t start_spinners(void)
{
	pid_t pid = tap_fork();
	pthread_t t;

	if (pid)
		return pid;
	for (long i = 1; i < 4; i++)
		tap_thread(&t, NULL, spin, (void *)i);
	setpgid(0, 0); /* or the stop is for an orphaned group, and ignored */
	spin(NULL);
	_exit(1);
}

static void wait_for_progress(void)
{
	for (int i = 0; i < 4; i++) {
		unsigned long seen = count[i * 8];

		while (count[i * 8] == seen)
			usleep(1000);
	}
}

static int nr_sigchld, last_code;

static void on_sigchld(int sig TAP_UNUSED, siginfo_t *info, void *uc TAP_UNUSED)
{
	nr_sigchld++;
	last_code = info->si_code;
}

static void test_threads_stop(void)
{
	struct sigaction act = { .sa_sigaction = on_sigchld,
				 .sa_flags = SA_SIGINFO | SA_RESTART };
	unsigned long before[4];
	bool still = true;
	int status;
	pid_t pid;

	sigaction(SIGCHLD, &act, NULL);
	pid = start_spinners();
	wait_for_progress();
	tap_kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	ok(WIFSTOPPED(status), "a process of 4 threads stops");
	is_int(last_code, CLD_STOPPED, "SIGCHLD tells of the stop");
	for (int i = 0; i < 4; i++)
		before[i] = count[i * 8];
	usleep(30000);
	for (int i = 0; i < 4; i++)
		still &= count[i * 8] == before[i];
	ok(still, "no thread of it runs");
	tap_kill(pid, SIGTERM);
	usleep(30000);
	is_int(waitpid(pid, &status, WNOHANG), 0, "SIGTERM waits");
	tap_kill(pid, SIGCONT);
	is_int(waitpid(pid, &status, 0), pid, "until SIGCONT");
	is_killed(status, SIGTERM, "then it kills");

	signal(SIGCHLD, SIG_DFL);
	pid = start_spinners();
	wait_for_progress();
	tap_kill(pid, SIGTSTP);
	waitpid(pid, &status, WUNTRACED);
	is_int(WSTOPSIG(status), SIGTSTP, "SIGTSTP stops too");
	tap_kill(pid, SIGCONT);
	wait_for_progress();
	ok(true, "all threads go on after SIGCONT");
	tap_kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	tap_kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	is_killed(status, SIGKILL, "SIGKILL ends a stopped process");
}

static int nr_cont;

static void on_cont(int sig TAP_UNUSED)
{
	nr_cont++;
}

/* A pending stop is discarded by SIGCONT, a pending SIGCONT by a stop. */
static int pending_cancel_out(void *unused TAP_UNUSED)
{
	sigset_t set, pending;

	signal(SIGCONT, on_cont);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGCONT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTSTP);
	raise(SIGCONT);
	sigpending(&pending);
	if (sigismember(&pending, SIGTSTP) || !sigismember(&pending, SIGCONT))
		return 1;
	raise(SIGTSTP);
	sigpending(&pending);
	return sigismember(&pending, SIGCONT);
}

/* Nobody could let an orphaned group go on, so SIGTSTP does nothing there. */
static int orphan_is_not_stopped(void *unused TAP_UNUSED)
{
	setsid();
	raise(SIGTSTP);
	return 7;
}

static int hang_up[2];

static void tell(int sig)
{
	char c = sig == SIGHUP ? 'H' : 'C';

	if (write(hang_up[1], &c, 1) != 1)
		_exit(1);
}

/* Ends while its child is stopped in its group: nobody of it can be asked. */
static int leave_stopped_child(void *unused TAP_UNUSED)
{
	pid_t pid;
	int status;

	setpgid(0, 0);
	pid = tap_fork();
	if (pid == 0) {
		signal(SIGHUP, tell);
		signal(SIGCONT, tell);
		raise(SIGSTOP);
		while (getppid() == getpgrp())
			usleep(1000);
		_exit(0);
	}
	return waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status);
}

static void test_orphaned_group(void)
{
	char got[2] = "";

	if (pipe(hang_up) < 0)
		bail_out("pipe");
	is_exit(in_child(leave_stopped_child, NULL), 0, "a group is orphaned");
	is_int(read(hang_up[0], &got[0], 1), 1, "its stopped member is told");
	is_int(read(hang_up[0], &got[1], 1), 1, "twice");
	ok(got[0] + got[1] == 'H' + 'C', "by SIGHUP and SIGCONT");
}

int main(void)
{
	plan(15);
	count = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	test_threads_stop();
	is_exit(in_child(pending_cancel_out, NULL), 0,
		"stops and SIGCONT cancel each other");
	is_exit(in_child(orphan_is_not_stopped, NULL), 7,
		"an orphaned group is not stopped by SIGTSTP");
	test_orphaned_group();
	return done_testing();
}
