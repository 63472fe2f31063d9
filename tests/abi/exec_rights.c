/*
 * tests/abi/exec_rights.c
 *
 * Claim    exec gives a program the rights that its file says, tells it so,
 *          and whatever its caller shares with others ends there: nobody
 *          leads a program astray that has more rights than he has.
 * Method   This program, copied and given to another user, set-user-ID or
 *          not to be read, is run by a user who is not root; it answers by
 *          its exit status.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"
#include "../libprogram.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define USER 1000U
#define OTHER 2000U
#define DIR_NAME "/tmp/exec_rights"
#define PROGRAM DIR_NAME "/program"
#define MUCH_STACK (1L << 30)

/* ---- what the program that was run says ---- */

static int aux_says(unsigned uid, unsigned euid, unsigned secure)
{
	if (getauxval(AT_UID) != uid || getuid() != uid)
		return 1;
	if (getauxval(AT_EUID) != euid || geteuid() != euid)
		return 2;
	if (getauxval(AT_GID) != USER || getauxval(AT_EGID) != USER)
		return 3;
	return getauxval(AT_SECURE) != secure ? 4 : 0;
}

static int is_inspected(void)
{
	char path[40];
	int status;
	pid_t parent = getpid(), pid = tap_fork();

	if (pid == 0) {
		snprintf(path, sizeof(path), "/proc/%d/mem", parent);
		_exit(open(path, O_RDONLY) >= 0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 3;
	return status != 0 ? 1 : 0;
}

/* A child that chose SIGUSR1 for its parent outlives the parent's exec. */
static int end_after_exec(void)
{
	int status;

	if (write(atoi(getenv("GATE")), "", 1) != 1)
		return 1;
	return waitpid(-1, &status, __WALL) <= 0 || status != 0;
}

/* What the caller has chosen says how the program lies and when it gets a signal. */
static int is_led(void)
{
	char *page, on_stack;
	int sig = 0;

	prctl(PR_GET_PDEATHSIG, &sig);
	if (sig != 0)
		return 1;
	if (personality(0xffffffff) & ADDR_NO_RANDOMIZE)
		return 2;
	page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return on_drover() && &on_stack - page > MUCH_STACK / 2 ? 3 : 0;
}

static int is_told(void)
{
	int sig = 0;

	return prctl(PR_GET_PDEATHSIG, &sig) != 0 || sig != 0;
}

static int answer(const char *question)
{
	if (strcmp(question, "plain") == 0)
		return aux_says(USER, USER, 0);
	if (strcmp(question, "refused") == 0)
		return aux_says(USER, USER, 1);
	if (strcmp(question, "set") == 0)
		return aux_says(USER, OTHER, 1);
	if (strcmp(question, "inspected") == 0)
		return prctl(PR_GET_DUMPABLE) != 0 ? 2 : is_inspected();
	if (strcmp(question, "end") == 0)
		return end_after_exec();
	if (strcmp(question, "led") == 0)
		return is_led();
	if (strcmp(question, "told") == 0)
		return is_told();
	return 99;
}

/* ---- running it ---- */

static void set_program(unsigned owner, mode_t mode)
{
	if (chown(PROGRAM, owner, USER) || chmod(PROGRAM, mode))
		bail_out("chmod: %s", strerror(errno));
}

static void become_user(void)
{
	if (setgroups(0, NULL) || setgid(USER) || setuid(USER))
		_exit(90);
}

static int run(void *question)
{
	become_user();
	execl(PROGRAM, PROGRAM, question, NULL);
	return 91;
}

static int lead(void *question)
{
	struct rlimit stack = { MUCH_STACK, RLIM_INFINITY };

	become_user();
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
	personality(ADDR_NO_RANDOMIZE);
	setrlimit(RLIMIT_STACK, &stack);
	execl(PROGRAM, PROGRAM, question, NULL);
	return 91;
}

/* The ids are what they were, and not those of whoever began it. */
static int run_as_other(void *question)
{
	if (setgroups(0, NULL) || setgid(USER) || setresuid(USER, OTHER, OTHER))
		return 90;
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
	execl(PROGRAM, PROGRAM, question, NULL);
	return 91;
}

static long clone_with(unsigned long flags)
{
	return tap_started((pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0));
}

/* The user keeps the current directory of what he runs to himself. */
static int run_sharing_fs(void *question)
{
	int status;
	pid_t pid;

	become_user();
	pid = (pid_t)clone_with(CLONE_FS | SIGCHLD);
	if (pid == 0) {
		execl(PROGRAM, PROGRAM, question, NULL);
		_exit(92);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 93;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 94;
}

static int run_with_exit_signal(void *unused TAP_UNUSED)
{
	int status, closed_by_exec[2];
	pid_t pid;
	char c;

	signal(SIGUSR1, SIG_IGN);
	if (pipe2(closed_by_exec, O_CLOEXEC))
		return 95;
	become_user();
	pid = (pid_t)clone_with(SIGUSR1);
	if (pid == 0) {
		execl(PROGRAM, PROGRAM, "plain", NULL);
		_exit(92);
	}
	close(closed_by_exec[1]);
	if (read(closed_by_exec[0], &c, 1) != 0)
		return 96;
	/* Only who has SIGCHLD is found without __WCLONE. */
	if (waitpid(pid, &status, 0) != pid)
		return 93;
	return status != 0;
}

static int exec_before_child_ends(void *unused TAP_UNUSED)
{
	char number[12], c;
	int gate[2];
	pid_t pid;

	if (pipe(gate))
		return 95;
	become_user();
	pid = (pid_t)clone_with(SIGUSR1);
	if (pid == 0)
		_exit(read(gate[0], &c, 1) != 1);
	snprintf(number, sizeof(number), "%d", gate[1]);
	setenv("GATE", number, 1);
	execl(PROGRAM, PROGRAM, "end", NULL);
	return 91;
}

/* ---- several threads ---- */

static volatile int main_left;

static void *exec_as_thread(void *question)
{
	while (!main_left)
		sched_yield();
	execl(PROGRAM, PROGRAM, question, NULL);
	_exit(92);
}

/* The thread that calls exec had its own ids; its process had others. */
__attribute__((noreturn))
static int run_from_thread(void *question)
{
	pthread_t thread;

	become_user();
	tap_thread(&thread, NULL, exec_as_thread, question);
	main_left = 1;
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return answer(argv[1]);
	if (geteuid() != 0)
		skip_all("not root");
	if (under_qemu_user())
		skip_all("qemu-user: the host cannot exec riscv64 programs");
	plan(11);
	if (mkdir(DIR_NAME, 0755) && errno != EEXIST)
		bail_out("mkdir: %s", strerror(errno));
	copy_own_program(PROGRAM, 0700);
	set_program(OTHER, 0755);
	is_exit(in_child(run, "plain"), 0, "a plain program: the user's ids");
	is_exit(in_child(run_from_thread, "plain"), 0, "from another thread");
	is_exit(in_child(run_with_exit_signal, NULL), 0,
		"exec makes the exit signal SIGCHLD");
	is_exit(in_child(exec_before_child_ends, NULL), 0,
		"a child's exit signal does not reach the next program");
	set_program(OTHER, 04755);
	is_exit(in_child(run, "set"), 0, "set-user-ID: the owner's, and secure");
	is_exit(in_child(run_from_thread, "set"), 0, "from another thread");
	is_exit(in_child(run_sharing_fs, "refused"), 0,
		"no rights for who shares his current directory");
	is_exit(in_child(lead, "led"), 0,
		"nor does it keep what its caller has chosen for it");
	set_program(OTHER, 0755);
	is_exit(in_child(run_as_other, "told"), 0,
		"nor his signal, where it gets no rights that it had not");
	set_program(OTHER, 0711);
	is_exit(in_child(run, "plain"), 0, "a program need not be readable");
	is_exit(in_child(run, "inspected"), 0,
		"then nor is its memory, for its own user");
	unlink(PROGRAM);
	rmdir(DIR_NAME);
	return done_testing();
}
