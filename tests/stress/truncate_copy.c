/*
 * truncate_copy.c - the kernel writes to a file's private pages while the
 * file shrinks.
 *
 * Claim:  a copy for a page that the file has lost ends with an error, soon;
 *         the kernel does not try again until truncation is done, which on
 *         the same hart would be never.
 * Method: all pages of a file are mapped private and read, so each write is a
 *         copy.  One thread on the truncater's hart lets the kernel write to
 *         them, from the last to the first, by read() and by force through
 *         /proc/self/mem; the file becomes empty meanwhile.
 * Oracle: each call moves its byte or fails with EFAULT or EIO, and comes
 *         back.  Behind the truncation all of them fail.  A hang is the end
 *         of the test's time, in the lab build a panic that counts the turns.
 * -X:     nobody truncates.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { PAGES = 12000 };

static char *map;
static int zeros, memory;
static volatile bool begun;

/* Let the kernel write to page @i; true: it did. */
static bool kernel_writes(long i)
{
	char *page = map + i * PAGE;
	long n = i % 2 ? pwrite(memory, "", 1, (long)page) :
			 read(zeros, page, 1);

	stress_check(n == 1 || (n < 0 && (errno == EFAULT || errno == EIO)),
		     "a byte for page %ld: %ld, errno %d", i, n, errno);
	return n == 1;
}

static void *write_all(void *unused)
{
	begun = true;
	for (long i = PAGES - 1; i >= 0 && kernel_writes(i); i--)
		if (i % 8 == 0)
			sched_yield();
	return unused;
}

static void read_all(void)
{
	for (long i = 0; i < PAGES; i++)
		(void)*(volatile char *)(map + i * PAGE);
}

static void race_once(int fd, struct rng *rng)
{
	pthread_t writer;

	map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
		   0);
	if (map == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	read_all();
	begun = false;
	tap_thread(&writer, NULL, write_all, NULL);
	while (!begun)
		sched_yield();
	for (long n = rng_below(rng, 8); n > 0; n--)
		sched_yield();
	if (!stress.wrong && ftruncate(fd, 0) < 0)
		bail_out("ftruncate: %s", strerror(errno));
	pthread_join(writer, NULL);
	stress_check(!kernel_writes(0) && !kernel_writes(PAGES - 1),
		     "a page without a file was written");
	munmap(map, PAGES * PAGE);
}

int main(int argc, char **argv)
{
	struct rng rng;
	cpu_set_t one;

	stress_begin(argc, argv, 1, "a page that its file has lost is not waited for");
	rng = rng_of(0);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	zeros = open("/dev/zero", O_RDONLY);
	memory = open("/proc/self/mem", O_RDWR);
	if (zeros < 0 || memory < 0)
		bail_out("open: %s", strerror(errno));
	while (stress_go_on()) {
		int fd = stress_numbered_file("truncate_copy.tmp", PAGES);

		race_once(fd, &rng);
		close(fd);
		stress_round();
	}
	return stress_end();
}
