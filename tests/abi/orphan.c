/*
 * tests/abi/orphan.c
 *
 * Claim    A process whose parent dies gets a new parent that reaps it; a
 *          zombie stays until it is waited for, unless the parent said by
 *          SIG_IGN or SA_NOCLDWAIT that it does not care: also one that it
 *          gets as a zombie.
 * Method   Grandchildren report through a pipe after their parent is gone;
 *          zombies are looked at with kill(pid, 0) and /proc.
 * Oracle   Linux. Under a subreaper the new parent is not 1, so the test asks
 *          only that it is another.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/prctl.h>

static int out[2];

/* The state letter of /proc/PID/stat, 0 when there is no such process. */
static char state_of(pid_t pid)
{
	char path[40], text[300], *p;
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	p = strrchr(text, ')');
	return p ? p[2] : 0;
}

/* The middle process: leaves a child behind and ends. */
static int leave_orphan(void *unused TAP_UNUSED)
{
	pid_t me = getpid(), parents[2];

	if (tap_fork() == 0) {
		parents[0] = me;
		while (getppid() == me)
			usleep(1000);
		parents[1] = getppid();
		_exit(write(out[1], parents, sizeof(parents)) !=
		      sizeof(parents));
	}
	return 0;
}

static void test_orphan(void)
{
	pid_t parents[2] = { 0, 0 };

	is_exit(in_child(leave_orphan, NULL), 0, "the middle process ends");
	is_int(read(out[0], parents, sizeof(parents)), sizeof(parents),
	       "its child lives on");
	ok(parents[1] > 0 && parents[1] != parents[0], "with a new parent");
	ok(parents[1] != getpid(), "which is not its grandparent");
}

static void test_zombie(void)
{
	siginfo_t info;
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(3);
	waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
	is_int(tap_kill(pid, 0), 0, "a zombie can be signalled");
	is_int(state_of(pid), 'Z', "and shows as Z in /proc");
	is_int(waitpid(pid, NULL, 0), pid, "it is reaped");
	fails(tap_kill(pid, 0), ESRCH, "and its pid names nobody");
	is_int(state_of(pid), 0, "in /proc too");
}

/* With SIGCHLD ignored wait() blocks until all are gone, then says ECHILD. */
static int ignore_children(void *flags)
{
	struct sigaction act = { .sa_handler = SIG_IGN };
	pid_t pid[3];

	if (flags) {
		act.sa_handler = SIG_DFL;
		act.sa_flags = (int)(long)flags;
	}
	sigaction(SIGCHLD, &act, NULL);
	for (int i = 0; i < 3; i++) {
		pid[i] = tap_fork();
		if (pid[i] == 0)
			_exit(i);
	}
	if (wait(NULL) != -1 || errno != ECHILD)
		return 1;
	for (int i = 0; i < 3; i++)
		while (tap_kill(pid[i], 0) == 0)
			usleep(1000);	/* they go, if not at once */
	return errno != ESRCH;
}

/* A child that ends before its parent does, and is not waited for. */
static int leave_zombie(void *unused TAP_UNUSED)
{
	siginfo_t info;
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(0);
	return write(out[1], &pid, sizeof(pid)) != sizeof(pid) ||
	       waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
}

/* Who gets the zombies below does not care for any. */
static int get_zombie(void *unused TAP_UNUSED)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN },
			 usual = { .sa_handler = SIG_DFL };
	pid_t pid;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return 1;
	sigaction(SIGCHLD, &ignore, NULL);
	if (tap_fork() == 0) {
		sigaction(SIGCHLD, &usual, NULL);
		_exit(leave_zombie(NULL));
	}
	if (read(out[0], &pid, sizeof(pid)) != sizeof(pid))
		return 2;
	if (wait(NULL) != -1 || errno != ECHILD)
		return 3;
	return state_of(pid) != 0;
}

/* Leaves a child that was to tell its end by SIGUSR2, and ends with its new parent. */
static int leave_clone(void)
{
	pid_t me = getpid();
	pid_t pid = tap_started((pid_t)syscall(SYS_clone, SIGUSR2, 0, 0, 0, 0));

	if (pid == 0) {
		while (getppid() == me)
			usleep(1000);
		_exit(0);
	}
	return write(out[1], &pid, sizeof(pid)) != sizeof(pid);
}

static int get_clone(void *unused TAP_UNUSED)
{
	sigset_t set;
	pid_t middle, pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return 1;
	middle = tap_fork();
	if (middle == 0)
		_exit(leave_clone());
	if (read(out[0], &pid, sizeof(pid)) != sizeof(pid) ||
	    waitpid(middle, NULL, 0) != middle)
		return 2;
	if (waitpid(pid, NULL, 0) != pid)
		return 3;
	sigpending(&set);
	return sigismember(&set, SIGUSR2);
}

static volatile sig_atomic_t nr_sigchld, from, code;

static void on_sigchld(int sig TAP_UNUSED, siginfo_t *info, void *uc TAP_UNUSED)
{
	nr_sigchld++;
	from = info->si_pid;
	code = info->si_status;
}

static void test_sigchld(void)
{
	struct sigaction act = { .sa_sigaction = on_sigchld,
				 .sa_flags = SA_SIGINFO | SA_RESTART };
	pid_t pid;

	sigaction(SIGCHLD, &act, NULL);
	pid = tap_fork();
	if (pid == 0)
		_exit(9);
	is_int(waitpid(pid, NULL, 0), pid, "waitpid restarts after SIGCHLD");
	is_int(nr_sigchld, 1, "one SIGCHLD");
	is_int(from, pid, "from the child");
	is_int(code, 9, "with its exit code");
}

int main(void)
{
	plan(17);
	if (pipe(out) < 0)
		bail_out("pipe");
	test_orphan();
	test_zombie();
	is_exit(in_child(ignore_children, NULL), 0,
		"SIG_IGN: children are not kept");
	if (!skip_under_qemu(1, "drops SA_NOCLDWAIT"))
		is_exit(in_child(ignore_children, (void *)SA_NOCLDWAIT), 0,
			"SA_NOCLDWAIT: nor here");
	if (!skip_under_qemu(1, "PR_SET_CHILD_SUBREAPER is refused"))
		is_exit(in_child(get_zombie, NULL), 0,
			"nor is a zombie that one gets");
	if (!skip_under_qemu(1, "PR_SET_CHILD_SUBREAPER is refused"))
		is_exit(in_child(get_clone, NULL), 0,
			"who gets a child is told of it as of any");
	test_sigchld();
	return done_testing();
}
