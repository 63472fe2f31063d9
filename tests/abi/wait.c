/*
 * tests/abi/wait.c
 *
 * Claim    wait4() and waitid() choose children by pid, group and state, and
 *          report exit, kill, stop and continue once each.
 * Method   Children that exit, stop themselves or are killed; every option
 *          against each of them. Pipes, not time, order the steps.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libwaiter.h"

#include <sys/resource.h>

static int gate[2];		/* children wait until something is written */

static void wait_at_gate(void)
{
	char c;

	if (read(gate[0], &c, 1) != 1)
		_exit(99);
}

static void open_gate(void)
{
	if (write(gate[1], "g", 1) != 1)
		bail_out("gate");
}

static pid_t child_exits(int code)
{
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(code);
	return pid;
}

static pid_t child_waits(int code)
{
	pid_t pid = tap_fork();

	if (pid == 0) {
		wait_at_gate();
		_exit(code);
	}
	return pid;
}

static void test_no_children(void)
{
	int status = 0x5a5a;

	fails(wait(&status), ECHILD, "wait without children");
	is_int(status, 0x5a5a, "the status is left alone");
	fails(waitpid(getpid(), NULL, 0), ECHILD, "waiting for oneself");
	fails(waitpid(1 << 21, NULL, WNOHANG), ECHILD, "for no pid at all");
	fails(wait4(-1, NULL, ~0, NULL), EINVAL, "bad options");
}

static void test_choice(void)
{
	pid_t a, b;
	int status;

	a = child_exits(1);
	b = child_exits(2);
	is_int(waitpid(b, &status, 0), b, "the child asked for");
	is_exit(status, 2, "with its own code");
	is_int(wait(&status), a, "the other one by wait()");
	is_exit(status, 1, "with its own code");
	fails(waitpid(a, NULL, 0), ECHILD, "a child is reaped once");

	a = child_waits(3);
	is_int(waitpid(a, &status, WNOHANG), 0, "WNOHANG while it runs");
	open_gate();
	is_int(waitpid(0, &status, 0), a, "pid 0: any child of my group");
	is_int(wait4(-1, NULL, WNOHANG, NULL), -1, "WNOHANG without children");

	a = tap_fork();
	if (a == 0) {
		setpgid(0, 0);
		_exit(4);
	}
	setpgid(a, a);
	is_int(waitpid(-a, &status, 0), a, "by negative process group");
}

static void test_stop_and_continue(void)
{
	pid_t a = child_waits(5);
	siginfo_t info = { 0 };
	int status;

	tap_kill(a, SIGSTOP);
	is_int(waitpid(a, &status, WUNTRACED), a, "WUNTRACED sees a stop");
	ok(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "status word");
	is_int(waitpid(a, &status, WUNTRACED | WNOHANG), 0, "once only");
	tap_kill(a, SIGCONT);
	is_int(waitid(P_PID, (id_t)a, &info, WCONTINUED | WNOWAIT), 0, "WNOWAIT looks");
	is_int(info.si_code, CLD_CONTINUED, "and sees it go on");
	is_int(waitpid(a, &status, WCONTINUED), a, "WCONTINUED sees it go on");
	ok(WIFCONTINUED(status), "status word");
	tap_kill(a, SIGSTOP);
	is_int(waitpid(a, &status, WUNTRACED), a, "stopped again");
	tap_kill(a, SIGKILL);
	is_int(waitpid(a, &status, 0), a, "SIGKILL ends a stopped child");
	is_killed(status, SIGKILL, "status word");
}

static void test_waitid(void)
{
	siginfo_t info = { 0 };
	pid_t a = child_exits(6);

	is_int(waitid(P_PID, a, &info, WEXITED | WNOWAIT), 0, "WNOWAIT");
	is_int(info.si_pid, a, "si_pid");
	is_int(info.si_status, 6, "si_status");
	is_int(info.si_code, CLD_EXITED, "si_code");
	is_int(info.si_signo, SIGCHLD, "si_signo");
	is_int(waitid(P_ALL, 0, &info, WEXITED), 0, "still there to reap");
	fails(waitid(P_ALL, 0, &info, WEXITED), ECHILD, "and now gone");
	fails(waitid(P_PID, a, &info, 0), EINVAL, "no event asked for");
	fails(waitid(9, 0, &info, WEXITED), EINVAL, "bad idtype");

	a = child_waits(0);
	info.si_pid = 1;
	is_int(waitid(P_PID, a, &info, WEXITED | WNOHANG), 0, "WNOHANG");
	is_int(info.si_pid, 0, "si_pid 0 says: nothing yet");
	tap_kill(a, SIGTERM);
	waitid(P_PID, a, &info, WEXITED);
	is_int(info.si_code, CLD_KILLED, "killed");
	is_int(info.si_status, SIGTERM, "by SIGTERM");
}

