/*
 * tests/abi/yield.c
 *
 * Claim    sched_yield() returns 0 and lets others run: processes that share
 *          one hart and only yield to each other all make progress, and a
 *          process that never yields does not keep the others out.
 * Method   All are bound to one hart; each waits, yielding, for its turn in a
 *          shared word. Then a spinner that never makes a call joins them; it
 *          counts, so that one sees that it took the hart from them.
 * Oracle   Linux; no time is measured.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sched.h>
#include <sys/mman.h>

enum { PLAYERS = 4, TURNS = 200 };

static volatile int *turn;
static volatile unsigned long *spins;	/* both in shared memory */

static int play(void *me)
{
	for (int round = 0; round < TURNS; round++) {
		while (*turn % PLAYERS != (long)me)
			if (sched_yield() != 0)
				return 1;
		__atomic_fetch_add(turn, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

static int play_all(void)
{
	pid_t pids[PLAYERS];
	int bad = 0, status;

	*turn = 0;
	for (long i = 0; i < PLAYERS; i++) {
		pids[i] = tap_fork();
		if (pids[i] == 0)
			_exit(play((void *)i));
	}
	for (int i = 0; i < PLAYERS; i++)
		bad |= waitpid(pids[i], &status, 0) != pids[i] || status != 0;
	return bad;
}

static pid_t start_spinner(void)
{
	pid_t pid = tap_fork();

	if (pid == 0)
		for (;;)
			++*spins;
	while (*spins == 0)
		sched_yield();
	return pid;
}

int main(void)
{
	cpu_set_t set;
	pid_t spinner;
	unsigned long before;

	plan(6);
	turn = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (turn == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	spins = (volatile unsigned long *)turn + 1;
	is_int(sched_yield(), 0, "sched_yield() returns 0");

	sched_getaffinity(0, sizeof(set), &set);
	for (int hart = 0; hart < CPU_SETSIZE; hart++)
		if (CPU_ISSET(hart, &set)) {
			CPU_ZERO(&set);
			CPU_SET(hart, &set);
			break;
		}
	is_int(sched_setaffinity(0, sizeof(set), &set), 0, "bind to one hart");
	is_int(play_all(), 0, "%d players yield to each other", PLAYERS);
	is_int(*turn, PLAYERS * TURNS, "every turn was taken");

	spinner = start_spinner();
	before = *spins;
	is_int(play_all(), 0, "they do so beside one that never yields");
	ok(*spins != before, "which had the hart in between");
	tap_kill(spinner, SIGKILL);
	waitpid(spinner, NULL, 0);
	return done_testing();
}
