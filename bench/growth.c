/*
 * growth.c - what operations cost when there is more of what they are among.
 *
 *	growth [PATTERN]
 *
 * For each row whose name contains PATTERN, and each of its sizes, one line:
 * name, size, instructions per operation, tabs between. The clock must be
 * driven by instructions, as for bench.c; on another one the program says so.
 *
 * Each size runs in a process of its own, in a group of its own that is killed
 * afterwards, pinned to hart 0. What a cost may grow with is not decided here:
 * bench/growth.tsv.
 */
#define _GNU_SOURCE
#include "libgrowth.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROW_SECONDS = 300, REPEATS = 3 };

static const struct growth *const groups[] = {
	process_growth, signal_growth, file_growth, memory_growth,
};

static uint64_t started;

void growth_start(void)
{
	started = clock_ticks();
}

double growth_stop(long ops)
{
	return (double)(clock_ticks() - started) * INSN_PER_TICK / ops;
}

double cheapest(long ops, long (*op)(void))
{
	double best = 0;

	for (int repeat = 0; repeat < REPEATS; repeat++) {
		double cost;

		growth_start();
		for (long i = 0; i < ops; i++)
			bench_check(op(), "operation");
		cost = growth_stop(ops);
		if (repeat == 0 || cost < best)
			best = cost;
	}
	return best;
}

_Noreturn static void measure(const struct growth *row, long n, int result_fd)
{
	double cost;

	setpgid(0, 0);
	alarm(ROW_SECONDS);
	pin_to_hart(0);
	cost = row->cost(n);
	_exit(write(result_fd, &cost, sizeof(cost)) != sizeof(cost));
}

/* False: the row died. */
static bool run_size(const struct growth *row, long n)
{
	siginfo_t ended;
	double cost;
	int ends[2];
	bool ok;
	pid_t pid;

	bench_check(pipe(ends), "pipe");
	pid = bench_check(fork(), "fork");
	if (pid == 0)
		measure(row, n, ends[1]);
	close(ends[1]);
	ok = read(ends[0], &cost, sizeof(cost)) == sizeof(cost);
	close(ends[0]);
	waitid(P_PID, pid, &ended, WEXITED | WNOWAIT);
	kill(-pid, SIGKILL);	/* until it is reaped, its number is its own */
	while (waitpid(-1, NULL, 0) > 0)
		;
	if (ok)
		printf("%s\t%ld\t%.0f\n", row->name, n, cost);
	else
		printf("# failed\t%s\t%ld\n", row->name, n);
	fflush(stdout);
	return ok;
}

/* How many sizes of it failed. */
static int run_row(const struct growth *row)
{
	int failed = 0;

	for (int i = 0; i < NR_SIZES; i++)
		failed += !run_size(row, row->sizes[i]);
	return failed;
}

static void raise_limits(void)
{
	const struct rlimit files = { 4096, 4096 };

	bench_check(setrlimit(RLIMIT_NOFILE, &files), "RLIMIT_NOFILE");
}

int main(int argc, char **argv)
{
	const char *pattern = argc > 1 ? argv[1] : "";
	int failed = 0;

	if (!clock_counts_instructions()) {
		fprintf(stderr, "growth: the clock does not count instructions\n");
		return 2;
	}
	raise_limits();
	printf("==== bench begin\n");
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		for (const struct growth *row = groups[i]; row->name; row++)
			if (strstr(row->name, pattern))
				failed += run_row(row);
	printf("==== bench end, %d failed\n", failed);
	return failed != 0;
}
