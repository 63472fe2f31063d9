/*
 * libgrowth_process.c - operations on processes, among n of them.
 */
#define _GNU_SOURCE
#include "libgrowth.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_CHILDREN = 1024 };

static pid_t children[MAX_CHILDREN];

static void fork_each(long n, void (*live)(void))
{
	for (long i = 0; i < n; i++) {
		children[i] = bench_check(fork(), "fork");
		if (children[i] == 0) {
			live();
			_exit(0);
		}
	}
}

static void await_each(long n, int event)
{
	siginfo_t info;

	for (long i = 0; i < n; i++)
		bench_check(waitid(P_PID, children[i], &info, event | WNOWAIT),
			    "waitid");
}

static void end_at_once(void)
{
}

static void sleep_for_ever(void)
{
	pause();
}

static void stop_here(void)
{
	raise(SIGSTOP);
}

static double wait_newest_first(long n)
{
	fork_each(n, end_at_once);
	await_each(n, WEXITED);
	growth_start();
	for (long i = n - 1; i >= 0; i--)
		bench_check(waitpid(children[i], NULL, 0), "waitpid");
	return growth_stop(n);
}

static long fork_exit_wait(void)
{
	pid_t pid = bench_check(fork(), "fork");

	if (pid == 0)
		_exit(0);
	return waitpid(pid, NULL, 0);
}

static double exit_among_stopped(long n)
{
	fork_each(n, stop_here);
	await_each(n, WSTOPPED);
	return cheapest(5, fork_exit_wait);
}

static double exit_among_sleepers(long n)
{
	fork_each(n, sleep_for_ever);
	sched_yield();
	return cheapest(5, fork_exit_wait);
}

/* ---- a group of one, while there are n other processes ---- */

static long signal_own_group(void)
{
	return bench_check(kill(0, 0), "kill");
}

static long ask_group_priority(void)
{
	errno = 0;
	return getpriority(PRIO_PGRP, 0) == -1 ? -errno : 0;
}

static double in_own_group(long n, long (*op)(void))
{
	double cost;

	fork_each(n, sleep_for_ever);
	for (long i = 0; i < n; i++)
		bench_check(setpgid(children[i], children[0]), "setpgid");
	cost = cheapest(100, op);
	bench_check(kill(-children[0], SIGKILL), "kill");
	return cost;
}

static double kill_group(long n)
{
	return in_own_group(n, signal_own_group);
}

static double group_priority(long n)
{
	return in_own_group(n, ask_group_priority);
}

static long yield(void)
{
	return sched_yield();
}

static double yield_among_sleepers(long n)
{
	fork_each(n, sleep_for_ever);
	return cheapest(100, yield);
}

/* ---- /proc ---- */

/* How many names @path has. */
static long list(const char *path)
{
	DIR *dir = opendir(path);
	long n = 0;

	bench_check(dir != NULL ? 0 : -errno, path);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static double list_processes(long n)
{
	long names;

	fork_each(n, sleep_for_ever);
	growth_start();
	names = list("/proc");
	return growth_stop(names);
}

const struct growth process_growth[] = {
	{ "waitpid(pid), newest of n first", wait_newest_first, { 16, 128, 1024 } },
	{ "fork+exit+wait, n are stopped", exit_among_stopped, { 4, 32, 256 } },
	{ "fork+exit+wait, n sleep", exit_among_sleepers, { 4, 32, 256 } },
	{ "kill(0), n in other groups", kill_group, { 4, 32, 256 } },
	{ "getpriority(group), n in others", group_priority, { 4, 32, 256 } },
	{ "sched_yield, n sleep", yield_among_sleepers, { 4, 32, 256 } },
	{ "listing /proc, each of n", list_processes, { 32, 128, 512 } },
	{ 0 },
};
