/*
 * signal_sleep.c - a signal that comes just before its thread sleeps.
 *
 * Claim:  sigsuspend() and ppoll() open the mask and sleep in one step, and
 *         sigwaitinfo() looks and sleeps in one: a signal that comes at any
 *         moment ends the call.
 * Method: a thread waits for a signal that is blocked otherwise, by turns in
 *         the three calls; another one sends it, to the thread or to the
 *         process, as soon as the last one has been handled.
 * Oracle: each signal is handled. If the thread is found asleep again and
 *         again although the signal was sent to it, nothing will wake it.
 * -X:     every 16th time the signal is not sent.
 */
#define _GNU_SOURCE
#include "libstuck.h"

#include <poll.h>

/* Also the names of what the thread sleeps in. */
static const char *const calls[] = { "sigsuspend", "sigwaitinfo", "ppoll" };
enum { SUSPEND, WAIT, POLL, NR_CALLS };

static volatile unsigned call;
static volatile long handled;
static volatile bool over;
static volatile pid_t sleeper_tid;
static struct meeting start, end;

static void on_signal(int sig)
{
	(void)sig;
	handled++;
}

static void wait_for_signal(const sigset_t *open)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (call == SUSPEND)
		sigsuspend(open);
	else if (call == POLL)
		ppoll(NULL, 0, NULL, open);
	else if (sigwaitinfo(&set, NULL) == SIGUSR1)
		handled++;
}

static void *sleeper(void *arg)
{
	struct rng rng = rng_of(1);
	sigset_t open;

	(void)arg;
	pthread_sigmask(SIG_BLOCK, NULL, &open);
	sigdelset(&open, SIGUSR1);
	sleeper_tid = gettid();
	for (;;) {
		long before = handled;

		meet(&start, 2);
		if (over)
			return NULL;
		rng_dither(&rng);
		while (handled == before)
			wait_for_signal(&open);
		meet(&end, 2);
	}
}

/* The sender itself blocks it: it is the other thread's either way. */
static void send(pthread_t thread, bool to_process)
{
	if (to_process)
		kill(getpid(), SIGUSR1);
	else
		pthread_kill(thread, SIGUSR1);
}

static void wait_until_handled(pthread_t thread, long before)
{
	for (int i = 0; handled == before; i++) {
		if (i < 1000) {
			sched_yield();
			continue;
		}
		i = 0;
		if (!stays_in_state(getpid(), sleeper_tid, 'S', &handled,
				    before))
			continue;
		stress_check(false, "a thread sleeps in %s() although a signal is pending for it",
			     calls[call]);
		pthread_kill(thread, SIGUSR1);
		while (handled == before)
			sched_yield();
	}
}

int main(int argc, char **argv)
{
	struct rng rng;
	pthread_t thread;
	sigset_t set;

	stress_begin(argc, argv, 2, "no signal is lost between the mask and the sleep");
	rng = rng_of(0);
	signal(SIGUSR1, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	tap_thread(&thread, NULL, sleeper, NULL);
	while (stress_go_on()) {
		long before = handled;

		call = rng_below(&rng, NR_CALLS);
		meet(&start, 2);
		rng_dither(&rng);
		if (!stress.wrong || rng_below(&rng, 16) != 0)
			send(thread, rng_below(&rng, 2));
		wait_until_handled(thread, before);
		meet(&end, 2);
		stress_round();
	}
	over = true;
	meet(&start, 2);
	pthread_join(thread, NULL);
	return stress_end();
}
