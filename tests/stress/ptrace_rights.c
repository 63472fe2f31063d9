/*
 * ptrace_rights.c - a user traces his process while it executes root's program.
 *
 * Claim:  a set-user-ID program has its owner's rights or a tracer without
 *         them, and never both, however closely SEIZE and exec meet.
 * Method: a process of a user's executes this program, which is root's and
 *         set-user-ID, again and again; other processes of the user try to seize
 *         it all the time.  What it can do, and who traces it, it says itself.
 * Oracle: who acts for root is traced by nobody; now and then one is, and acts
 *         for its user, and now and then one acts for root.  Who asked meanwhile
 *         has his answer.
 * -X:     root's own processes seize it.
 * Catches an exec that decides about the rights, and gives them, without
 *         keeping tracers away between: gets_rights of struct proc; one that
 *         forgets whom it has kept away.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include "../abi/libtrace.h"
#include "../libprogram.h"

#include <sys/stat.h>

enum { USER = 1000, SHARED_FD = 100 };
#define PROGRAM "/tmp/ptrace_rights_program"

/* Exit codes of the program. */
enum { IS_ROOTS = 10, IS_LED, IS_FREE, IS_BOTH, IS_AWAITED };

/* Of a file, which the program maps as well. */
static struct shared {
	volatile pid_t pid;
	volatile bool over;
	unsigned long roots, led; /* programs that were one or the other */
	struct {
		volatile bool waits;
		volatile unsigned long times;
	} asked[MAX_THREADS]; /* each tracer, for the answer to his request */
} *shared;

static void map_shared(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);
	if (shared == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
}

/* ---- the program ---- */

static bool is_answered(int tracer)
{
	unsigned long times = shared->asked[tracer].times;

	for (int i = 0; i < STUCK_LOOKS; i++) {
		if (!shared->asked[tracer].waits || shared->asked[tracer].times != times)
			return true;
		usleep(WATCH_MS * 1000);
	}
	return false;
}

/* Who has asked while the rights were decided has his answer when they are given. */
static bool all_are_answered(void)
{
	for (int i = 0; i < MAX_THREADS; i++)
		if (!is_answered(i))
			return false;
	return true;
}

static int be_new(void)
{
	bool root = geteuid() == 0;
	int tracer = 0;

	map_shared();
	if (!all_are_answered())
		return IS_AWAITED;
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

static bool seize(pid_t pid, long me)
{
	bool done;

	shared->asked[me].times++;
	shared->asked[me].waits = true;
	done = request(PTRACE_SEIZE, pid, 0, 0) == 0;
	shared->asked[me].waits = false;
	return done;
}

static void seize_all(long me)
{
	if (!stress.wrong)
		become_user();
	while (!shared->over && !stress_failed()) {
		pid_t pid = shared->pid;
		int status;

		if (pid == 0 || !seize(pid, me))
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
	stress_check(code != IS_AWAITED, "who asked to trace it during its exec waits on");
	stress_check(code >= IS_ROOTS && code <= IS_AWAITED, "wait status %#x", status);
	shared->roots += code == IS_ROOTS;
	shared->led += code == IS_LED;
}

static void run_worker(long me)
{
	if (me != 0) {
		seize_all(me);
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
	int fd;

	if (argc == 2 && strcmp(argv[1], "new") == 0)
		return be_new();
	if (argc == 2 && strcmp(argv[1], "between") == 0)
		return be_between();
	if (geteuid() != 0)
		skip_all("only root has a program with root's rights");
	stress_begin(argc, argv, 3, "a program has root's rights, or a user's tracer");
	fd = memfd_create("shared", MFD_CLOEXEC);
	if (ftruncate(fd, sizeof(*shared)) < 0 || dup2(fd, SHARED_FD) < 0)
		bail_out("shared: %s", strerror(errno));
	map_shared();
	copy_own_program(PROGRAM, 04755);
	stress_children(stress.threads, run_worker);
	unlink(PROGRAM);
	diag("for root: %lu, traced: %lu", shared->roots, shared->led);
	return stress_end();
}
