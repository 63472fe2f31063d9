/*
 * tests/abi/clone.c
 *
 * Claim    The clone calls do what their flags say: what is shared, where
 *          thread ids are stored, whom SIGCHLD goes to, which handlers stay;
 *          vfork() holds the parent until the child is done.
 * Method   Raw clone() and clone3() with single flags.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static char stack[65536] __attribute__((aligned(16)));
static char *const stack_top = stack + sizeof(stack);
static volatile int shared_word;

static int set_word(void *value)
{
	shared_word = (int)(long)value;
	return 5;
}

static int close_fd(void *fd)
{
	return close(*(int *)fd) != 0;
}

static int go_to_root(void *unused TAP_UNUSED)
{
	return chdir("/") != 0;
}

enum { LAST_SIGNAL = 64 };

static int finish(pid_t pid)
{
	int status = -1;

	if (waitpid(tap_started(pid), &status, __WALL) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_sharing(void)
{
	int fd = open("/dev/null", O_RDONLY);
	char here[500], now[500];

	shared_word = 0;
	is_int(finish(clone(set_word, stack_top, SIGCHLD, (void *)1)), 5,
	       "a child with its own stack");
	is_int(shared_word, 0, "and its own memory");
	if (skip_under_qemu(6, "allows a thread's flags or a fork's"))
		return;
	is_int(finish(clone(set_word, stack_top, CLONE_VM | SIGCHLD,
			    (void *)2)), 5, "CLONE_VM");
	is_int(shared_word, 2, "shares memory");
	finish(clone(close_fd, stack_top, SIGCHLD, &fd));
	is_int(fcntl(fd, F_GETFD), 0, "files are copied");
	finish(clone(close_fd, stack_top, CLONE_FILES | SIGCHLD, &fd));
	fails(fcntl(fd, F_GETFD), EBADF, "CLONE_FILES shares them");
	if (!getcwd(here, sizeof(here)))
		bail_out("getcwd");
	finish(clone(go_to_root, stack_top, SIGCHLD, NULL));
	ok(getcwd(now, sizeof(now)) && strcmp(here, now) == 0,
	   "the directory is copied");
	finish(clone(go_to_root, stack_top, CLONE_FS | SIGCHLD, NULL));
	ok(getcwd(now, sizeof(now)) && strcmp("/", now) == 0,
	   "CLONE_FS shares it");
	if (chdir(here) < 0)
		bail_out("chdir");
}

static int wait_for_word(void *unused TAP_UNUSED)
{
	while (!shared_word)
		usleep(500);
	return 0;
}

static void test_ids(void)
{
	pid_t parent_tid = 0, pid;
	pid_t *child_tid = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	pid = tap_started(clone(set_word, stack_top, CLONE_PARENT_SETTID |
				SIGCHLD, NULL, &parent_tid));
	if (!skip_under_qemu(1, "stores it in the child only"))
		is_int(parent_tid, pid, "CLONE_PARENT_SETTID");
	finish(pid);
	pid = tap_started(clone(set_word, stack_top, CLONE_CHILD_SETTID |
				SIGCHLD, NULL, NULL, NULL, child_tid));
	finish(pid);
	is_int(*child_tid, pid, "CLONE_CHILD_SETTID");
	if (skip_under_qemu(1, "allows a thread's flags or a fork's"))
		return;
	*child_tid = 77;
	shared_word = 0;
	pid = tap_started(clone(wait_for_word, stack_top, CLONE_VM | SIGCHLD |
				CLONE_CHILD_CLEARTID, NULL, NULL, NULL,
				child_tid));
	shared_word = 1;
	finish(pid);
	is_int(*child_tid, 0, "CLONE_CHILD_CLEARTID");
}

static volatile int nr_sigusr1;

static void on_signal(int sig TAP_UNUSED)
{
	nr_sigusr1++;
}

static void test_exit_signal(void)
{
	pid_t pid;

	signal(SIGUSR1, on_signal);
	pid = tap_started(clone(set_word, stack_top, SIGUSR1, NULL));
	fails(waitpid(pid, NULL, 0), ECHILD,
	      "a child without SIGCHLD is no common child");
	is_int(finish(pid), 5, "__WALL finds it");
	is_int(nr_sigusr1, 1, "its end sends the signal asked for");
	pid = tap_started(clone(set_word, stack_top, 0, NULL));
	is_int(waitpid(pid, NULL, __WCLONE), pid, "__WCLONE finds only such");
}

/* The same, and something behind it. */
static void *larger(const struct clone_args *args)
{
	static uint64_t words[1024];

	memcpy(words, args, sizeof(*args));
	words[sizeof(*args) / sizeof(words[0])] = 1;
	return words;
}

