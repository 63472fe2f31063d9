/*
 * tests/abi/sleep.c
 *
 * Claim    Sleeps last at least as long as asked, on every clock and in every
 *          form; a signal cuts them short and the rest is reported; alarms
 *          and interval timers fire.
 * Method   Lower bounds only, measured with CLOCK_MONOTONIC; order, never
 *          upper bounds, decides the rest.
 * Oracle   Linux.
 */
#include "../tap.h"

#include <sys/time.h>
#include <time.h>

static long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000L + ts.tv_nsec / 1000;
}

static void test_lower_bounds(void)
{
	struct timespec ts = { 0, 15000000 }, at;
	long start = now_us();

	is_int(nanosleep(&ts, NULL), 0, "nanosleep 15 ms");
	ok(now_us() - start >= 15000, "takes that long");
	start = now_us();
	is_int(clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL), 0, "relative");
	ok(now_us() - start >= 15000, "takes that long");

	start = now_us();
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_nsec += 15000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_nsec -= 1000000000;
		at.tv_sec++;
	}
	is_int(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL), 0,
	       "absolute");
	ok(now_us() - start >= 15000, "takes that long");
	is_int(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL), 0,
	       "a time that has passed does not wait");
	is_int(clock_nanosleep(CLOCK_REALTIME, 0, &ts, NULL), 0, "real time");
}

static void test_bad_times(void)
{
	struct timespec ts = { 0, 1000000000 }, minus = { -1, 0 };

	fails(nanosleep(&ts, NULL), EINVAL, "a second of nanoseconds");
	fails(nanosleep(&minus, NULL), EINVAL, "negative seconds");
	is_int(clock_nanosleep(99, 0, &minus, NULL), EINVAL, "no such clock");
	ts.tv_nsec = 0;
	is_int(nanosleep(&ts, NULL), 0, "no time at all");
}

static volatile sig_atomic_t nr_alarms;

static void on_alarm(int sig TAP_UNUSED)
{
	nr_alarms++;
}

static void test_interrupted(void)
{
	struct timespec ts = { 100, 0 }, rest = { 0, 0 };
	struct itimerval timer = { { 0, 100000 }, { 0, 10000 } };
	struct sigaction act = { .sa_handler = on_alarm,
				 .sa_flags = SA_RESTART };

	sigaction(SIGALRM, &act, NULL);
	/* Again, should the first have rung before anybody slept. */
	is_int(setitimer(ITIMER_REAL, &timer, NULL), 0, "alarm in 10 ms");
	fails(nanosleep(&ts, &rest), EINTR, "cuts nanosleep short");
	ok(nr_alarms > 0, "its handler ran");
	ok(rest.tv_sec > 50 && rest.tv_sec < 100, "nearly 100 s are left");

	timer.it_interval.tv_usec = 3000;
	nr_alarms = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
	while (nr_alarms < 5)
		pause();
	ok(true, "an interval timer fires again and again");
	is_int(getitimer(ITIMER_REAL, &timer), 0, "getitimer");
	is_int(timer.it_interval.tv_usec, 3000, "shows the interval");
	memset(&timer, 0, sizeof(timer));
	is_int(setitimer(ITIMER_REAL, &timer, NULL), 0, "disarm");
	alarm(100);
	ok(alarm(0) > 50, "alarm() tells what was left");
}

/* An interval shorter than its own interrupt takes: the program goes on. */
static void test_hasty_timers(void)
{
	struct itimerval hasty = { { 0, 1 }, { 0, 1 } }, off = { 0 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGALRM };
	struct itimerspec each_ns = { { 0, 1 }, { 0, 1 } };
	timer_t id;

	if (skip_under_qemu(3, "signals take it longer than the interval"))
		return;
	nr_alarms = 0;
	setitimer(ITIMER_REAL, &hasty, NULL);
	while (nr_alarms < 20)
		;
	setitimer(ITIMER_REAL, &off, NULL);
	ok(true, "an interval of 1 us leaves time for the program");
	is_int(timer_create(CLOCK_MONOTONIC, &event, &id), 0, "timer_create");
	nr_alarms = 0;
	timer_settime(id, 0, &each_ns, NULL);
	while (nr_alarms < 20)
		;
	is_int(timer_delete(id), 0, "so does a POSIX timer of 1 ns");
}

int main(void)
{
	plan(24);
	test_lower_bounds();
	test_bad_times();
	no_watchdog();
	test_interrupted();
	test_hasty_timers();
	return done_testing();
}
