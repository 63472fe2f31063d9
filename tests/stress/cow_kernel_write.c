/*
 * tests/stress/cow_kernel_write.c
 *
 * Claim    What the kernel writes into a process's memory breaks COW as the
 *          process's own stores do: it arrives there, whole, and nowhere else.
 * Method   After fork, parent and child let the kernel write into the same
 *          buffers at once: read() from a pipe and from a file over three
 *          pages, wait status, clock, readlink, and signal frames on a stack
 *          of COW pages. Each finds its own bytes and, around them, the old.
 * Catches  Copies to user memory that skip the COW break, check rights once
 *          for several pages (race 14), or copy into the page they looked up
 *          before it was replaced.
 * -X       MAP_SHARED.
 */
#include "libstress.h"

#include <fcntl.h>
#include <sys/syscall.h>

enum { PAGES = 16, BYTES = PAGES * PAGE, MAX_TRANSFER = 3 * PAGE };

static unsigned char *mem;
static char *stack;
static int pipes[2];

static void check_fill(size_t from, size_t to, int fill, const char *what)
{
	for (size_t i = from; i < to; i++)
		if (!stress_check(mem[i] == fill,
				  "%s: byte %zu is %#x, expected %#x", what, i,
				  mem[i], fill))
			return;
}

/* @n bytes of @mark come by @fd to a random place; the rest stays @fill. */
static void receive(int fd, size_t n, int mark, int fill, struct rng *rng,
		    const char *what)
{
	size_t at = rng_below(rng, BYTES - MAX_TRANSFER), done = 0;

	while (done < n) {
		ssize_t got = read(fd, mem + at + done, n - done);

		if (!stress_check(got > 0, "%s: read gave %zd, errno %d", what,
				  got, errno))
			return;
		done += got;
	}
	check_fill(at, at + n, mark, what);
	check_fill(0, at, fill, what);
	check_fill(at + n, BYTES, fill, what);
	memset(mem + at, fill, n);
}

static void from_pipe(int mark, int fill, struct rng *rng)
{
	unsigned char bytes[PAGE];
	size_t n = 1 + rng_below(rng, sizeof(bytes));

	memset(bytes, mark, n);
	if (write(pipes[1], bytes, n) == (ssize_t)n)
		receive(pipes[0], n, mark, fill, rng, "pipe");
}

static void from_file(int mark, int fill, struct rng *rng)
{
	char name[40];
	unsigned char bytes[MAX_TRANSFER];
	size_t n = 1 + rng_below(rng, sizeof(bytes));
	int fd;

	snprintf(name, sizeof(name), "kernel_write.%d", getpid());
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	unlink(name);
	memset(bytes, mark, n);
	if (stress_check(fd >= 0 && write(fd, bytes, n) == (ssize_t)n &&
			 lseek(fd, 0, SEEK_SET) == 0, "file: errno %d", errno))
		receive(fd, n, mark, fill, rng, "file");
	close(fd);
}

/* Small structures, placed across a page's end where they may be. */
static void small_results(int fill, struct rng *rng)
{
	size_t at = PAGE * (1 + rng_below(rng, PAGES - 2));
	struct timespec *ts = (void *)(mem + at - 8);
	int *status = (void *)(mem + at - 4);
	pid_t pid;

	memset(ts, 0xff, sizeof(*ts));
	clock_gettime(CLOCK_REALTIME, ts);
	syscall(SYS_clock_gettime, CLOCK_REALTIME, ts); /* not by the vDSO */
	stress_check(ts->tv_nsec >= 0 && ts->tv_nsec < 1000000000,
		     "clock: %ld ns", ts->tv_nsec);
	memset(ts, fill, sizeof(*ts));
	pid = tap_fork();
	if (pid == 0)
		_exit(fill & 0x7f);
	waitpid(pid, status, 0);
	stress_check(*status == (fill & 0x7f) << 8, "wait status %#x", *status);
	memset(status, fill, sizeof(*status));
	check_fill(0, BYTES, fill, "small results");
}

static volatile sig_atomic_t nr_signals;

static void on_signal(int sig TAP_UNUSED)
{
	nr_signals++;
}

static void signal_frames(void)
{
	stack_t alt = { .ss_sp = stack, .ss_size = 4 * PAGE };
	struct sigaction act = { .sa_handler = on_signal,
				 .sa_flags = SA_ONSTACK };

	stress_check(sigaltstack(&alt, NULL) == 0 &&
		     sigaction(SIGUSR1, &act, NULL) == 0, "signal stack: %s",
		     strerror(errno));
	nr_signals = 0;
	for (int i = 0; i < 5; i++)
		raise(SIGUSR1);
	stress_check(nr_signals == 5, "%d of 5 signals", nr_signals);
}

static void everything(int mark, int fill, struct rng *rng)
{
	if (pipe(pipes) < 0)
		bail_out("pipe");
	from_pipe(mark, fill, rng);
	from_file(mark, fill, rng);
	small_results(fill, rng);
	signal_frames();
	close(pipes[0]);
	close(pipes[1]);
}

int main(int argc, char **argv)
{
	struct rng rng;

	stress_begin(argc, argv, 3, "the kernel's writes break COW");
	mem = stress_map(BYTES, stress_private());
	stack = stress_map(4 * PAGE, stress_private());
	rng = rng_of(0);
	for (int round = 1; stress_go_on(); round++) {
		int fill = 1 + round % 100;

		memset(mem, fill, BYTES);
		memset(stack, fill, 4 * PAGE);
		for (int i = 0; i < stress.threads; i++) {
			rng_next(&rng);
			if (tap_fork() == 0) {
				everything(150 + i, fill, &rng);
				_exit(0);
			}
		}
		everything(149, fill, &rng);
		stress_reap();
		stress_round();
	}
	return stress_end();
}
