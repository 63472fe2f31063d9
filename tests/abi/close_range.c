/*
 * tests/abi/close_range.c
 *
 * Claim    close_range() closes what is open in a range of numbers, or marks it
 *          to be closed by exec; before that it may leave the table of
 *          descriptors to those who share it.
 * Method   Descriptors with holes between them; a child that shares them.
 * Oracle   Linux, from 5.11 on.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <limits.h>
#include <sched.h>
#include <sys/mman.h>

enum { UNSHARE = 2, CLOEXEC = 4 };

static long range(unsigned first, unsigned last, unsigned flags)
{
	return syscall(SYS_close_range, first, last, flags);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void open_at(int fd)
{
	if (dup2(STDERR_FILENO, fd) != fd)
		bail_out("dup2: %s", strerror(errno));
}

static void test_close(void)
{
	open_at(50);
	open_at(53);
	open_at(55);
	is_int(range(50, 54, 0), 0, "a range with holes");
	ok(!is_open(50) && !is_open(53) && is_open(55), "is closed, and no more");
	is_int(range(60, 70, 0), 0, "one of nothing");
	open_at(60);
	is_int(range(55, UINT_MAX, 0), 0, "up to the end");
	ok(!is_open(55) && !is_open(60) && is_open(STDERR_FILENO), "is closed");
	fails(range(54, 50, 0), EINVAL, "one that ends before it begins");
	fails(range(50, 54, 1), EINVAL, "an unknown flag");
}

static void test_cloexec(void)
{
	open_at(50);
	open_at(52);
	is_int(range(50, 51, CLOEXEC), 0, "to be closed by exec");
	is_int(fcntl(50, F_GETFD), FD_CLOEXEC, "so it is marked");
	is_int(fcntl(52, F_GETFD), 0, "and not its neighbour");
	is_int(range(50, 52, UNSHARE), 0, "a table that nobody shares");
	ok(!is_open(50) && !is_open(52), "is cleared all the same");
}

struct shared_work {
	unsigned flags;
	char stack[1 << 16] __attribute__((aligned(16)));
};

/* With the table of its parent. */
static int close_shared(void *arg)
{
	const struct shared_work *work = arg;
	int fd;

	if (range(50, 50, work->flags) != 0)
		return 1;
	if (is_open(50))
		return 2;
	fd = dup(STDERR_FILENO); /* of whose table? */
	return fd < 0 ? 3 : 0;
}

static int in_sharing_child(unsigned flags)
{
	struct shared_work *work = mmap(NULL, sizeof(*work), PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	work->flags = flags;
	pid = tap_started(clone(close_shared, work->stack + sizeof(work->stack),
				CLONE_FILES | SIGCHLD, work));
	waitpid(pid, &status, 0);
	munmap(work, sizeof(*work));
	return status;
}

static void test_unshare(void)
{
	int next = dup(STDERR_FILENO);

	close(next);
	open_at(50);
	is_exit(in_sharing_child(UNSHARE), 0, "a child leaves the table, and closes");
	ok(is_open(50), "what its parent has open still");
	ok(!is_open(next), "and opens where that sees nothing");
	is_exit(in_sharing_child(0), 0, "one that stays");
	ok(!is_open(50) && is_open(next), "is seen");
	close(next);
}

int main(void)
{
	if (range(70, 71, 0) != 0 && errno == ENOSYS)
		skip_all("no close_range()");
	test_close();
	if (!skip_under_qemu(5 + 5, "no flags of close_range()")) {
		test_cloexec();
		test_unshare();
	}
	return done_testing();
}