static void test_clone3(void)
{
	struct clone_args args = { .flags = CLONE_PARENT_SETTID,
				   .exit_signal = SIGCHLD };
	pid_t tid = 0;
	long pid;

	args.parent_tid = (uint64_t)&tid;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(5);
	if (pid < 0 && errno == ENOSYS) {
		skip(6, "no clone3");
		return;
	}
	is_int(finish(pid), 5, "clone3() as fork");
	is_int(tid, pid, "with its id stored");
	fails(syscall(SYS_clone3, &args, 8), EINVAL, "too small a struct");
	fails(syscall(SYS_clone3, larger(&args), sizeof(args) + 8), E2BIG,
	      "one with something that nobody knows");
	fails(syscall(SYS_clone3, larger(&args), 8192), E2BIG,
	      "one of more than a page");
	args.exit_signal = 200;
	fails(syscall(SYS_clone3, &args, sizeof(args)), EINVAL,
	      "a bad signal");
}

/* How SIGUSR1, SIGUSR2 and SIGHUP are taken: handled, ignored, by default. */
static int actions(void)
{
	static const int sigs[] = { SIGUSR1, SIGUSR2, SIGHUP };
	int seen = 0;

	for (int i = 0; i < 3; i++) {
		struct sigaction act;

		sigaction(sigs[i], NULL, &act);
		seen = seen * 3 + (act.sa_handler == SIG_IGN ? 1 :
				   act.sa_handler == SIG_DFL ? 0 : 2);
	}
	return seen;
}

static void nothing(int sig TAP_UNUSED)
{
}

static pid_t try_clone3(uint64_t flags, uint64_t exit_signal)
{
	struct clone_args args = { .flags = flags, .exit_signal = exit_signal };

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static void test_handlers(void)
{
	pid_t pid;

	signal(SIGUSR1, nothing);
	signal(SIGUSR2, SIG_IGN);
	pid = try_clone3(CLONE_CLEAR_SIGHAND, SIGCHLD);
	if (pid == 0)
		_exit(actions());
	is_int(finish(pid), 3, "CLONE_CLEAR_SIGHAND: no handler, and what is ignored stays so");
	is_int(actions(), 2 * 9 + 3, "the parent has its own");
	signal(SIGUSR1, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
	signal(SIGRTMAX, SIG_IGN);
	pid = try_clone3(0, LAST_SIGNAL);
	if (pid == 0)
		_exit(7);
	is_int(finish(pid), 7, "a child ends by signal 64");
	fails(try_clone3(0, LAST_SIGNAL + 1), EINVAL, "not by 65");
	fails(try_clone3(CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, SIGCHLD), EINVAL,
	      "a thread has no signal to end by");
	fails(try_clone3(CLONE_PARENT, SIGCHLD), EINVAL, "a sibling has ours");
	fails(try_clone3(CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM, SIGCHLD), EINVAL,
	      "handlers that are shared are not cleared");
}

static void test_vfork(void)
{
	volatile int word = 0;
	int status;
	pid_t pid = tap_started(vfork());

	if (pid == 0) {
		usleep(20000);
		word = 9;
		_exit(3);
	}
	is_int(word, 9, "vfork() holds the parent and shares its memory");
	waitpid(pid, &status, 0);
	is_exit(status, 3, "until the child is done");
}

/* Who shares the memory of a maker that waits may go on on the same stack. */
static void test_vfork_altstack(void)
{
	static char alternate[16384];
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	stack_t before;
	volatile int flags = -1;
	pid_t pid;

	sigaltstack(&stack, &before);
	pid = tap_started(vfork());
	if (pid == 0) {
		sigaltstack(NULL, &stack);
		flags = stack.ss_flags;
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	is_int(flags, 0, "its child has the alternate stack, too");
	sigaltstack(&before, NULL);
}

static volatile sig_atomic_t handled;

static void on_usr1(int sig TAP_UNUSED)
{
	handled = 1;
}

static void send_usr1(pid_t parent)
{
	usleep(20000);
	tap_kill_parent(parent, SIGUSR1);
	_exit(0);
}

/* The lab kernel's watchdog may not take it for a lost wake-up either: that
 * needs some seconds. */
static void test_vfork_signal(void)
{
	volatile int too_early = 1;
	pid_t self = getpid(), sender, pid;

	signal(SIGUSR1, on_usr1);
	sender = tap_fork();
	if (sender == 0)
		send_usr1(self);
	pid = tap_started(vfork());
	if (pid == 0) {
		usleep(on_drover() ? 9000000 : 100000);
		too_early = handled;
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	waitpid(sender, NULL, 0);
	ok(!too_early && handled, "a signal for the parent waits as long");
}

static void test_refusals(void)
{
	fails(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0), EINVAL,
	      "CLONE_THREAD needs CLONE_SIGHAND");
	fails(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0), EINVAL,
	      "CLONE_SIGHAND needs CLONE_VM");
	fails(syscall(SYS_clone, CLONE_FS | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0),
	      EINVAL, "CLONE_FS excludes CLONE_NEWNS");
}

int main(void)
{
	plan(8 + 3 + 4 + 6 + 7 + 4 + 3);
	test_sharing();
	test_ids();
	if (!skip_under_qemu(4, "only SIGCHLD"))
		test_exit_signal();
	test_clone3();
	if (!skip_under_qemu(7, "knows no clone3"))
		test_handlers();
	if (!skip_under_qemu(4, "forks instead")) {
		test_vfork();
		test_vfork_altstack();
		test_vfork_signal();
	}
	test_refusals();
	return done_testing();
}
