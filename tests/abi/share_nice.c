/*
 * tests/abi/share_nice.c
 *
 * Claim    A nice process gets less of a hart than one that is not, but not
 *          nothing.
 * Method   Both count on one hart until the greedy one has had it for 600 ms.
 *          In counted time only: tests/boot/counted.t.
 * Oracle   Linux, where nice 19 against 0 gets about 15/1024; compared coarsely.
 */
#define _GNU_SOURCE
#include "libshare.h"

#include <sys/mman.h>
#include <sys/resource.h>

static pid_t start_counter(volatile long *count, int niceness)
{
	pid_t pid = tap_fork();

	if (pid == 0) {
		setpriority(PRIO_PROCESS, 0, niceness);
		for (;;)
			(*count)++;
	}
	return pid;
}

static void wait_for_cpu_time(pid_t greedy, pid_t kind, long us)
{
	while (cpu_us(greedy) < us || cpu_us(kind) == 0)
		usleep(10000);
}

static void test_share(void)
{
	volatile long *count = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t greedy, kind;

	if (count == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	stay_here();
	kind = start_counter(&count[0], 19);
	greedy = start_counter(&count[64], 0);
	wait_for_cpu_time(greedy, kind, 600000);
	tap_kill(greedy, SIGKILL);
	tap_kill(kind, SIGKILL);
	waitpid(greedy, NULL, 0);
	waitpid(kind, NULL, 0);
	diag("nice 19 counted %ld, nice 0 %ld", count[0], count[64]);
	ok(count[0] > 0, "the nice process is not starved");
	ok(count[0] < count[64] / 2, "but gets less than half as much");
}

int main(void)
{
	if (!skip_unless_counted(2))
		test_share();
	return done_testing();
}
