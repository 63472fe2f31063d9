/*
 * tests/stress/signal_late.c
 *
 * Claim    sigtimedwait() does not say that its time is up when the signal was
 *          sent before: also when the thread, woken by it, gets no processor
 *          until after that time.
 * Method   The waiter shares a processor with threads that compute. A sender on
 *          another one waits until it sleeps and sends at a random moment of
 *          its time, to the thread or to the process.
 * Oracle   The sender read the clock when the signal had been sent, the waiter
 *          before its call: the first is before the end of the time, and the
 *          call says EAGAIN.
 * Catches  An end of the wait that believes the timer without a last look.
 * -X       The waiter takes the time to be up later than it is.
 */
#define _GNU_SOURCE
#include "libstuck.h"

#include <sys/syscall.h>

enum { NR_BUSY = 3, TIMEOUT_NS = 4000000 };

static struct meeting start, end;
static volatile bool over;
static volatile pid_t waiter_tid;
static volatile bool waits;
static volatile int64_t began, sent;

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static void *compute(void *unused)
{
	stay_on(0);
	while (!over)
		rng_dither(&(struct rng){ 1 });
	return unused;
}

/* True: the signal came. */
static bool wait_a_time(sigset_t *set)
{
	struct timespec ts = { 0, TIMEOUT_NS };

	began = now_ns();
	waits = true;
	return sigtimedwait(set, NULL, &ts) == SIGUSR1;
}

static void *be_waiter(void *unused)
{
	struct timespec at_once = { 0, 0 };
	int64_t slack = stress.wrong ? TIMEOUT_NS * 100L : 0;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	stay_on(0);
	waiter_tid = (pid_t)syscall(SYS_gettid);
	while (meet(&start, 2), !over) {
		bool came = wait_a_time(&set);

		meet(&end, 2);
		stress_check(came || sent >= began + TIMEOUT_NS + slack,
			     "EAGAIN, and the signal was sent %ld us before the time was up",
			     (long)(began + TIMEOUT_NS + slack - sent) / 1000);
		if (!came)
			sigtimedwait(&set, NULL, &at_once);
	}
	return unused;
}

static void send_some_time(struct rng *rng)
{
	int64_t from;

	while (!waits)
		sched_yield();
	from = now_ns() + (int64_t)rng_below(rng, TIMEOUT_NS);
	while (now_ns() < from)
		;
	if (rng_below(rng, 2) == 0)
		syscall(SYS_tgkill, getpid(), waiter_tid, SIGUSR1);
	else
		kill(getpid(), SIGUSR1);
	sent = now_ns();
}

int main(int argc, char **argv)
{
	pthread_t waiter, busy[NR_BUSY];
	struct rng rng;
	sigset_t set;

	stress_begin(argc, argv, 2 + NR_BUSY, "who waits for a signal gets one that was sent in time");
	rng = rng_of(0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < NR_BUSY; i++)
		tap_thread(&busy[i], NULL, compute, NULL);
	tap_thread(&waiter, NULL, be_waiter, NULL);
	stay_on(sysconf(_SC_NPROCESSORS_ONLN) > 1);
	while (stress_go_on()) {
		waits = false;
		meet(&start, 2);
		send_some_time(&rng);
		meet(&end, 2);
		stress_round();
	}
	over = true;
	meet(&start, 2);
	pthread_join(waiter, NULL);
	for (int i = 0; i < NR_BUSY; i++)
		pthread_join(busy[i], NULL);
	return stress_end();
}
