/*
 * tests/abi/ptrace_rights.c
 *
 * Claim    Who may look into a process's memory may trace it, and nobody else:
 *          not another user, nor the same one where the process has secrets;
 *          root may.  A set-user-ID program gets no rights from its file while
 *          its user traces it, is told not to trust its surroundings all the
 *          same, and gets them when root traces it; a child with more rights
 *          than its parent is not traced by that.
 * Method   Root makes processes of two users; this program, set-user-ID, is
 *          executed and tells who it acts for.
 * Oracle   Linux. Skipped without root.
 */
#define _GNU_SOURCE
#include "libtrace.h"
#include "../libprogram.h"

#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define USER 1000U
#define OTHER 2000U
#define PROGRAM "/tmp/ptrace_rights"

static void become(unsigned user)
{
	if (setgid(user) != 0 || setuid(user) != 0)
		_exit(90);
}

/* What @fn says in a process of @user: its exit status. */
static int as_user(unsigned user, int (*fn)(pid_t), pid_t pid)
{
	pid_t child = tap_fork();
	int status;

	if (child == 0) {
		if (user != 0)
			become(user);
		_exit(fn(pid));
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* ---- who may ---- */

static int attach_to(pid_t pid)
{
	int status;

	if (request(PTRACE_SEIZE, pid, 0, 0) != 0)
		return errno;
	if (request(PTRACE_INTERRUPT, pid, 0, 0) != 0 ||
	    waitpid(pid, &status, __WALL) != pid)
		return 91;
	return request(PTRACE_DETACH, pid, 0, 0) != 0 ? 92 : 0;
}

/* A process of @user that has made itself @dumpable or not. */
static pid_t start_user(unsigned user, int dumpable)
{
	int told[2];
	char c;
	pid_t pid;

	if (pipe(told) != 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0) {
		become(user);
		prctl(PR_SET_DUMPABLE, dumpable);
		_exit(write(told[1], "", 1) == 1 ? sleep_on() : 1);
	}
	close(told[1]);
	if (read(told[0], &c, 1) != 1)
		bail_out("a child does not start");
	close(told[0]);
	return pid;
}

static void test_who_may(void)
{
	pid_t pid = start_user(USER, 1);

	is_int(as_user(USER, attach_to, pid), 0, "the same user may trace");
	is_int(as_user(OTHER, attach_to, pid), EPERM, "another may not");
	is_int(as_user(0, attach_to, pid), 0, "root may");
	finish(pid);
	pid = start_user(USER, 0);
	is_int(as_user(USER, attach_to, pid), EPERM,
	       "nor may the same one where there are secrets");
	is_int(as_user(0, attach_to, pid), 0, "root may");
	finish(pid);
	is_int(as_user(USER, attach_to, 1), EPERM, "process 1 is root's");
}

/* ---- set-user-ID programs ---- */

/* The program that is executed: who it acts for. */
static int say_rights(void)
{
	return (geteuid() == 0 ? 1 : 0) + (getauxval(AT_SECURE) ? 2 : 0);
}

static int exec_program(void)
{
	execl(PROGRAM, "program", "rights", NULL);
	return 93;
}

static int run_untraced(pid_t unused TAP_UNUSED)
{
	return exec_program();
}

static int lead(pid_t pid, bool let_go)
{
	int status;

	request(PTRACE_CONT, pid, 0, 0);
	if (waitpid(pid, &status, 0) != pid || status >> 8 != SIGTRAP)
		return 94;
	request(let_go ? PTRACE_DETACH : PTRACE_CONT, pid, 0, 0);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 95;
	return WEXITSTATUS(status);
}

static int run_traced(pid_t unused TAP_UNUSED)
{
	return lead(start_traced(exec_program), false);
}

static int run_let_go(pid_t unused TAP_UNUSED)
{
	return lead(start_traced(exec_program), true);
}

static int exec_as_user(void)
{
	raise(SIGSTOP);
	return exec_program();
}

/* A child of root's parent becomes USER, and is traced by root. */
static int start_as_user(void)
{
	become(USER);
	return exec_as_user();
}

static int run_traced_by_root(pid_t unused TAP_UNUSED)
{
	pid_t pid = start_free(start_as_user);
	int status;

	waitpid(pid, &status, WUNTRACED);
	if (request(PTRACE_SEIZE, pid, 0, 0) != 0)
		return 96;
	tap_kill(pid, SIGCONT);
	do {
		if (waitpid(pid, &status, 0) != pid)
			return 97;
		if (WIFSTOPPED(status))
			request(PTRACE_CONT, pid, 0, 0);
	} while (WIFSTOPPED(status));
	return WEXITSTATUS(status);
}

static void test_set_id(void)
{
	copy_own_program(PROGRAM, 04755);
	is_int(as_user(USER, run_untraced, 0), 3, "a program gets its owner's rights");
	is_int(as_user(USER, run_traced, 0), 2,
	       "not if its user traces it; but it is told to mind");
	is_int(as_user(USER, run_let_go, 0), 2, "nor when he lets it go then");
	is_int(run_traced_by_root(0), 3, "if root does, it gets them");
	unlink(PROGRAM);
}

/* ---- TRACEME ---- */

/* The parent has become USER, its child has stayed root. */
static int parent_with_less(pid_t unused TAP_UNUSED)
{
	int told[2], status;
	char c;
	pid_t pid;

	if (pipe(told) != 0)
		return 98;
	pid = tap_fork();
	if (pid == 0) {
		if (read(told[0], &c, 1) != 1)
			_exit(99);
		_exit(request(PTRACE_TRACEME, 0, 0, 0) == 0 ? 0 : errno);
	}
	become(USER);
	if (write(told[1], "", 1) != 1 || waitpid(pid, &status, 0) != pid)
		return 100;
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return strcmp(argv[1], "rights") == 0 ? say_rights() : 89;
	no_ptrace_here();
	if (geteuid() != 0)
		skip_all("needs root");
	test_who_may();
	test_set_id();
	is_int(as_user(0, parent_with_less, 0), EPERM,
	       "who has more rights than his parent is not traced by it");
	return done_testing();
}
