/*
 * tests/abi/kcmp.c
 *
 * Claim    kcmp() tells whether two descriptors, of one process or of two, are the
 *          same open file, and whether two processes share memory, descriptors,
 *          a current directory, signal actions or what is undone to semaphores;
 *          what is different has an order.
 * Method   Files opened once and twice; children that share and that do not.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sched.h>

enum { ONE_FILE, MEMORY, FILES, PLACE, ACTIONS, DISKS, UNDOS };

static long compare(pid_t a, pid_t b, int type, unsigned long x, unsigned long y)
{
	return syscall(SYS_kcmp, a, b, type, x, y);
}

static void test_files(void)
{
	pid_t self = getpid();
	int a = open("/dev/null", O_RDONLY | O_CLOEXEC), same = dup(a);
	int b = open("/dev/null", O_RDONLY | O_CLOEXEC);
	long less = compare(self, self, ONE_FILE, a, b);

	is_int(compare(self, self, ONE_FILE, a, same), 0, "a descriptor and its double");
	ok(less == 1 || less == 2, "a file opened twice is two");
	is_int(compare(self, self, ONE_FILE, b, a), 3 - less, "which have an order");
	fails(compare(self, self, ONE_FILE, a, 1000), EBADF, "one that is not open");
	close(a);
	close(b);
	close(same);
}

/* A child of clone() with @flags that waits for the end of its input. */
static pid_t start(unsigned long flags, int p[2])
{
	pid_t pid;
	char c;

	if (pipe2(p, O_CLOEXEC) < 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_started(syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0));
	if (pid == 0) {
		if (!(flags & CLONE_FILES))
			close(p[1]);
		_exit(read(p[0], &c, 1) < 0);
	}
	return pid;
}

static void end(pid_t pid, int p[2])
{
	if (write(p[1], "x", 1) != 1)
		diag("%s", strerror(errno));
	waitpid(pid, NULL, 0);
	close(p[0]);
	close(p[1]);
}

static void test_processes(void)
{
	pid_t self = getpid(), pid;
	int p[2];

	pid = start(0, p);
	is_int(compare(self, pid, ONE_FILE, p[0], p[0]), 0, "a file that was inherited");
	ok(compare(self, pid, ONE_FILE, p[0], STDOUT_FILENO) > 0, "another one");
	ok(compare(self, pid, MEMORY, 0, 0) > 0, "memory is copied");
	ok(compare(self, pid, FILES, 0, 0) > 0, "and descriptors");
	ok(compare(self, pid, PLACE, 0, 0) > 0, "and the current directory");
	ok(compare(self, pid, ACTIONS, 0, 0) > 0, "and signal actions");
	end(pid, p);
	is_int(compare(self, self, MEMORY, 0, 0), 0, "a process with itself");
	fails(compare(self, pid, MEMORY, 0, 0), ESRCH, "with one that is gone");
	is_int(compare(self, self, DISKS, 0, 0), 0, "the queues of disks");
	fails(compare(self, self, 8, 0, 0), EINVAL, "an unknown kind");
	fails(compare(self, self, -1, 0, 0), EINVAL, "and another");
}

static void test_sharing(void)
{
	pid_t self = getpid(), pid;
	int p[2];

	pid = start(CLONE_FILES | CLONE_FS, p);
	is_int(compare(self, pid, FILES, 0, 0), 0, "descriptors that are shared");
	is_int(compare(self, pid, PLACE, 0, 0), 0, "a current directory that is");
	ok(compare(self, pid, MEMORY, 0, 0) > 0, "but not memory");
	end(pid, p);
}

/* Of semaphores: there is none before the first SEM_UNDO, or the first child
 * that shares it. */
static void test_undos(void)
{
	pid_t self = getpid(), pid;
	int p[2];

	is_int(compare(self, getppid(), UNDOS, 0, 0), 0, "nobody has what is undone");
	pid = start(CLONE_SYSVSEM, p);
	is_int(compare(self, pid, UNDOS, 0, 0), 0, "what is undone is shared");
	end(pid, p);
	pid = start(0, p);
	ok(compare(self, pid, UNDOS, 0, 0) > 0, "or not");
	end(pid, p);
}

static int of_another(void *arg)
{
	(void)arg;
	if (setresuid(4242, 4242, 4242) < 0)
		return 99;
	return compare(getpid(), getppid(), MEMORY, 0, 0) == -1 && errno == EPERM ? 0 : 1;
}

int main(void)
{
	test_files();
	test_processes();
	if (!skip_under_qemu(3, "shares all or nothing"))
		test_sharing();
	if (!skip_under_qemu(3, "shares all or nothing"))
		test_undos();
	if (getuid() != 0)
		skip(1, "only root has somebody else's");
	else
		is_exit(in_child(of_another, NULL), 0, "of another user's: EPERM");
	return done_testing();
}
