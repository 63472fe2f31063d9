/*
 * tests/stress/alarm_usage.c
 *
 * Claim    getrusage() and the interrupt of the interval timer, which use the
 *          same lock, do not stop each other.
 * Method   An interval timer rings every millisecond, on whichever hart it was
 *          set, while threads call getrusage() and times() all the time.
 * Catches  A lock of an interrupt handler that is taken with interrupts on
 *          (race 42): the handler waits for the thread that it interrupted.
 * -X       The timer is not set.
 */
#include "libstress.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>

static unsigned long nr_alarms;

static void count_alarm(int sig TAP_UNUSED)
{
	__atomic_fetch_add(&nr_alarms, 1, __ATOMIC_RELAXED);
}

static void *ask(void *arg)
{
	struct rng rng = rng_of((long)arg);
	struct rusage usage;
	struct tms tms;

	while (stress_go_on()) {
		stress_check(getrusage(RUSAGE_SELF, &usage) == 0,
			     "getrusage: errno %d", errno);
		times(&tms);
		rng_dither(&rng);
		stress_round();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct itimerval every_ms = { { 0, 1000 }, { 0, 1000 } };

	stress_begin(argc, argv, 3, "a timer rings while its lock is in use");
	no_watchdog();
	signal(SIGALRM, count_alarm);
	if (!stress.wrong)
		setitimer(ITIMER_REAL, &every_ms, NULL);
	stress_threads(stress.threads, ask);
	stress_check(nr_alarms > 0, "no alarm came");
	return stress_end();
}
