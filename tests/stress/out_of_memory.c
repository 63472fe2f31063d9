/*
 * tests/stress/out_of_memory.c
 *
 * Claim    When memory runs out in the middle of a fault, a COW copy, a fork or
 *          an mmap, only the process that asks is refused or killed; the memory
 *          of the others is as it was, and all frames come back.
 * Method   Children eat all memory in one of four ways, until they are refused
 *          or killed. The parent sleeps meanwhile, so that it asks for nothing;
 *          then it checks its pages, which every child shared copy-on-write.
 *          run-tests compares the free frames before and after.
 * Catches  A half-made copy or page table that is lost, or freed twice, on the
 *          way out of a failed allocation.
 * -X       The pages are shared, and the children write into them.
 *
 * Runs only where memory is small (2 GiB at most): elsewhere it would take the
 * host's. On Linux the children volunteer for its out-of-memory killer.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <fcntl.h>
#include <sys/sysinfo.h>

enum { SHARED_PAGES = 256, WORDS = PAGE / sizeof(long) };

static volatile long *mem;

static void volunteer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd >= 0) {
		if (write(fd, "1000", 4) != 4)
			perror("oom_score_adj");
		close(fd);
	}
}

/* Anonymous memory, piece by piece, each page written. */
static void eat_anonymous(void)
{
	for (;;) {
		size_t bytes = 8 << 20;
		char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return;
		for (size_t i = 0; i < bytes; i += PAGE)
			p[i] = 1;
	}
}

/* Copies of one block, made by writing to it in a chain of children. */
static void eat_by_cow(int depth)
{
	size_t bytes = 16 << 20;
	static char *block;
	int status;
	pid_t pid;

	if (!block)
		block = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return;
	for (size_t i = 0; i < bytes; i += PAGE)
		block[i] = depth;
	if (depth > 200)
		return;
	pid = tap_try_fork();
	if (pid == 0)
		eat_by_cow(depth + 1);
	else if (pid > 0)
		waitpid(pid, &status, 0);
}

/* Page tables: one page in each 2 MiB, far apart. */
static void eat_tables(void)
{
	size_t bytes = 4UL << 30;

	for (;;) {
		char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			       0);

		if (p == MAP_FAILED)
			return;
		for (size_t i = 0; i < bytes; i += 2 << 20)
			p[i] = 1;
	}
}

/* A file that grows. */
static void eat_file(void)
{
	static char block[1 << 20];
	char name[40];
	int fd;

	snprintf(name, sizeof(name), "oom.%d", getpid());
	fd = open(name, O_RDWR | O_CREAT, 0600);
	unlink(name);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
}

/* Several at once, so that one fails while others are half-way. */
static void eat(int how)
{
	volunteer();
	if (stress.wrong)
		for (int i = 0; i < SHARED_PAGES; i++)
			mem[i * WORDS] = -1;
	switch (how % 4) {
	case 0:
		eat_anonymous();
		break;
	case 1:
		eat_by_cow(1);
		break;
	case 2:
		eat_tables();
		break;
	default:
		eat_file();
	}
	_exit(0);
}

static void check_pages(long round)
{
	for (int i = 0; i < SHARED_PAGES; i++)
		stress_check(mem[i * WORDS] == round &&
			     mem[i * WORDS + WORDS - 1] == round,
			     "page %d holds %ld, expected %ld", i,
			     mem[i * WORDS], round);
}

static void run_round(long round, int eaters)
{
	int status, started = 0;
	pid_t pid;

	for (int i = 0; i < SHARED_PAGES; i++)
		mem[i * WORDS] = mem[i * WORDS + WORDS - 1] = round;
	for (int i = 0; i < eaters; i++) {
		pid = tap_try_fork();
		if (pid == 0)
			eat(stress.seed + round + i);
		started += pid > 0;	/* the first may leave nothing for it */
	}
	stress_check(started > 0, "nobody could be started to eat");
	while ((pid = wait(&status)) > 0)
		stress_check(status == 0 || status == SIGKILL,
			     "an eater ends with %#x", status);
	check_pages(round);
	stress_round();
}

int main(int argc, char **argv)
{
	struct sysinfo info;

	sysinfo(&info);
	if (under_qemu_user() || info.totalram > 2UL << 30)
		skip_all("more than 2 GiB of memory: not to be eaten");
	stress_begin(argc, argv, 2, "running out of memory harms nobody else");
	mem = stress_map(SHARED_PAGES * PAGE, stress_private());
	for (long round = 1; round == 1 || stress_go_on(); round++)
		run_round(round, stress.threads);
	return stress_end();
}
