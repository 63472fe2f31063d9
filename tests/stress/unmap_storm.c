/*
 * tests/stress/unmap_storm.c
 *
 * Claim    Threads that map, fill and unmap memory of one address space at the
 *          same time, where the kernel puts it, have what they have mapped to
 *          themselves; and all page tables go with it.
 * Method   Each thread maps something between a page and two gigabytes, so that
 *          pages of several threads share a leaf table, a table above it, or
 *          none; it writes a number of its own to some of the pages, changes
 *          their rights, reads them again and unmaps all, in one piece or two.
 *          Another thread forks, so that now and then all others have to wait.
 *          The lab kernel counts the page tables of a process that ends.
 * Catches  A range that is given out before its last owner's pages are out of
 *          the page table; a table that is freed while another thread has a
 *          page in it, or never.
 * -X       A thread leaves out a page when it writes, now and then.
 */
#include "libstress.h"

#include <sys/wait.h>

enum { TOUCHED = 4 };

static const unsigned long sizes[] = {
	PAGE, PAGE, 3 * PAGE, 1UL << 21, (1UL << 21) + PAGE, 3UL << 20, 2UL << 30,
};

static int nr_ready;

/* The pages of @bytes that are written: the first, the last, and others. */
static unsigned long touched(unsigned long bytes, int n)
{
	unsigned long pages = bytes / PAGE;

	return n == 0 ? 0 : n == 1 ? pages - 1 : pages * n / (TOUCHED + 1);
}

static void fill(volatile long *mem, unsigned long bytes, long value)
{
	for (int n = 0; n < TOUCHED; n++)
		if (!stress.wrong || n != 3 || value % 7 != 0)
			mem[touched(bytes, n) * PAGE / sizeof(long)] = value;
}

static void check(const volatile long *mem, unsigned long bytes, long value)
{
	for (int n = 0; n < TOUCHED; n++) {
		unsigned long page = touched(bytes, n);
		long seen = mem[page * PAGE / sizeof(long)];

		stress_check(seen == value, "page %lu of %lu bytes holds %ld, not %ld",
			     page, bytes, seen, value);
	}
}

static void unmap(char *mem, unsigned long bytes, struct rng *rng)
{
	unsigned long half = bytes / PAGE / 2 * PAGE;

	if (half == 0 || rng_below(rng, 2)) {
		stress_check(munmap(mem, bytes) == 0, "munmap: %s", strerror(errno));
		return;
	}
	stress_check(munmap(mem + half, bytes - half) == 0 &&
		     munmap(mem, half) == 0, "munmap: %s", strerror(errno));
}

static void map_fill_unmap(struct rng *rng, long value)
{
	unsigned long bytes = sizes[rng_below(rng, sizeof(sizes) / sizeof(*sizes))];
	char *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (!stress_check(mem != MAP_FAILED, "mmap of %lu bytes: %s", bytes,
			  strerror(errno)))
		return;
	fill((long *)mem, bytes, value);
	if (rng_below(rng, 2))
		stress_check(mprotect(mem, bytes, PROT_READ) == 0, "mprotect: %s",
			     strerror(errno));
	rng_dither(rng);
	check((long *)mem, bytes, value);
	unmap(mem, bytes, rng);
}

static void fork_and_wait(void)
{
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static void *storm(void *me)
{
	struct rng rng = rng_of(stress.shared->rounds * MAX_THREADS + (long)me);

	__atomic_add_fetch(&nr_ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&nr_ready, __ATOMIC_SEQ_CST) < stress.threads)
		sched_yield();
	for (long n = 0; n < 30; n++)
		if (me == 0 && n % 10 == 0)
			fork_and_wait();
		else
			map_fill_unmap(&rng, (long)me * 1000 + n + 1);
	return NULL;
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 4, "memory that threads map is their own");
	while (stress_go_on()) {
		/* In a process of its own: what is left of it is counted. */
		pid_t pid = tap_fork();
		int status;

		if (pid == 0) {
			stress_threads(stress.threads, storm);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid)
			bail_out("waitpid: %s", strerror(errno));
		stress_check(status == 0, "the threads' process ended with %#x",
			     status);
		stress_round();
	}
	return stress_end();
}
