/*
 * tests/abi/prctl.c
 *
 * Claim    A process can have a signal when its parent ends, be the parent of
 *          the orphans below it, give up that exec gives rights, ask for
 *          its capabilities, and say how late its waits may end; all of it
 *          inherited as Linux does.
 * Method   The calls, in children where they stay; grandchildren that lose
 *          their parent.
 * Oracle   Linux. Capabilities are looked at as root only.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>

static void test_values(void)
{
	int value = -1;

	is_int(prctl(PR_GET_PDEATHSIG, &value), 0, "PR_GET_PDEATHSIG");
	is_int(value, 0, "none at first");
	fails(prctl(PR_SET_PDEATHSIG, 65), EINVAL, "no such signal");
	is_int(prctl(PR_SET_PDEATHSIG, SIGUSR1), 0, "PR_SET_PDEATHSIG");
	prctl(PR_GET_PDEATHSIG, &value);
	is_int(value, SIGUSR1, "it is kept");
	is_int(prctl(PR_SET_PDEATHSIG, 0), 0, "and taken back");
	fails(prctl(PR_GET_PDEATHSIG, (void *)-1), EFAULT, "a bad address");
	if (!skip_under_qemu(2, "PR_SET_CHILD_SUBREAPER is refused")) {
		is_int(prctl(PR_SET_CHILD_SUBREAPER, 1), 0,
		       "PR_SET_CHILD_SUBREAPER");
		prctl(PR_GET_CHILD_SUBREAPER, &value);
		is_int(value, 1, "it is kept");
		prctl(PR_SET_CHILD_SUBREAPER, 0);
	}
	fails(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL,
	      "privileges cannot come back");
	fails(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0), EINVAL,
	      "unused arguments are 0");
	is_int(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0, "not set");
	fails(prctl(PR_SET_KEEPCAPS, 2), EINVAL, "PR_SET_KEEPCAPS of 2");
	is_int(prctl(PR_GET_KEEPCAPS), 0, "not set");
	fails(prctl(12345), EINVAL, "no such option");
	fails(prctl(PR_CAPBSET_READ, 1000), EINVAL, "no such capability");
}

static int keep_no_new_privs(void *unused TAP_UNUSED)
{
	int status;
	pid_t child;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 1;
	child = tap_fork();
	if (child == 0)
		_exit(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1);
	return waitpid(child, &status, 0) != child || status != 0;
}

static int slack_of_real_time(void *unused TAP_UNUSED)
{
	struct sched_param first = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &first) != 0)
		return 1;
	if (prctl(PR_SET_TIMERSLACK, 4321) != 0)
		return 2;
	return prctl(PR_GET_TIMERSLACK) != 0;
}

static int slack_of_child(void *unused TAP_UNUSED)
{
	if (prctl(PR_GET_TIMERSLACK) != 1234 || prctl(PR_SET_TIMERSLACK, 99))
		return 1;
	return prctl(PR_SET_TIMERSLACK, 0) || prctl(PR_GET_TIMERSLACK) != 1234;
}

static void test_timer_slack(void)
{
	int first = prctl(PR_GET_TIMERSLACK);

	ok(first > 0, "waits may be late by %d ns", first);
	is_int(prctl(PR_SET_TIMERSLACK, 1234), 0, "PR_SET_TIMERSLACK");
	is_int(prctl(PR_GET_TIMERSLACK), 1234, "it is kept");
	is_exit(in_child(slack_of_child, NULL), 0,
		"what a child had at first is what it falls back to");
	is_int(prctl(PR_SET_TIMERSLACK, 0), 0, "0 is back to the first");
	is_int(prctl(PR_GET_TIMERSLACK), first, "and so it is");
	if (geteuid() == 0)
		is_exit(in_child(slack_of_real_time, NULL), 0,
			"who is real-time has none");
	else
		skip(1, "not root");
}

/* A grandchild, whose parent ends at once, tells who its parent is then. */
static int become_parent(void *unused TAP_UNUSED)
{
	pid_t self = getpid(), child;
	int p[2], status, value = 7;
	char c;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || pipe(p) < 0)
		return 1;
	child = tap_fork();
	if (child == 0) {
		prctl(PR_GET_CHILD_SUBREAPER, &value);
		if (value != 0)
			_exit(1);
		if (tap_fork() == 0) {
			close(p[1]);
			if (read(p[0], &c, 1) != 1)
				_exit(2);
			_exit(getppid() == self ? 42 : 3);
		}
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || status != 0)
		return 2;
	if (write(p[1], "x", 1) != 1)
		return 3;
	if (wait(&status) < 0)
		return 4;
	return WIFEXITED(status) && WEXITSTATUS(status) == 42 ? 0 : 5;
}

