/*
 * tests/stress/stop_told.c
 *
 * Claim    A stop or an end that wait() finds has been told by a signal before:
 *          who waits because of SIGCHLD, and who asks without, see the same order.
 * Method   The parent, who blocks SIGCHLD, stops a child and asks again and
 *          again, without waiting, until it learns of the stop. Then SIGCHLD is
 *          pending. It lets the child go on, and takes what it is told of that.
 *          Then the same with another child that ends.
 * Catches  A stop or an end that is told without the lock of the parent: the
 *          parent finds it between the note and the signal. Seen so, both, in
 *          the first rounds.
 * -X       The parent does not want to be told of stops (SA_NOCLDSTOP).
 */
#include "libstress.h"

static void nothing(int sig TAP_UNUSED)
{
}

static void prepare(sigset_t *only_child)
{
	struct sigaction sa = { .sa_handler = nothing,
				.sa_flags = stress.wrong ? SA_NOCLDSTOP : 0 };

	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(only_child);
	sigaddset(only_child, SIGCHLD);
	sigprocmask(SIG_BLOCK, only_child, NULL);
}

static bool is_told(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGCHLD);
}

static void stop_and_look(pid_t pid, const sigset_t *only_child)
{
	int status;
	pid_t found;

	tap_kill(pid, SIGSTOP);
	do
		found = waitpid(pid, &status, WUNTRACED | WNOHANG);
	while (found == 0);
	bool told = is_told();

	stress_check(found == pid && WIFSTOPPED(status), "wait status %#x", status);
	stress_check(told, "a stop was found, and had not been told");
	if (told)
		sigwaitinfo(only_child, NULL);
}

/* A child that ends, asked for until it is found. */
static void end_and_look(const sigset_t *only_child)
{
	int status;
	pid_t found, pid = tap_fork();

	if (pid == 0)
		_exit(0);
	do
		found = waitpid(pid, &status, WNOHANG);
	while (found == 0);
	bool told = is_told();

	stress_check(found == pid && status == 0, "wait status %#x", status);
	stress_check(told, "an end was found, and had not been told");
	if (told)
		sigwaitinfo(only_child, NULL);
}

static void go_on(pid_t pid, const sigset_t *only_child)
{
	siginfo_t info = { 0 };
	int status;

	tap_kill(pid, SIGCONT);
	if (!stress.wrong)
		sigwaitinfo(only_child, &info);
	stress_check(stress.wrong || info.si_code == CLD_CONTINUED,
		     "told of %d", info.si_code);
	waitpid(pid, &status, WCONTINUED);
}

int main(int argc, char **argv)
{
	sigset_t only_child;
	pid_t pid;

	stress_begin(argc, argv, 1, "what is found has been told before");
	prepare(&only_child);
	pid = tap_fork();
	if (pid == 0)
		for (;;)
			pause();
	while (stress_go_on()) {
		stop_and_look(pid, &only_child);
		go_on(pid, &only_child);
		end_and_look(&only_child);
		stress_round();
	}
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return stress_end();
}
