/*
 * tests/abi/ptrace_rights.c
 *
 * Claim    Who may look into a process's memory may trace it, and nobody else:
 *          not another user, nor the same one where the process has secrets;
 *          root may.  A set-user-ID program gets no rights from its file while
 *          its user traces it, is told not to trust its surroundings all the
 *          same, and gets them when root traces it; a child with more rights
 *          than its parent is not traced by that.  Of a program that its user may
 *          run and not read he sees nothing by tracing it.
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

/* ---- programs that may be run, and not read ---- */

static volatile long secret = 4711;
static int told[2];
static const char *dumpable;

/* The program that is executed: where to look, and then it is looked at. */
static int tell_secret(int fd, bool is_dumpable)
{
	const volatile long *at = &secret;

	if (!is_dumpable)
		prctl(PR_SET_DUMPABLE, 0);
	if (write(fd, &at, sizeof(at)) != sizeof(at))
		return 1;
	raise(SIGSTOP);
	return secret == 4711 ? 0 : 2;
}

static int exec_secret(void)
{
	char fd[12];

	snprintf(fd, sizeof(fd), "%d", told[1]);
	execl(PROGRAM, "program", fd, dumpable, NULL);
	return 93;
}

/* 0: its tracer has seen and changed it. */
static int look_into(pid_t unused TAP_UNUSED)
{
	int result = 0;
	long at;
	pid_t pid;

	if (pipe(told) != 0)
		return 94;
	pid = start_traced(exec_secret);
	request(PTRACE_CONT, pid, 0, 0);
	if (next_stop(pid) != SIGTRAP)
		return 95;
	request(PTRACE_CONT, pid, 0, 0);
	if (next_stop(pid) != SIGSTOP || read(told[0], &at, sizeof(at)) != sizeof(at))
		return 96;
	errno = 0;
	if (request(PTRACE_PEEKDATA, pid, at, 0) != 4711 || errno != 0)
		result = errno;
	if (request(PTRACE_POKEDATA, pid, at, 4712) != 0 && errno != result)
		result = 97;
	request(PTRACE_CONT, pid, 0, 0);
	if (next_stop(pid) != (result == 0 ? -(2 << 8) : 0))
		result = 98;
	return result;
}

static int look_as(unsigned user, mode_t mode, const char *is_dumpable)
{
	int result;

	dumpable = is_dumpable;
	copy_own_program(PROGRAM, mode);
	result = as_user(user, look_into, 0);
	unlink(PROGRAM);
	return result;
}

static void test_unreadable(void)
{
	is_int(look_as(USER, 0755, "1"), 0, "a tracer sees the program that was executed");
	is_int(look_as(USER, 0711, "1"), EIO, "not one that he might not read");
	is_int(look_as(USER, 0755, "0"), EIO, "nor one that has become secret");
	is_int(look_as(0, 0711, "0"), 0, "root does");
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
	if (argc > 2)
		return tell_secret(atoi(argv[1]), atoi(argv[2]));
	if (argc > 1)
		return strcmp(argv[1], "rights") == 0 ? say_rights() : 89;
	no_ptrace_here();
	if (geteuid() != 0)
		skip_all("needs root");
	test_who_may();
	test_set_id();
	test_unreadable();
	is_int(as_user(0, parent_with_less, 0), EPERM,
	       "who has more rights than his parent is not traced by it");
	return done_testing();
}
