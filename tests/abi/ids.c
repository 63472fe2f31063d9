/*
 * tests/abi/ids.c
 *
 * Claim    Pids, thread ids, users and groups, process groups and sessions
 *          follow Linux's rules.
 * Method   Every rule of setpgid() and setsid(); signals to groups; thread
 *          ids seen from several threads; user ids changed by root; as many
 *          groups as there may be, given in an order that is not theirs, and
 *          a file that the last of them may read.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <grp.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static void *tid_of_thread(void *unused TAP_UNUSED)
{
	return (void *)(long)gettid();
}

static void test_pids(void)
{
	pthread_t a;
	void *tid;

	is_int(gettid(), getpid(), "the first thread's id is the pid");
	tap_thread(&a, NULL, tid_of_thread, NULL);
	pthread_join(a, &tid);
	ok((long)tid != getpid() && (long)tid > 0, "another thread's is not");
	ok(getppid() > 0 || getpid() == 1, "there is a parent");
	is_int(syscall(SYS_set_tid_address, 0), gettid(),
	       "set_tid_address() gives the thread id");
}

static int gate[2], ready[2];

/* A child that waits; it writes a byte when it is there. */
static pid_t start_waiter(bool own_session)
{
	pid_t pid = tap_fork();
	char c = 0;

	if (pid == 0) {
		close(gate[1]);
		if (own_session)
			setsid();
		if (write(ready[1], &c, 1) != 1 || read(gate[0], &c, 1) < 0)
			_exit(1);
		_exit(0);
	}
	if (read(ready[0], &c, 1) != 1)
		bail_out("a child does not start");
	return pid;
}

static void test_groups(void)
{
	pid_t a = start_waiter(false), b = start_waiter(false), c;
	int status;

	is_int(getpgid(a), getpgrp(), "a child is in its parent's group");
	is_int(setpgid(a, 0), 0, "a group of its own");
	is_int(getpgid(a), a, "named by its pid");
	is_int(setpgid(b, a), 0, "another one joins it");
	fails(setpgid(b, 1 << 21), EPERM, "a group that does not exist");
	fails(setpgid(b, -1), EINVAL, "a negative group");
	fails(setpgid(1, 1), ESRCH, "a process that is no child");
	fails(getpgid(1 << 21), ESRCH, "no such process");
	c = start_waiter(true);
	is_int(getsid(c), c, "setsid() made a session");
	is_int(getpgid(c), c, "and a group");
	fails(setpgid(c, a), EPERM, "a session leader stays where it is");
	fails(setpgid(a, c), EPERM, "no group of another session");
	is_int(tap_kill_group(a, SIGTERM), 0, "a signal to the group");
	is_int(waitpid(a, &status, 0), a, "reaches one");
	is_killed(status, SIGTERM, "member");
	is_int(waitpid(b, &status, 0), b, "and the other");
	is_killed(status, SIGTERM, "member");
	is_int(waitpid(c, NULL, WNOHANG), 0, "but nobody else");
	fails(tap_kill_group(a, 0), ESRCH, "the group is gone with its members");
	tap_kill(c, SIGKILL);
	waitpid(c, NULL, 0);
}

static int setsid_twice(void *unused TAP_UNUSED)
{
	pid_t sid = setsid();

	if (sid != getpid() || getsid(0) != sid || getpgrp() != sid)
		return 1;
	return setsid() != -1 || errno != EPERM;
}

