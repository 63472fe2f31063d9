/*
 * tests/abi/share_late.c
 *
 * Claim    Who had a hart for himself has not used up his share of it: when a
 *          second comes, both go on.
 * Method   Both are bound to one hart and count.  The first alone, with nobody
 *          who wakes; then both, until the second has counted a quarter of
 *          what the first had.  In counted time only: tests/boot/counted.t.
 * Oracle   Progress is compared with progress, coarsely.
 */
#define _GNU_SOURCE
#include "libshare.h"

#include <sys/mman.h>

enum { FIRST, SECOND = 64, FOUND = 128, ALONE_US = 1000000 };

static volatile long *count;	/* shared, one word for each */

static pid_t start_counter(int which)
{
	pid_t pid = tap_fork();

	while (pid == 0)
		count[which]++;
	return pid;
}

/* The first has the hart for a while, and gets to count this much. */
static long count_alone(pid_t first)
{
	long begin = cpu_us(first), from = count[FIRST];

	while (cpu_us(first) < begin + ALONE_US)
		usleep(ALONE_US); /* we do not disturb it */
	return count[FIRST] - from;
}

/* How much the first counts while a second one counts @much: it looks itself,
 * for nobody else may need the hart meanwhile. */
static long count_beside(long much)
{
	long from = count[FIRST];
	int status;
	pid_t second = tap_fork();

	if (second == 0) {
		for (long i = 0; i < much; i++)
			count[SECOND]++;
		count[FOUND] = count[FIRST];
		_exit(0);
	}
	waitpid(second, &status, 0);
	return count[FOUND] - from;
}

static void end(pid_t pid)
{
	tap_kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_share(void)
{
	long alone, beside;
	pid_t first;

	stay_here();
	first = start_counter(FIRST);
	alone = count_alone(first) / 4;
	beside = count_beside(alone);
	diag("%ld beside %ld", beside, alone);
	ok_without_errno(beside > alone / 4, "who was alone goes on");
	end(first);
}

int main(void)
{
	count = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (count == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	if (!skip_unless_counted(1))
		test_share();
	return done_testing();
}
