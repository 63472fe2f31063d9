/*
 * tests/abi/memory_short.c
 *
 * Claim    A call that gets no memory because a process has nearly all of it waits
 *          until that one is gone, and then does what it was asked for: nobody else is told
 *          ENOMEM.
 * Method   A child that volunteers takes memory until little is left, and sleeps. Then
 *          its parent writes into memory of its own, page by page, or gives pipes
 *          long rings, block by block, until the child has been ended. The third time
 *          the child gives every second page of its last ones back: so the last of
 *          what is free has no block, although a process could live of it. Where by
 *          chance there are more pieces than that, nothing is promised: once more.
 * Oracle   Each of these calls succeeds, if only in part; the child ends by SIGKILL.
 *
 * Runs only where memory is small, as tests/stress/out_of_memory.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

enum { PAGE = 4096, PIECE = 64 << 10, LONG = 8 << 20, PIECES = 6000, PIPES = 400 };

/* Half as many single pages are fewer than 32 blocks of 8 have with root's reserve,
 * and more than that. */
enum { LAST_PAGES = 800 };

/* Who is refused a block while as much is left has no promise. */
#define TOO_MANY_PIECES (32L * 8 * PAGE)
enum { IN_PIECES = -2, TRIES = 10 };

#define LITTLE (12L << 20)

static long left(void)
{
	struct sysinfo info;

	sysinfo(&info);
	return (long)(info.freeram * info.mem_unit);
}

static void volunteer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1000", 4) != 4)
		_exit(1);
	close(fd);
}

static char *take(size_t bytes)
{
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		_exit(2);
	return memory;
}

static void make_pieces(void)
{
	char *last = take(LAST_PAGES * PAGE);

	for (int i = 0; i < LAST_PAGES; i += 2)
		if (madvise(last + i * PAGE, PAGE, MADV_DONTNEED) < 0)
			_exit(3);
}

/* It tells that it has what it wants, by the end of the pipe. */
static pid_t start_hog(bool pieces)
{
	int told[2];
	pid_t pid;
	char c;

	if (pipe(told) < 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0) {
		volunteer();
		while (left() > LITTLE)
			take(LITTLE / 4);
		if (pieces)
			make_pieces();
		close(told[0]);
		close(told[1]);
		for (;;)
			pause();
	}
	close(told[1]);
	(void)!read(told[0], &c, 1);
	close(told[0]);
	return pid;
}

/* @take is called until there is no hog any more, @most times; by then he has been told
 * to go, if his memory is free before he is gone.  How he ended; -1: @take failed;
 * IN_PIECES: as it may. */
static int end_of_hog(pid_t hog, bool (*take)(void), int most)
{
	int status;

	for (int i = 0; i < most; i++) {
		if (waitpid(hog, &status, WNOHANG) != 0)
			return status;
		if (!take()) {
			long rest = left();

			diag("refused: %s; %ld KiB are left", strerror(errno),
			     rest >> 10);
			tap_kill(hog, SIGKILL);
			waitpid(hog, NULL, 0);
			return rest < TOO_MANY_PIECES ? -1 : IN_PIECES;
		}
	}
	waitpid(hog, &status, 0);
	return status;
}

/* ---- pages ---- */

static int memory;

static bool take_pages(void)
{
	static char piece[PIECE];

	return write(memory, piece, PIECE) > 0;
}

static void test_pages(void)
{
	pid_t hog = start_hog(false);

	memory = memfd_create("memory", MFD_CLOEXEC);
	is_killed(end_of_hog(hog, take_pages, PIECES), SIGKILL,
		  "who wants pages has those of who had too many");
	close(memory);
}

/* ---- blocks ---- */

static int fds[2 * PIPES];
static unsigned nr_fds;

static bool take_block(void)
{
	if (pipe2(fds + nr_fds, O_CLOEXEC) < 0)
		return false;
	nr_fds += 2;
	return fcntl(fds[nr_fds - 1], F_SETPIPE_SZ, LONG) == LONG;
}

static int end_by_blocks(bool pieces)
{
	int status = end_of_hog(start_hog(pieces), take_block, PIPES);

	while (nr_fds > 0)
		close(fds[--nr_fds]);
	return status;
}

static void test_blocks(void)
{
	is_killed(end_by_blocks(false), SIGKILL, "and so has who wants blocks");
}

static void test_pieces(void)
{
	int status = IN_PIECES;

	for (int i = 0; i < TRIES && status == IN_PIECES; i++)
		status = end_by_blocks(true);
	is_killed(status, SIGKILL, "where pieces are left, too");
}

int main(void)
{
	struct sysinfo info;

	sysinfo(&info);
	if (!on_drover() || geteuid() != 0 || info.totalram > 2UL << 30)
		skip_all("memory is not ours to be taken");
	plan(3);
	test_pages();
	test_blocks();
	test_pieces();
	return done_testing();
}