/* A child that has called exec may no longer be moved. */
static void test_exec_rule(void)
{
	char *argv[] = { "ids", "wait", NULL };
	pid_t pid = tap_fork();
	char c;

	if (pid == 0) {
		close(gate[1]);
		dup2(gate[0], 0);
		dup2(ready[1], 1);
		execv("/proc/self/exe", argv);
		_exit(1);
	}
	if (read(ready[0], &c, 1) != 1)
		bail_out("exec");
	fails(setpgid(pid, pid), EACCES, "a child that has called exec");
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int become_user(void *parent)
{
	uid_t r, e, s;

	if (setgroups(0, NULL) || setresgid(1001, 1001, 1001) ||
	    setresuid(1000, 1000, 1000))
		return 1;
	if (getuid() != 1000 || geteuid() != 1000 || getgid() != 1001)
		return 2;
	if (setuid(0) != -1 || errno != EPERM)
		return 3;
	if (getresuid(&r, &e, &s) || r != 1000 || e != 1000 || s != 1000)
		return 4;
	if (tap_kill_parent((pid_t)(long)parent, 0) != -1 || errno != EPERM)
		return 5;
	return setpgid(0, 0) != 0;
}

static int become_user_for_a_while(void *unused TAP_UNUSED)
{
	if (seteuid(1000) || geteuid() != 1000 || getuid() != 0)
		return 1;
	return seteuid(0) || geteuid() != 0;
}

/* The bare call, without what the C library does for the other threads. */
static void *lose_root_alone(void *unused TAP_UNUSED)
{
	bool lost = syscall(SYS_setresuid, 1000, 1000, 1000) == 0 &&
		    getuid() == 1000 && geteuid() == 1000;

	return (void *)(long)lost;
}

static int thread_ids(void *unused TAP_UNUSED)
{
	pthread_t a;
	void *lost;

	tap_thread(&a, NULL, lose_root_alone, NULL);
	pthread_join(a, &lost);
	return !lost || getuid() != 0 || geteuid() != 0;
}

static void *wait_to_tell_uid(void *pipe_end)
{
	char c;

	if (read((int)(long)pipe_end, &c, 1) != 1)
		return NULL;
	return (void *)(long)getuid();
}

static int library_changes_all(void *unused TAP_UNUSED)
{
	pthread_t a;
	int go[2];
	void *uid;

	if (pipe(go))
		return 1;
	tap_thread(&a, NULL, wait_to_tell_uid, (void *)(long)go[0]);
	if (setuid(1000) || write(go[1], "", 1) != 1)
		return 1;
	pthread_join(a, &uid);
	return (long)uid != 1000;
}

enum { MAX_GROUPS = 65536 };

static gid_t groups[MAX_GROUPS + 1], back[MAX_GROUPS];

/* Odd numbers, all of them, each once: the step and the count have no
 * divisor in common. */
static void fill_groups(void)
{
	for (unsigned i = 0; i < MAX_GROUPS; i++)
		groups[i] = 2 * (i * 40503U % MAX_GROUPS) + 1;
}

static bool groups_are_sorted(void)
{
	for (unsigned i = 0; i < MAX_GROUPS; i++)
		if (back[i] != 2 * i + 1)
			return false;
	return true;
}

static void make_file_of_group(const char *path, gid_t group)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0);

	if (fd < 0 || fchown(fd, 0, group) < 0 || fchmod(fd, 0040) < 0)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static int read_by_group(void *path)
{
	if (setgid(1000) || setuid(1000))
		return 2;
	return open(path, O_RDONLY) < 0;
}

static void test_supplementary_groups(void)
{
	static const char path[] = "/dev/shm/ids-group";

	fill_groups();
	is_int(setgroups(MAX_GROUPS, groups), 0, "65,536 groups");
	fails(setgroups(MAX_GROUPS + 1, groups), EINVAL, "one more");
	fails(setgroups(2, (gid_t *)8), EFAULT, "groups that are nowhere");
	is_int(getgroups(0, NULL), MAX_GROUPS, "they are as many");
	fails(getgroups(MAX_GROUPS - 1, back), EINVAL, "not a part of them");
	is_int(getgroups(MAX_GROUPS, back), MAX_GROUPS, "they come back");
	ok(groups_are_sorted(), "in their order");
	make_file_of_group(path, 2 * MAX_GROUPS - 1);
	is_exit(in_child(read_by_group, (void *)path), 0,
		"the last of them may read its file");
	make_file_of_group(path, MAX_GROUPS);
	is_exit(in_child(read_by_group, (void *)path), 1,
		"but not that of another group between them");
	unlink(path);
	is_int(setgroups(0, NULL), 0, "none again");
	is_int(getgroups(0, NULL), 0, "there is none");
}

int main(int argc, char **argv)
{
	char c = 0;

	if (argc > 1)		/* the program of test_exec_rule() */
		return write(1, argv[1], 1) != 1 || read(0, &c, 1) != 0;
	plan(40);
	if (pipe(gate) < 0 || pipe(ready) < 0)
		bail_out("pipe");
	test_pids();
	test_groups();
	is_exit(in_child(setsid_twice, NULL), 0, "a session leader stays one");
	if (!skip_under_qemu(1, "the host cannot exec riscv64 programs"))
		test_exec_rule();
	if (geteuid() == 0) {
		is_exit(in_child(become_user, (void *)(long)getpid()), 0,
			"root gives up root");
		is_exit(in_child(become_user_for_a_while, NULL), 0,
			"the effective user comes and goes");
		is_exit(in_child(thread_ids, NULL), 0,
			"each thread has its own ids");
		is_exit(in_child(library_changes_all, NULL), 0,
			"setuid() of the library changes all of them");
		test_supplementary_groups();
	} else {
		skip(15, "not root");
	}
	return done_testing();
}
