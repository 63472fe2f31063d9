/*
 * tests/abi/file_locks_ofd.c
 *
 * Claim    A record lock of an open file (F_OFD_SETLK) belongs to all who have
 *          that open, conflicts with those of processes and of other open
 *          files, and goes with the last descriptor. Two processes that wait
 *          for each other's record locks do not: the second is told EDEADLK.
 * Method   One file, opened twice; children that lock and wait.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sched.h>

#ifndef F_OFD_GETLK
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38
#endif

static char name[64];
static int one, two;

static int lock(int fd, int cmd, int type, long start, long len)
{
	struct flock l = { .l_type = type, .l_start = start, .l_len = len };

	return fcntl(fd, cmd, &l);
}

/* Whom a write lock of the first byte would meet; 0: nobody. */
static int met(int fd, int cmd)
{
	struct flock l = { .l_type = F_WRLCK, .l_len = 1 };

	if (fcntl(fd, cmd, &l) < 0)
		return -2;
	return l.l_type == F_UNLCK ? 0 : l.l_pid;
}

static void test_owner(void)
{
	struct flock with_pid = { .l_type = F_RDLCK, .l_pid = 1 };
	int copy;

	is_int(lock(one, F_OFD_SETLK, F_WRLCK, 0, 10), 0, "a file's lock");
	is_int(lock(one, F_OFD_SETLK, F_WRLCK, 5, 10), 0, "its own, again");
	fails(lock(two, F_OFD_SETLK, F_RDLCK, 0, 1), EAGAIN, "another file's");
	fails(lock(two, F_SETLK, F_RDLCK, 0, 1), EAGAIN, "the process's");
	is_int(met(two, F_OFD_GETLK), -1, "it belongs to no process");
	is_int(met(two, F_GETLK), -1, "says either");
	fails(fcntl(one, F_OFD_GETLK, &with_pid), EINVAL, "a process is named");
	fails(fcntl(one, F_OFD_SETLK, &with_pid), EINVAL, "to lock");
	close(open(name, O_RDWR));
	is_int(met(two, F_OFD_GETLK), -1, "another descriptor closed: it stays");
	copy = dup(one);
	close(one);
	is_int(met(two, F_OFD_GETLK), -1, "a copy has it");
	close(copy);
	is_int(met(two, F_OFD_GETLK), 0, "the last one closed: it is gone");
	one = open(name, O_RDWR);
	is_int(lock(one, F_SETLK, F_WRLCK, 0, 1), 0, "a process's lock");
	fails(lock(two, F_OFD_SETLK, F_WRLCK, 0, 1), EAGAIN,
	      "is in the way of a file's");
	is_int(met(two, F_OFD_GETLK), getpid(), "and says whose it is");
	is_int(lock(one, F_SETLK, F_UNLCK, 0, 1), 0, "given up");
}

static int inherit(void *unused TAP_UNUSED)
{
	return lock(one, F_OFD_SETLK, F_UNLCK, 0, 0) < 0;
}

static int wait_for_first(void *unused TAP_UNUSED)
{
	int own = open(name, O_RDWR);

	return lock(own, F_OFD_SETLKW, F_WRLCK, 0, 1) < 0;
}

static void test_child(void)
{
	pid_t pid;
	int status;

	is_int(lock(one, F_OFD_SETLK, F_WRLCK, 0, 1), 0, "a file's lock");
	is_exit(in_child(inherit, NULL), 0, "a child gives it up");
	is_int(met(two, F_OFD_GETLK), 0, "for all");
	is_int(lock(one, F_OFD_SETLK, F_WRLCK, 0, 1), 0, "locked");
	pid = tap_fork();
	if (pid == 0)
		_exit(wait_for_first(NULL));
	usleep(15000);
	is_int(lock(one, F_OFD_SETLK, F_UNLCK, 0, 1), 0, "given up");
	waitpid(pid, &status, 0);
	is_exit(status, 0, "who waits gets it");
}

/* Has byte @mine, says so, and wants byte @other when the others have theirs. */
static int cross(int mine, int other, int ready, int go)
{
	int fd = open(name, O_RDWR);
	char c = 0;

	if (lock(fd, F_SETLK, F_WRLCK, mine, 1) < 0)
		return 9;
	if (write(ready, &c, 1) != 1 || read(go, &c, 1) != 1)
		return 8;
	if (lock(fd, F_SETLKW, F_WRLCK, other, 1) == 0)
		return 0;
	return errno == EDEADLK ? 1 : 7;
}

/* @n processes in a circle: one of them is refused, the others get on. */
static void test_circle(int n)
{
	int ready[2], go[2], status, refused = 0, ended = 0;
	char c;

	if (pipe(ready) < 0 || pipe(go) < 0)
		bail_out("pipe");
	for (int i = 0; i < n; i++)
		if (tap_fork() == 0)
			_exit(cross(i, (i + 1) % n, ready[1], go[0]));
	for (int i = 0; i < n; i++)
		if (read(ready[0], &c, 1) != 1)
			bail_out("read");
	if (write(go[1], "123456789", (size_t)n) != n)
		bail_out("write");
	for (int i = 0; i < n; i++) {
		wait(&status);
		refused += WIFEXITED(status) && WEXITSTATUS(status) == 1;
		ended += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	is_int(refused, 1, "of %d who wait for each other one is refused", n);
	is_int(ended, n - 1, "and the others get their locks");
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	close(go[1]);
}

int main(void)
{
	snprintf(name, sizeof(name), "/tmp/file_locks_ofd.%d", getpid());
	one = open(name, O_RDWR | O_CREAT, 0600);
	two = open(name, O_RDWR);
	if (one < 0 || two < 0)
		bail_out("%s: %s", name, strerror(errno));
	test_owner();
	test_child();
	test_circle(2);
	test_circle(5);
	unlink(name);
	return done_testing();
}
