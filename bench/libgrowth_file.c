/*
 * libgrowth_file.c - names, descriptors and locks, among n of them.
 */
#define _GNU_SOURCE
#include "libgrowth.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 1000, SPARE_FD = 3000 };

/* ---- a directory of n names ---- */

static void fill_directory(long n)
{
	char path[64] = "/tmp/growthXXXXXX";

	mkdir("/tmp", 01777);
	snprintf(path, sizeof(path), "/tmp/growth%d", (int)getpid());
	bench_check(mkdir(path, 0700), path);
	bench_check(chdir(path), path);
	for (long i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "file%ld", i);
		bench_check(mknod(path, S_IFREG | 0600, 0), path);
	}
}

static void empty_directory(long n)
{
	char path[64];

	for (long i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "file%ld", i);
		unlink(path);
	}
}

static double list_names(long n)
{
	struct dirent *entry;
	double cost;
	DIR *dir;

	fill_directory(n);
	dir = opendir(".");
	growth_start();
	while ((entry = readdir(dir)) != NULL)
		;
	cost = growth_stop(n);
	empty_directory(n);
	return cost;
}

static long make_and_remove(void)
{
	bench_check(mknod("another", S_IFREG | 0600, 0), "another");
	return unlink("another");
}

static double make_a_name(long n)
{
	double cost;

	fill_directory(n);
	cost = cheapest(16, make_and_remove);
	empty_directory(n);
	return cost;
}

/* ---- a file below n directories ---- */

enum { MAX_DEEP = 32 };

static char deep_file[32 + 3 * MAX_DEEP];

/* /tmp/deepPID/d/d/.../file */
static void make_deep_file(long n)
{
	size_t len = snprintf(deep_file, sizeof(deep_file), "/tmp/deep%d",
			      (int)getpid());

	mkdir("/tmp", 01777);
	for (long i = 0; i < n; i++) {
		bench_check(mkdir(deep_file, 0700), deep_file);
		len += snprintf(deep_file + len, sizeof(deep_file) - len, "/%s",
				i + 1 < n ? "d" : "file");
	}
	bench_check(mknod(deep_file, S_IFREG | 0600, 0), deep_file);
}

static void remove_deep_file(long n)
{
	unlink(deep_file);
	for (long i = 0; i < n; i++) {
		*strrchr(deep_file, '/') = '\0';
		rmdir(deep_file);
	}
}

static long stat_deep(void)
{
	struct stat st;

	return stat(deep_file, &st);
}

static long open_deep(void)
{
	return close(bench_check(open(deep_file, O_RDONLY), deep_file));
}

static double look_below(long n, long (*look)(void))
{
	double cost;

	make_deep_file(n);
	cost = cheapest(100, look);
	remove_deep_file(n);
	return cost;
}

static double stat_below(long n)
{
	return look_below(n, stat_deep);
}

static double open_below(long n)
{
	return look_below(n, open_deep);
}

/* ---- n descriptors ---- */

static struct pollfd polled[MAX_DESCRIPTORS];
static long nr_polled;

/* Nothing is to be read from any of them. */
static void open_pipes(long n)
{
	int ends[2];

	bench_check(pipe(ends), "pipe");
	for (long i = 0; i < n; i++)
		polled[i] = (struct pollfd){
			.fd = bench_check(dup(ends[0]), "dup"),
			.events = POLLIN,
		};
	nr_polled = n;
}

static long poll_now(void)
{
	return poll(polled, nr_polled, 0);
}

static long select_now(void)
{
	struct timeval now = { 0 };
	fd_set set;

	FD_ZERO(&set);
	for (long i = 0; i < nr_polled; i++)
		FD_SET(polled[i].fd, &set);
	return select(polled[nr_polled - 1].fd + 1, &set, NULL, NULL, &now);
}

static double poll_each(long n)
{
	open_pipes(n);
	return cheapest(8, poll_now) / n;
}

static double select_each(long n)
{
	open_pipes(n);
	return cheapest(8, select_now) / n;
}

static long dup_and_close(void)
{
	return close(bench_check(dup(0), "dup"));
}

static double dup_among(long n)
{
	open_pipes(n);
	return cheapest(100, dup_and_close);
}

/* ---- locks on n other files ---- */

static int to_lock;

static long lock_and_unlock(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_len = 1 };

	bench_check(fcntl(to_lock, F_SETLK, &lock), "F_SETLK");
	lock.l_type = F_UNLCK;
	return fcntl(to_lock, F_SETLK, &lock);
}

static int lock_file(long number)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "file%ld", number);
	fd = bench_check(open(path, O_RDWR), path);
	to_lock = fd;
	return fd;
}

static double lock_among(long n)
{
	struct flock lock = { .l_type = F_WRLCK, .l_len = 1 };
	double cost;

	fill_directory(n + 1);
	for (long i = 0; i < n; i++)
		bench_check(fcntl(lock_file(i), F_SETLK, &lock), "F_SETLK");
	lock_file(n);
	cost = cheapest(16, lock_and_unlock);
	empty_directory(n + 1);
	return cost;
}

/* ---- bytes ---- */

static double random_each(long n)
{
	static char bytes[65536];

	bench_check(getrandom(bytes, n, 0), "getrandom");
	growth_start();
	bench_check(getrandom(bytes, n, 0), "getrandom");
	return growth_stop(n);
}

const struct growth file_growth[] = {
	{ "getdents, each of n names", list_names, { 64, 512, 4096 } },
	{ "mknod+unlink, n names there", make_a_name, { 64, 512, 4096 } },
	{ "stat, below n directories", stat_below, { 2, 8, MAX_DEEP } },
	{ "open+close, below n directories", open_below, { 2, 8, MAX_DEEP } },
	{ "poll, now, each of n", poll_each, { 8, 64, 512 } },
	{ "select, now, each of n", select_each, { 8, 64, 512 } },
	{ "dup+close, n open", dup_among, { 8, 64, 512 } },
	{ "lock+unlock, n other files locked", lock_among, { 8, 64, 512 } },
	{ "getrandom, each of n bytes", random_each, { 256, 4096, 65536 } },
	{ 0 },
};
