/*
 * tests/abi/share_overrun.c
 *
 * Claim    Two whose turns are short have equal shares of a hart, also when
 *          the clock is late for each turn: who has overrun waits until the
 *          other has had as much, not longer, and not longer each time.
 * Method   Both are bound to one hart, as nice as can be, and count until the
 *          slower has counted enough, and not much less than the faster: as
 *          one may be late, it has time to.  tests/boot/counted.t runs it on
 *          a machine so slow that a turn is over before it has begun.
 * Oracle   Linux; progress is compared with progress, coarsely.
 */
#define _GNU_SOURCE
#include "libshare.h"

#include <sys/mman.h>
#include <sys/resource.h>

enum { COUNTERS = 2, APART = 64, ENOUGH = 20000, FACTOR = 8, LOOKS = 3000,
       LOOK_US = 20000 };

static volatile long *count;	/* shared, a cache line for each */

static pid_t start_counter(int which)
{
	pid_t pid = tap_fork();

	if (pid == 0) {
		setpriority(PRIO_PROCESS, 0, 19);
		for (;;)
			count[which * APART]++;
	}
	return pid;
}

/* Until the slower of them has counted enough, beside the faster. */
static bool have_equal_shares(void)
{
	for (int i = 0; i < LOOKS; i++) {
		long a = count[0], b = count[APART];
		long slower = a < b ? a : b, faster = a < b ? b : a;

		if (slower >= ENOUGH && faster < FACTOR * slower)
			return true;
		usleep(LOOK_US);
	}
	return false;
}

int main(void)
{
	pid_t pids[COUNTERS];

	plan(1);
	count = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (count == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	stay_here();
	for (int i = 0; i < COUNTERS; i++)
		pids[i] = start_counter(i);
	ok_without_errno(have_equal_shares(), "both have counted");
	diag("%ld and %ld", count[0], count[APART]);
	for (int i = 0; i < COUNTERS; i++) {
		tap_kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	return done_testing();
}
