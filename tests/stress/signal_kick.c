/*
 * tests/stress/signal_kick.c
 *
 * Claim    A thread that computes on another hart is told of a signal by an
 *          interrupt, and does not find it when its slice happens to be over.
 * Method   Two threads, each alone on a hart. One computes, the other sends it
 *          signals, each when the last one was handled and it computes again: a
 *          signal for a thread that is still in its handler waits for the end
 *          of that, and needs no interrupt.
 * Oracle   The kernel's count of interrupts sent to have a hart look again: at
 *          least one for two signals. Time would say nothing: the host may
 *          have stopped either hart.
 * Catches  A signal for a running thread that only sets its work bit.
 * -X       The sender sends them to itself.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/syscall.h>

enum { SIGNALS = 64 };

static volatile long handled;
static volatile unsigned long laps;	/* of the one who computes */
static volatile bool over;
static volatile pid_t computer_tid;

/* -1: this kernel does not count them. */
static long kicks_so_far(void)
{
	return read_value("/proc/drover/counters", "ipi_resched_sent ");
}

static void on_signal(int sig TAP_UNUSED)
{
	handled++;
}

static void *compute(void *unused)
{
	stay_on(1);
	computer_tid = (pid_t)syscall(SYS_gettid);
	while (!over) {
		rng_dither(&(struct rng){ 1 });
		laps++;
	}
	return unused;
}

/* The lap that is under way may have begun before the handler: two. */
static void send_and_wait(pid_t tid)
{
	long before = handled;
	unsigned long lap;

	syscall(SYS_tgkill, getpid(), tid, SIGUSR1);
	while (handled == before)
		sched_yield();
	lap = laps;
	while (laps - lap < 2)
		sched_yield();
}

static void one_round(void)
{
	pid_t to = stress.wrong ? (pid_t)syscall(SYS_gettid) : computer_tid;
	long kicks = kicks_so_far();

	for (int i = 0; i < SIGNALS; i++)
		send_and_wait(to);
	kicks = kicks_so_far() - kicks;
	stress_check(kicks >= SIGNALS / 2,
		     "%d signals for a thread that runs, and %ld interrupts for its hart",
		     SIGNALS, kicks);
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_signal };
	pthread_t computer;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		skip_all("there is no other hart");
	if (kicks_so_far() < 0)
		skip_all("the kernel does not count interrupts between harts");
	stress_begin(argc, argv, 2, "a thread that runs elsewhere is told of a signal by an interrupt");
	sigaction(SIGUSR1, &act, NULL);
	tap_thread(&computer, NULL, compute, NULL);
	stay_on(0);
	while (computer_tid == 0)
		sched_yield();
	while (stress_go_on()) {
		one_round();
		stress_round();
	}
	over = true;
	pthread_join(computer, NULL);
	return stress_end();
}
