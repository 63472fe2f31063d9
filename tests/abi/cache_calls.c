/*
 * tests/abi/cache_calls.c
 *
 * Claim    cachestat() counts the pages of a file that are in memory, in the
 *          range that it is asked for; sync_file_range() and readahead() take
 *          what is a file with bytes of its own, and refuse ranges and flags
 *          that make no sense.
 * Method   Of a sparse file of a tmpfs it is known which pages there are.
 * Oracle   Linux, from 6.5 on for cachestat().
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>

enum { PAGE = 4096, CACHESTAT = 451 };

struct range {
	uint64_t offset, length;
};

struct counts {
	uint64_t cached, dirty, writeback, evicted, recently;
};

static void *volatile nowhere = (void *)8;

static int sparse_file(void)
{
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	static const long pages[] = { 0, 1, 2, 7, 300 };

	if (fd < 0)
		skip_all("/dev/shm: %s", strerror(errno));
	for (unsigned i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (pwrite(fd, "x", 1, pages[i] * PAGE + 100) != 1)
			bail_out("pwrite: %s", strerror(errno));
	return fd;
}

/* How many; or -errno. */
static long cached(int fd, uint64_t offset, uint64_t length)
{
	struct range range = { offset, length };
	struct counts c;

	memset(&c, 0xff, sizeof(c));
	if (syscall(CACHESTAT, fd, &range, &c, 0) != 0)
		return -errno;
	return c.evicted == 0 && c.writeback == 0 ? (long)c.cached : -1000;
}

static void test_cachestat(void)
{
	struct range range = { 0, 0 };
	struct counts c;
	int fd = sparse_file(), path = open("/dev/shm", O_PATH), pipes[2];

	if (cached(fd, 0, 0) == -ENOSYS) {
		skip(15, "no cachestat(): before Linux 6.5, or qemu's user mode");
		return;
	}
	is_int(cached(fd, 0, 0), 5, "all of them");
	is_int(cached(fd, PAGE, 0), 4, "from the second page on");
	is_int(cached(fd, 0, PAGE), 1, "the first page");
	is_int(cached(fd, 0, PAGE + 1), 2, "and a byte of the next");
	is_int(cached(fd, PAGE - 1, 2), 2, "a byte of each");
	is_int(cached(fd, 3 * PAGE, 4 * PAGE), 0, "a hole");
	is_int(cached(fd, 3 * PAGE, 4 * PAGE + 1), 1, "and what follows it");
	is_int(cached(fd, 1UL << 40, 0), 0, "behind the end");
	if (pread(fd, &range, 8, 5 * PAGE) != 8 || ftruncate(fd, 2 * PAGE) != 0)
		bail_out("truncate: %s", strerror(errno));
	is_int(cached(fd, 0, 0), 2, "what was cut off is gone");
	fails(syscall(CACHESTAT, fd, &range, &c, 1), EINVAL, "an unknown flag");
	fails(syscall(CACHESTAT, -1, &range, &c, 0), EBADF, "no file");
	fails(syscall(CACHESTAT, path, &range, &c, 0), EBADF, "one of O_PATH");
	fails(syscall(CACHESTAT, fd, nowhere, &c, 0), EFAULT, "no range");
	range = (struct range){ 0, 0 };
	fails(syscall(CACHESTAT, fd, &range, nowhere, 0), EFAULT, "no room");
	if (pipe(pipes) != 0)
		bail_out("pipe: %s", strerror(errno));
	is_int(cached(pipes[0], 0, 0), 0, "a pipe has no pages of a file");
	close(pipes[0]);
	close(pipes[1]);
	close(path);
	close(fd);
}

static long sync_range(int fd, long offset, long n, unsigned flags)
{
	return syscall(SYS_sync_file_range, fd, offset, n, flags);
}

static void test_sync_file_range(void)
{
	const unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE |
			     SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
	int fd = sparse_file(), dir = open("/dev/shm", O_RDONLY);
	int null = open("/dev/null", O_RDWR), pipes[2];

	if (pipe(pipes) != 0)
		bail_out("pipe: %s", strerror(errno));
	is_int(sync_range(fd, 0, 0, all), 0, "all is written back");
	is_int(sync_range(fd, 0, PAGE, SYNC_FILE_RANGE_WRITE), 0, "a part");
	is_int(sync_range(fd, 1L << 40, PAGE, 0), 0, "nothing, in no way");
	is_int(sync_range(dir, 0, 0, all), 0, "of a directory");
	fails(sync_range(fd, 0, 0, 8), EINVAL, "an unknown flag");
	fails(sync_range(fd, -1, 0, 0), EINVAL, "an offset below 0");
	fails(sync_range(fd, 0, -1, 0), EINVAL, "a length below 0");
	fails(sync_range(fd, LONG_MAX, 1, 0), EINVAL, "an end that is no offset");
	fails(sync_range(pipes[0], 0, 0, all), ESPIPE, "of a pipe");
	fails(sync_range(null, 0, 0, all), ESPIPE, "of a device");
	fails(sync_range(-1, 0, 0, all), EBADF, "of nothing");
	close(pipes[0]);
	close(pipes[1]);
	close(null);
	close(dir);
	close(fd);
}

static void test_readahead(void)
{
	int fd = sparse_file(), dir = open("/dev/shm", O_RDONLY), pipes[2];
	int to_write = open("/dev/shm", O_TMPFILE | O_WRONLY, 0600);

	if (pipe(pipes) != 0)
		bail_out("pipe: %s", strerror(errno));
	is_int(readahead(fd, 0, 100 * PAGE), 0, "it comes");
	is_int(readahead(fd, 1L << 40, PAGE), 0, "or is behind the end");
	is_int(readahead(fd, 0, 0), 0, "nothing");
	fails(readahead(to_write, 0, PAGE), EBADF, "what is not read");
	fails(readahead(dir, 0, PAGE), EINVAL, "a directory");
	fails(readahead(pipes[0], 0, PAGE), EINVAL, "a pipe");
	fails(readahead(-1, 0, PAGE), EBADF, "nothing");
	close(pipes[0]);
	close(pipes[1]);
	close(to_write);
	close(dir);
	close(fd);
}

int main(void)
{
	test_cachestat();
	test_sync_file_range();
	test_readahead();
	return done_testing();
}
