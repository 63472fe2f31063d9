/*
 * tests/abi/pid_max.c
 *
 * Claim    kernel.ns_last_pid says behind which number the next is looked for.
 *          kernel.pid_max says below which number new processes are, as soon as
 *          it is changed; it is 301 at least.  The number of who has led a
 *          session is free again when that is over, however it lost its terminal.
 * Method   More processes than there are numbers below a small bound, one after
 *          the other.
 * Oracle   Linux.  Tried on drover alone, for it is said for the whole machine.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

enum { FEW = 400 };

static const char *const pid_max = "/proc/sys/kernel/pid_max";

/* 0, or -1 with errno. */
static int set_max(long n)
{
	int fd = open(pid_max, O_WRONLY | O_CLOEXEC), done, err;

	if (fd < 0)
		return -1;
	done = dprintf(fd, "%ld\n", n);
	err = errno;
	close(fd);
	errno = err;
	return done > 0 ? 0 : -1;
}

/* The highest number of @n children, one after the other. */
static pid_t highest_of(int n)
{
	pid_t highest = 0;

	while (n-- > 0) {
		pid_t pid = tap_fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
		if (pid > highest)
			highest = pid;
	}
	return highest;
}

static void *stay(void *unused TAP_UNUSED)
{
	for (;;)
		pause();
	return NULL;
}

static int make_threads(void *unused TAP_UNUSED)
{
	pthread_attr_t small;
	pthread_t thread;
	int made = 0, err = 0;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	while (made < FEW && err == 0)
		if ((err = pthread_create(&thread, &small, stay, NULL)) == 0)
			made++;
	return err == EAGAIN && made > 0 ? 0 : 1;
}

static int open_pair(int *master, int flags)
{
	*master = posix_openpt(O_RDWR | O_NOCTTY);
	if (*master < 0 || unlockpt(*master) < 0)
		return -1;
	return open(ptsname(*master), O_RDWR | flags);
}

/* A session loses its terminal, and its leader says that it does not want another
 * one either. */
static int lose_terminal(void)
{
	int master, other_master, slave, other;

	signal(SIGHUP, SIG_IGN);
	if (setsid() < 0)
		return 1;
	slave = open_pair(&master, 0);
	other = open_pair(&other_master, O_NOCTTY);
	if (slave < 0 || other < 0 || tcgetpgrp(slave) != getpid())
		return 2;
	close(master);
	return ioctl(other, TIOCNOTTY) == -1 && errno == ENOTTY ? 0 : 3;
}

/* Of those that are born next one has the number @pid. */
static bool is_given_again(pid_t pid)
{
	bool found = false;

	for (int i = 0; i < FEW && !found; i++) {
		pid_t child = tap_fork();

		if (child == 0)
			_exit(0);
		found = child == pid;
		waitpid(child, NULL, 0);
	}
	return found;
}

static void test_session(void)
{
	int status;
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(lose_terminal());
	waitpid(pid, &status, 0);
	is_exit(status, 0, "a session loses its terminal, and ends");
	ok_without_errno(is_given_again(pid), "its number is free then");
}

static const char *const last_pid = "/proc/sys/kernel/ns_last_pid";

static int set_last(long n)
{
	int fd = open(last_pid, O_WRONLY | O_CLOEXEC), done, err;

	if (fd < 0)
		return -1;
	done = dprintf(fd, "%ld", n);
	err = errno;
	close(fd);
	errno = err;
	return done > 0 ? 0 : -1;
}

/* Of /proc/PID. */
static ino_t inode_of(pid_t pid)
{
	char path[32];
	struct stat st = { 0 };

	snprintf(path, sizeof(path), "/proc/%d", pid);
	stat(path, &st);
	return st.st_ino;
}

/* A child that stays until it is killed. */
static pid_t stay_alone(void)
{
	pid_t pid = tap_fork();

	if (pid == 0)
		stay(NULL);
	return pid;
}

static void end(pid_t pid)
{
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Who comes after a number that was set has the next that is free: the one that
 * was borne by somebody else, and is not told to be him. */
static void test_last(void)
{
	pid_t first = stay_alone(), second;
	ino_t was = inode_of(first);

	ok(read_number(last_pid) >= first, "the last number is told");
	end(first);
	is_int(set_last(first - 1), 0, "and set back");
	second = stay_alone();
	is_int(second, first, "so a number is given again");
	ok(inode_of(second) != was, "to who is another");
	is_int(set_last(second - 1), 0, "set back while it is borne");
	first = stay_alone();
	ok(first > second, "another one is given");
	end(first);
	end(second);
	fails(set_last(-1), EINVAL, "no number below 0");
	if (seteuid(65534) < 0)
		bail_out("seteuid: %s", strerror(errno));
	fails(set_last(100), EPERM, "nobody sets it");
	if (seteuid(0) < 0)
		bail_out("seteuid: %s", strerror(errno));
}

int main(void)
{
	long before = read_number(pid_max);

	if ((!on_drover() && getenv("TEST_LOOP") == NULL) || getuid() != 0)
		skip_all("it would be changed for the whole machine");
	test_last();
	fails(set_max(300), EINVAL, "too few for the system itself");
	fails(set_max(before + 1), EINVAL, "more than there are numbers");
	is_int(set_max(FEW), 0, "a small bound");
	is_int(read_number(pid_max), FEW, "is told");
	ok_without_errno(highest_of(2 * FEW) < FEW, "all new processes are below it");
	test_session();
	is_exit(in_child(make_threads, NULL), 0,
		"a thread for which there is no number is not made");
	is_int(set_max(before), 0, "the old bound");
	ok_without_errno(highest_of(2 * FEW) > FEW, "and there are numbers above again");
	return done_testing();
}
