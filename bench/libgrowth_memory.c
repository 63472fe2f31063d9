/*
 * libgrowth_memory.c - address spaces of n mappings, of n pages with one used, or
 * of n MiB.
 */
#define _GNU_SOURCE
#include "libgrowth.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Neighbours that differ, so that each remains a mapping of its own. */
static void map_each(long n)
{
	for (long i = 0; i < n; i++)
		bench_check(mmap(NULL, PAGE, i % 2 ? PROT_READ : PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
					    MAP_FAILED ? -1 : 0,
			    "mmap");
}

static double read_maps(long n)
{
	static char text[65536];
	ssize_t part;
	int fd;

	map_each(n);
	fd = bench_check(open("/proc/self/maps", O_RDONLY), "maps");
	growth_start();
	do
		part = bench_check(read(fd, text, sizeof(text)), "read");
	while (part > 0);
	return growth_stop(n);
}

static long map_touch_unmap(void)
{
	char *mem = map_pages(1, 0);

	*mem = 1;
	return munmap(mem, PAGE);
}

static double map_among(long n)
{
	map_each(n);
	return cheapest(16, map_touch_unmap);
}

/* ---- one page used of n, all below one table ---- */

enum { TABLE = 512 * PAGE };

static long nr_pages;

/* From the beginning of what one table maps. */
static char *map_sparse(void)
{
	char *mem = map_pages(2 * 512, 0);
	char *aligned = (char *)(((uintptr_t)mem + TABLE - 1) & -(uintptr_t)TABLE);

	if (aligned != mem)
		munmap(mem, aligned - mem);
	munmap(aligned + nr_pages * PAGE,
	       mem + 2 * TABLE - aligned - nr_pages * PAGE);
	aligned[(nr_pages - 1) * PAGE] = 1;
	return aligned;
}

static double unmap_sparse(long n)
{
	double best = 0;

	nr_pages = n;
	for (int i = 0; i < 5; i++) {
		char *mem = map_sparse();
		double cost;

		growth_start();
		unmap_pages(mem, n);
		cost = growth_stop(1);
		if (i == 0 || cost < best)
			best = cost;
	}
	return best;
}

static long fork_exit_wait(void)
{
	pid_t pid = bench_check(fork(), "fork");

	if (pid == 0)
		_exit(0);
	return waitpid(pid, NULL, 0);
}

static double fork_sparse(long n)
{
	nr_pages = n;
	map_sparse();
	return cheapest(5, fork_exit_wait);
}

/* ---- n MiB, all of it used ---- */

static volatile char *touched;

static void touch_mib(long n)
{
	nr_pages = n * (MIB / PAGE);
	touched = map_pages(nr_pages, 0);
	touch_pages((void *)touched, nr_pages);
}

static double fork_touched(long n)
{
	touch_mib(n);
	return cheapest(5, fork_exit_wait);
}

/* The first write below a page table that parent and child have. */
static long fork_write_wait(void)
{
	pid_t pid = bench_check(fork(), "fork");

	if (pid == 0) {
		touched[nr_pages / 2 * PAGE] = 2;
		_exit(0);
	}
	return waitpid(pid, NULL, 0);
}

static double fork_write(long n)
{
	touch_mib(n);
	return cheapest(5, fork_write_wait);
}

const struct growth memory_growth[] = {
	{ "/proc/self/maps, each of n lines", read_maps, { 64, 512, 4096 } },
	{ "mmap+touch+munmap, n mappings", map_among, { 64, 512, 4096 } },
	{ "munmap of n pages, one used", unmap_sparse, { 8, 64, 512 } },
	{ "fork+exit+wait, n pages, one used", fork_sparse, { 8, 64, 512 } },
	{ "fork+exit+wait, n MiB touched", fork_touched, { 1, 64, 512 } },
	{ "fork+write+exit+wait, n MiB", fork_write, { 4, 64, 512 } },
	{ 0 },
};