/* Who has ended will not stop: there is nothing to sleep for. */
static void test_zombie_does_not_stop(void)
{
	siginfo_t info;
	pid_t a = child_exits(3), b;

	waitid(P_PID, a, &info, WEXITED | WNOWAIT);
	fails(waitid(P_PID, a, &info, WSTOPPED), ECHILD, "a zombie: WSTOPPED");
	if (!skip_under_qemu(1, "leaves the siginfo as it was"))
		is_int(info.si_pid, 0, "nobody is told of");
	fails(waitid(P_PID, a, &info, WCONTINUED | WNOHANG), ECHILD,
	      "WCONTINUED, WNOHANG");
	fails(waitid(P_ALL, 0, &info, WSTOPPED | WCONTINUED), ECHILD,
	      "no child but the zombie");
	fails(waitpid(a, NULL, __WCLONE), ECHILD, "no clone child");
	b = child_waits(0);
	is_int(waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG), 0,
	       "another child may still stop");
	tap_kill(b, SIGSTOP);
	is_int(waitid(P_ALL, 0, &info, WSTOPPED), 0, "and does");
	is_int(info.si_pid, b, "it is the one");
	tap_kill(b, SIGKILL);
	is_int(waitid(P_PID, b, &info, WEXITED | WSTOPPED), 0,
	       "a stopped child's end");
	is_int(waitpid(a, NULL, __WALL), a, "the zombie is there to reap");
}

/* The only child ends while its parent waits for it to stop. */
static int end_is_no_stop(void *unused TAP_UNUSED)
{
	siginfo_t info;
	pid_t pid = tap_fork();

	if (pid == 0) {
		usleep(50000);
		_exit(0);
	}
	return waitid(P_PID, pid, &info, WSTOPPED) != -1 || errno != ECHILD;
}

/* A child that burns CPU time until its clock has moved. */
static void test_rusage(void)
{
	struct rusage usage, now;
	pid_t a = tap_fork();

	if (a == 0) {
		do {
			for (volatile int i = 0; i < 100000; i++)
				;
			getrusage(RUSAGE_SELF, &now);
		} while (now.ru_utime.tv_sec == 0 &&
			 now.ru_utime.tv_usec < 20000);
		_exit(0);
	}
	memset(&usage, 0, sizeof(usage));
	is_int(wait4(a, NULL, 0, &usage), a, "wait4 with rusage");
	if (skip_under_qemu(1, "counts the host's time"))
		return;
	ok(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec >= 20000,
	   "reports at least the time that the child saw");
}

static int sleep_on(void *unused TAP_UNUSED)
{
	return pause();
}

/* Who waits for it is in the middle of those who wait. */
static void test_others_wait(void)
{
	pid_t child = start_sleeper(sleep_on, NULL), other = start_sleeper(sleep_on, NULL);
	struct waiter waiters[WAITERS_OF_CHILDREN];

	start_waiters_for(waiters, child, other, WUNTRACED);
	tap_kill(child, SIGSTOP);
	ok(has_waited(&waiters[CONCERNED]) && WIFSTOPPED(waiters[CONCERNED].status),
	   "a thread is told that a child has stopped, among others that wait");
	end_other_waiters(waiters, other);
	other = start_sleeper(sleep_on, NULL);
	start_waiters_for(waiters, child, other, 0);
	tap_kill(child, SIGKILL);
	ok(has_waited(&waiters[CONCERNED]) && WIFSIGNALED(waiters[CONCERNED].status),
	   "and that it has ended");
	end_other_waiters(waiters, other);
}

int main(void)
{
	plan(50 + 2);
	if (pipe(gate) < 0)
		bail_out("pipe");
	test_no_children();
	test_choice();
	test_stop_and_continue();
	test_waitid();
	test_zombie_does_not_stop();
	is_exit(in_child(end_is_no_stop, NULL), 0,
		"who waits for a stop hears that the last child has ended");
	test_others_wait();
	test_rusage();
	return done_testing();
}
