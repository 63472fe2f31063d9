/*
 * tests/abi/unshare.c
 *
 * Claim    After unshare() a process has descriptors and a current directory of its
 *          own, as they were; what threads share cannot be left, and what is not
 *          shared can. Namespaces are not for everybody.
 * Method   Children by clone() that share with their parent, leave, and change.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sched.h>
#include <sys/stat.h>

enum { PLACE = 3 };

/* A child of clone() with @flags: 0. */
static pid_t start(unsigned long flags)
{
	return tap_started(syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0));
}

static int end_of(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void test_files(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t pid = start(CLONE_FILES);

	if (pid == 0) {
		if (unshare(CLONE_FILES) < 0 || !is_open(fd))
			_exit(1);
		_exit(close(fd) < 0 || dup2(STDERR_FILENO, 99) < 0);
	}
	is_exit(end_of(pid), 0, "a child leaves the descriptors, which it has still");
	ok(is_open(fd), "what it closes is open here");
	ok(!is_open(99), "what it opens is not");
	close(fd);
}

static void test_place(void)
{
	char before[200], after[200];
	mode_t mask = umask(022);
	pid_t pid = start(CLONE_FS);

	if (pid == 0) {
		if (unshare(CLONE_FS) < 0 || umask(077) != 022)
			_exit(1);
		_exit(chdir("/dev") < 0);
	}
	ok(getcwd(before, sizeof(before)) != NULL, "here we are");
	is_exit(end_of(pid), 0, "a child leaves the place");
	ok(getcwd(after, sizeof(after)) != NULL && strcmp(before, after) == 0,
	   "where it goes we do not");
	is_int(umask(mask), 022, "nor have we its umask");
}

static void test_both(void)
{
	pid_t self = getpid(), pid = start(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM);

	if (pid == 0) {
		if (unshare(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM) < 0)
			_exit(1);
		_exit(syscall(SYS_kcmp, self, getpid(), PLACE, 0, 0) <= 0);
	}
	is_exit(end_of(pid), 0, "all at once");
}

static void test_nothing(void)
{
	is_int(unshare(0), 0, "nothing");
	is_int(unshare(CLONE_FS | CLONE_FILES), 0, "what nobody shares");
	is_int(unshare(CLONE_SIGHAND | CLONE_VM), 0, "nor of threads");
	fails(unshare(CLONE_PARENT), EINVAL, "what is no part of anybody");
}

static long try_clone(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

/* Without CAP_SYS_ADMIN none is made, whatever there are. */
static void test_namespaces(void)
{
	static const struct {
		unsigned long flag;
		const char *name;
	} kinds[] = {
		{ CLONE_NEWNS, "mounts" }, { CLONE_NEWUTS, "names of the machine" },
		{ CLONE_NEWIPC, "System V IPC" }, { CLONE_NEWPID, "processes" },
		{ CLONE_NEWNET, "networks" }, { CLONE_NEWCGROUP, "control groups" },
	};

	if (geteuid() == 0 && seteuid(65534) < 0)
		bail_out("seteuid: %s", strerror(errno));
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		fails(unshare(kinds[i].flag), EPERM, "%s, by nobody", kinds[i].name);
		fails(try_clone(kinds[i].flag), EPERM, "for a child");
	}
	fails(try_clone(CLONE_NEWNS | CLONE_FS), EINVAL, "mounts, and a place in others");
	if (getuid() == 0 && seteuid(0) < 0)
		bail_out("seteuid: %s", strerror(errno));
}

static void *try_threads(void *unused)
{
	fails(unshare(CLONE_VM), EINVAL, "a thread keeps the memory");
	fails(unshare(CLONE_SIGHAND), EINVAL, "the actions");
	fails(unshare(CLONE_THREAD), EINVAL, "and its process");
	return unused;
}

static void test_threads(void)
{
	pthread_t t;

	tap_thread(&t, NULL, try_threads, NULL);
	pthread_join(t, NULL);
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user: a process shares all or nothing");
	test_nothing();
	test_namespaces();
	test_files();
	test_place();
	test_both();
	test_threads();
	return done_testing();
}
