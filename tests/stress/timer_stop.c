/*
 * tests/stress/timer_stop.c
 *
 * Claim    Who stops a timer, and is told that there was time left, hears no
 *          signal of it.
 * Method   Children set a timer for themselves, compute for a while, and stop it;
 *          longer the next time when there was time left, shorter when there was
 *          none, so that each is stopped about when it rings. A ring is a blocked
 *          signal, which is there or not when the call is back.
 * Catches  A kernel that looks how a timer stands before it stops it (race
 *          timer_told_first).
 * -X       There was time left, whatever the kernel says.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { SHORT_NS = 30000, TURNS = 100 };

static sigset_t rings;

static timer_t make_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };
	timer_t t = NULL;

	if (timer_create(CLOCK_MONOTONIC, &event, &t) < 0)
		bail_out("timer_create: %s", strerror(errno));
	return t;
}

static bool stop_had_time(timer_t t)
{
	struct itimerspec never = { { 0, 0 }, { 0, 0 } }, old;

	timer_settime(t, 0, &never, &old);
	return old.it_value.tv_nsec || old.it_value.tv_sec || stress.wrong;
}

static bool has_rung(void)
{
	struct timespec now = { 0, 0 };

	return sigtimedwait(&rings, NULL, &now) == SIGUSR1;
}

static void compute(unsigned long turns)
{
	for (volatile unsigned long n = turns; n; n--)
		;
}

/* What is right to be about as late as the timer. */
static void stop_one(timer_t t, unsigned long *turns)
{
	struct itimerspec soon = { { 0, 0 }, { 0, SHORT_NS } };

	timer_settime(t, 0, &soon, NULL);
	compute(*turns);
	bool had_time = stop_had_time(t), rang = has_rung();

	stress_check(!had_time || !rang,
		     "a timer that was stopped in time has rung");
	*turns += had_time && !stress.wrong ? *turns / 16 + 1 : -(*turns / 16);
	if (stress.wrong)
		*turns = 1000000;
}

static void run_worker(long me TAP_UNUSED)
{
	unsigned long turns = 1000;
	timer_t t = make_timer();

	while (stress_go_on()) {
		for (int i = 0; i < TURNS; i++)
			stop_one(t, &turns);
		stress_round();
	}
}

int main(int argc, char **argv)
{
	sigemptyset(&rings);
	sigaddset(&rings, SIGUSR1);
	sigprocmask(SIG_BLOCK, &rings, NULL);
	stress_begin(argc, argv, 2, "a timer that was stopped in time does not ring");
	stress_children(stress.threads, run_worker);
	return stress_end();
}
