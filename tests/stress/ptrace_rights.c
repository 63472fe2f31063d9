/*
 * ptrace_rights.c - a user traces his process while it executes root's program.
 *
 * Claim:  a set-user-ID program has its owner's rights or a tracer without
 *         them, and never both, however closely SEIZE and exec meet.
 * Method: a process of a user's executes this program, which is root's and
 *         set-user-ID, again and again; other processes of the user try to seize
 *         it all the time.  What it can do, and who traces it, it says itself.
 * Oracle: who acts for root is traced by nobody; now and then one is, and acts
 *         for its user, and now and then one acts for root.
 * -X:     root's own processes seize it.
 * Catches an exec that decides about the rights, and gives them, without
 *         keeping tracers away between: gets_rights of struct proc.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include "../abi/libtrace.h"
#include "../libprogram.h"

#include <sys/stat.h>

enum { USER = 1000 };
#define PROGRAM "/tmp/ptrace_rights_program"

/* Exit codes of the program. */
enum { IS_ROOTS = 10, IS_LED, IS_FREE, IS_BOTH };

static struct shared {
	volatile pid_t pid;
	volatile bool over;
	unsigned long roots, led; /* programs that were one or the other */
} *shared;

/* ---- the program ---- */

static int be_new(void)
{
	bool root = geteuid() == 0;
	int tracer = 0;

	for (int i = 0; i < 5 && tracer == 0; i++) {
		status_of(getpid(), "TracerPid", &tracer);
		sched_yield();
	}
	if (root)
		return tracer != 0 ? IS_BOTH : IS_ROOTS;
	return tracer != 0 ? IS_LED : IS_FREE;
}

static void become_user(void)
{
	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		bail_out("setresuid: %s", strerror(errno));
}

/* It has changed its user, and nobody traces it before it is a new program. */
static void be_old(void)
{
	become_user();
	execl("/proc/self/exe", "ptrace_rights", "between", NULL);
	_exit(1);
}

/* Nothing to hide: from here on the user may trace it. */
static int be_between(void)
{
	for (volatile int n = getpid() * 37 % 4000; n > 0; n--)
		;
	execl(PROGRAM, "program", "new", NULL);
	return 1;
}

/* ---- tracers ---- */

static void seize_all(void)
{
	if (!stress.wrong)
		become_user();
	while (!shared->over && !stress_failed()) {
		pid_t pid = shared->pid;
		int status;

		if (pid == 0 || request(PTRACE_SEIZE, pid, 0, 0) != 0)
			continue;
		while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
			request(PTRACE_CONT, pid, 0, 0);
	}
}

/* ---- the parent ---- */

static void count_end(int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	stress_check(code != IS_BOTH, "a tracer leads a program that acts for root");
	stress_check(code >= IS_ROOTS && code <= IS_BOTH, "wait status %#x", status);
	shared->roots += code == IS_ROOTS;
	shared->led += code == IS_LED;
}

static void run_worker(long me)
{
	if (me != 0) {
		seize_all();
		return;
	}
	while (stress_go_on() ||
	       (!stress_failed() && (shared->roots == 0 || shared->led == 0))) {
		int status = 0;
		pid_t pid = tap_fork();

		if (pid == 0)
			be_old();
		shared->pid = pid;
		waitpid(pid, &status, 0);
		shared->pid = 0;
		count_end(status);
		stress_round();
	}
	shared->over = true;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "new") == 0)
		return be_new();
	if (argc == 2 && strcmp(argv[1], "between") == 0)
		return be_between();
	if (geteuid() != 0)
		skip_all("only root has a program with root's rights");
	stress_begin(argc, argv, 3, "a program has root's rights, or a user's tracer");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	copy_own_program(PROGRAM, 04755);
	stress_children(stress.threads, run_worker);
	unlink(PROGRAM);
	diag("for root: %lu, traced: %lu", shared->roots, shared->led);
	return stress_end();
}