/* A grandchild gets SIGUSR1 from its parent when that ends, and says so. */
static int hear_of_death(void *unused TAP_UNUSED)
{
	int up[2], down[2];
	siginfo_t info;
	sigset_t set;
	char c;

	if (pipe(up) < 0 || pipe(down) < 0)
		return 1;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (tap_fork() == 0) {
		if (tap_fork() == 0) {
			pid_t parent = getppid();

			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			if (write(down[1], "r", 1) != 1 ||
			    sigwaitinfo(&set, &info) != SIGUSR1 ||
			    info.si_code != SI_USER || info.si_pid != parent)
				_exit(1);
			_exit(write(up[1], "h", 1) != 1);
		}
		_exit(read(down[0], &c, 1) != 1);
	}
	close(up[1]);
	return read(up[0], &c, 1) == 1 && c == 'h' ? 0 : 2;
}

/* A grandchild, which is root, and its parent ends as a user. */
static int do_not_hear_of_death(void *unused TAP_UNUSED)
{
	int up[2], down[2];
	sigset_t set;
	char c;

	if (pipe(up) < 0 || pipe(down) < 0)
		return 1;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (tap_fork() == 0) {
		if (tap_fork() == 0) {
			pid_t parent = getppid();

			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			if (write(down[1], "r", 1) != 1)
				_exit(1);
			while (getppid() == parent)
				usleep(1000);
			sigpending(&set);
			_exit(write(up[1], sigismember(&set, SIGUSR1) ? "h" : "n",
				    1) != 1);
		}
		_exit(read(down[0], &c, 1) != 1 || setresuid(1000, 1000, 1000));
	}
	close(up[1]);
	return read(up[0], &c, 1) == 1 && c == 'n' ? 0 : 2;
}

static int set_fsuid(void)
{
	return syscall(SYS_setfsuid, 1000);
}

static int set_fsgid(void)
{
	return syscall(SYS_setfsgid, 1000);
}

static int set_egid(void)
{
	return syscall(SYS_setresgid, -1, 1000, -1);
}

static int lose_caps(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0 } };

	return syscall(SYS_capset, &header, none);
}

/* What is left of the wish when @arg has been called. */
static int wish_after(void *arg)
{
	int (*change)(void) = arg, left = 99;

	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	if (change() < 0)
		return 100;
	prctl(PR_GET_PDEATHSIG, &left);
	return left;
}

static void test_death(void)
{
	is_int(WEXITSTATUS(in_child(hear_of_death, NULL)), 0,
	       "a signal when the parent ends");
	if (geteuid() != 0) {
		skip(5, "not root");
		return;
	}
	if (!skip_under_qemu(1, "has a thread of its own, which stays root"))
		is_exit(in_child(do_not_hear_of_death, NULL), 0,
			"but not from one that might not send it");
	is_exit(in_child(wish_after, set_fsuid), 0, "no wish survives setfsuid()");
	is_exit(in_child(wish_after, set_fsgid), 0, "nor setfsgid()");
	is_exit(in_child(wish_after, set_egid), 0, "nor setresgid()");
	is_exit(in_child(wish_after, lose_caps), SIGUSR1,
		"it does that one may do less");
}

static void test_caps(void)
{
	struct __user_cap_header_struct header = { 0x1234, 0 };
	struct __user_cap_data_struct data[2];

	is_int(syscall(SYS_capget, &header, NULL), 0, "ask for the version");
	is_int(header.version, _LINUX_CAPABILITY_VERSION_3, "it is 3");
	header.version = 0x1234;
	fails(syscall(SYS_capget, &header, data), EINVAL, "an unknown version");
	header.version = _LINUX_CAPABILITY_VERSION_3;
	header.pid = -1;
	fails(syscall(SYS_capget, &header, data), EINVAL, "a bad pid");
	header.pid = 0;
	fails(syscall(SYS_capget, NULL, data), EFAULT, "a bad address");
	is_int(syscall(SYS_capget, &header, data), 0, "capget");
	is_int(syscall(SYS_capset, &header, data), 0,
	       "capset of what one has");
	if (geteuid() == 0)
		ok(data[0].effective & (1U << CAP_CHOWN), "root may chown");
	header.pid = 1;
	if (getpid() != 1)
		fails(syscall(SYS_capset, &header, data), EPERM,
		      "capset of another");
}

int main(void)
{
	test_values();
	if (!skip_under_qemu(7, "PR_SET_TIMERSLACK is of the host"))
		test_timer_slack();
	is_int(WEXITSTATUS(in_child(keep_no_new_privs, NULL)), 0,
	       "no new privileges, for ever");
	if (!skip_under_qemu(1, "PR_SET_CHILD_SUBREAPER is refused"))
		is_int(WEXITSTATUS(in_child(become_parent, NULL)), 0,
		       "the orphans below are one's own");
	test_death();
	test_caps();
	return done_testing();
}
