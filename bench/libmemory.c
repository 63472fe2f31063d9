/*
 * libmemory.c - rows about page faults and mappings, on one hart.
 *
 * The rows of one fault touch each page of a fresh region in order; the cost
 * of tables and regions is spread over SPAN pages.
 */
#define _GNU_SOURCE
#include "libbench.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPAN = 512, READ = 0, WRITE = 1 };

static void read_pages(void *mem, long nr_pages)
{
	volatile char *byte = mem;

	for (long i = 0; i < nr_pages; i++)
		(void)byte[i * PAGE];
}

static void time_touching(struct bench *b, void *mem, long access)
{
	bench_start(b);
	if (access == WRITE)
		touch_pages(mem, b->ops);
	else
		read_pages(mem, b->ops);
	bench_stop(b);
	unmap_pages(mem, b->ops);
}

static void anonymous_fault(struct bench *b, long access)
{
	time_touching(b, map_pages(b->ops, 0), access);
}

static void private_file_fault(struct bench *b, long access)
{
	int fd = cached_file(b->ops);
	void *mem = mmap(NULL, b->ops * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE, fd, 0);

	if (mem == MAP_FAILED)
		bench_check(-1, "mmap of a file");
	close(fd);
	time_touching(b, mem, access);
}

/* A child that shares all our memory, and sleeps, until it is killed. */
static pid_t sleeping_child(void)
{
	pid_t pid = bench_check(fork(), "fork");

	if (pid == 0)
		for (;;)
			pause();
	usleep(2000);
	return pid;
}

static void kill_child(pid_t pid)
{
	bench_check(kill(pid, SIGKILL), "kill");
	bench_check(waitpid(pid, NULL, 0), "waitpid");
}

/*
 * A child that has @mem, too, page by page: a kernel that shares page tables
 * copies one when it is touched first, which is not what these rows are about.
 */
static pid_t share_with_child(volatile char *mem, long nr_pages)
{
	pid_t child;

	touch_pages((void *)mem, nr_pages);
	child = sleeping_child();
	(void)mem[0];
	(void)mem[(nr_pages - 1) * PAGE];
	return child;
}

static void cow_copy(struct bench *b, long unused)
{
	char *mem = map_pages(b->ops, 0);
	pid_t child = share_with_child(mem, b->ops);

	(void)unused;
	time_touching(b, mem, WRITE);
	kill_child(child);
}

static void cow_reuse(struct bench *b, long unused)
{
	char *mem = map_pages(b->ops, 0);

	(void)unused;
	kill_child(share_with_child(mem, b->ops));
	time_touching(b, mem, WRITE);
}

static void map_touch_unmap(struct bench *b, long nr_pages)
{
	const long rights = PROT_READ | PROT_WRITE;
	const long flags = MAP_PRIVATE | MAP_ANONYMOUS;

	bench_start(b);
	for (long i = 0; i < b->ops; i++) {
		long mem = raw6(SYS_mmap, 0, nr_pages * PAGE, rights, flags,
				-1, 0);

		touch_pages((void *)bench_check(mem, "mmap"), nr_pages);
		raw3(SYS_munmap, mem, nr_pages * PAGE, 0);
	}
	bench_stop(b);
}

static void unmap_touched(struct bench *b, long unused)
{
	char *mem = map_pages(b->ops, 0);

	(void)unused;
	touch_pages(mem, b->ops);
	bench_start(b);
	unmap_pages(mem, b->ops);
	bench_stop(b);
}

/* One page in the middle of many: the mapping is split, and made whole. */
static char *page_in_the_middle(void)
{
	char *mem = map_pages(16, 0);

	touch_pages(mem, 16);
	return mem + 8 * PAGE;
}

static void protect_pair(struct bench *b, long unused)
{
	long page = (long)page_in_the_middle();

	(void)unused;
	bench_start(b);
	for (long i = 0; i < b->ops; i++) {
		raw3(SYS_mprotect, page, PAGE, PROT_READ);
		raw3(SYS_mprotect, page, PAGE, PROT_READ | PROT_WRITE);
	}
	bench_stop(b);
}

static void discard_touch(struct bench *b, long unused)
{
	char *page = page_in_the_middle();

	(void)unused;
	bench_start(b);
	for (long i = 0; i < b->ops; i++) {
		raw3(SYS_madvise, (long)page, PAGE, MADV_DONTNEED);
		touch_pages(page, 1);
	}
	bench_stop(b);
}

const struct row memory_rows[] = {
	{ "first touch", anonymous_fault, WRITE, SPAN, 5, 0 },
	{ "read fault, zero page", anonymous_fault, READ, SPAN, 5, 0 },
	{ "read fault, file page", private_file_fault, READ, SPAN, 5, 0 },
	{ "COW copy", cow_copy, 0, SPAN, 5, 0 },
	{ "COW reuse", cow_reuse, 0, SPAN, 5, 0 },
	{ "private file write fault", private_file_fault, WRITE, SPAN, 5, 0 },
	{ "mmap+touch+munmap, 1 page", map_touch_unmap, 1, 50, 9, 0 },
	{ "mmap+touch+munmap, 64 pages", map_touch_unmap, 64, 3, 9, 0 },
	{ "munmap, per touched page", unmap_touched, 0, SPAN, 5, 0 },
	{ "mprotect pair", protect_pair, 0, 50, 9, 0 },
	{ "madvise+touch", discard_touch, 0, 50, 9, 0 },
	{ 0 },
};
