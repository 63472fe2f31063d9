/*
 * tests/abi/spin_kill.c
 *
 * Claim    A process that runs in user mode for ever, never making a call,
 *          can be killed, stopped and continued, also when several spin on
 *          every hart.
 * Method   Twice as many spinners as harts, counting in shared memory so that
 *          "it runs" and "it stopped" can be seen without a clock.
 * Oracle   Linux.
 */
#include "../tap.h"

#include <sys/mman.h>

enum { SPINNERS = 16 };

static volatile unsigned long *count;	/* shared, one cache line each */

static void wait_for_progress(int i)
{
	unsigned long seen = count[i * 8];

	while (count[i * 8] == seen)
		usleep(1000);
}

int main(void)
{
	pid_t pid[SPINNERS];
	int status, bad = 0;
	unsigned long seen;

	plan(7);
	count = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (count == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	for (int i = 0; i < SPINNERS; i++) {
		pid[i] = tap_fork();
		if (pid[i] == 0)
			for (;;)
				count[i * 8]++;
	}
	for (int i = 0; i < SPINNERS; i++)
		wait_for_progress(i);
	ok(true, "all %d spinners get to run", SPINNERS);

	tap_kill(pid[0], SIGSTOP);
	is_int(waitpid(pid[0], &status, WUNTRACED), pid[0], "one is stopped");
	seen = count[0];
	wait_for_progress(1);
	is_int(count[0], seen, "it counts no more while others do");
	tap_kill(pid[0], SIGCONT);
	wait_for_progress(0);
	ok(true, "it goes on after SIGCONT");

	is_int(waitpid(-1, &status, WNOHANG), 0, "none has ended");
	for (int i = 0; i < SPINNERS; i++)
		bad |= tap_kill(pid[i], SIGKILL);
	is_int(bad, 0, "all are killed");
	for (int i = 0; i < SPINNERS; i++)
		if (waitpid(pid[i], &status, 0) != pid[i] || status != SIGKILL)
			bad++;
	is_int(bad, 0, "each died of SIGKILL");
	return done_testing();
}
